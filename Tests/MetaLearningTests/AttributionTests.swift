import Autograd
import GoldenSupport
import MetaLearning
import NN
import Tensor
import Testing

@Test("Attributions are those of the reference, and sum to what they explain")
func attributions() throws {
    for folder in try Golden.folders(topic: "metalearning") {
        let json = try folder.index("attributions.json")
        let values = try (json["theta"]?.arrayValue ?? []).map { Variable(try tensor($0)) }
        let net = GoldenNet(
            names: ["W1", "b1", "W2", "b2", "W3", "b3"], values: values, activation: .leakyReLU(slope: 0.01))
        let model: (Variable<Double>) -> Variable<Double> = { net($0).sigmoid().squeezed(1) }
        func expected(_ name: String) throws -> [Double] { try tensor(json[name]).array }
        let x = try tensor(json["x"])
        let background = try tensor(json["background"])

        let (shapley, base) = ExactShapley(background: background).attributions(of: x) { model(Variable($0)).value }
        #expect(difference(shapley.array, try expected("shapley_exact")) < 1e-9)
        #expect(difference([base], [json["base_value"]?.doubleValue ?? .nan]) < 1e-9)
        let sums = shapley.sum(axes: [1]) + base
        #expect(difference(sums.array, try expected("f")) < 1e-9)

        for steps in [50, 300] {
            let method = IntegratedGradients(baseline: Tensor<Double>(zeros: [6]), steps: steps)
            let (integrated, gap) = method.attributions(of: x, model: model)
            let name = "integrated_gradients_zero_m\(steps)_midpoint"
            #expect(difference(integrated.array, try expected(name)) < 1e-9)
            #expect(gap.array.allSatisfy { $0 < 1e-2 })
        }
        #expect(difference(saliency(of: x, model: model).array, try expected("saliency")) < 1e-9)
        let mean = expectedGradients(
            of: x, background: background, positions: try expected("expected_gradients_alphas"), model: model)
        #expect(difference(mean.array, try expected("expected_gradients")) < 1e-9)
    }
}

@Test("Kernel SHAP with all coalitions is exact, with the reference's weights")
func kernelSHAP() throws {
    for folder in try Golden.folders(topic: "metalearning") {
        let json = try folder.index("attributions.json")
        let values = try (json["theta"]?.arrayValue ?? []).map { Variable(try tensor($0)) }
        let net = GoldenNet(
            names: ["W1", "b1", "W2", "b2", "W3", "b3"], values: values, activation: .leakyReLU(slope: 0.01))
        let x = try tensor(json["x"])
        let background = try tensor(json["background"])
        for size in 1..<6 {
            let expected = json["kernel_shap_weights"]?["\(size)"]?.doubleValue ?? .nan
            #expect(abs(KernelSHAP<Double>.weight(size: size, features: 6) - expected) < 1e-12)
        }
        let model: (Tensor<Double>) -> Tensor<Double> = { net(Variable($0)).sigmoid().value.squeezed(1) }
        let (exact, base) = try KernelSHAP(background: background).attributions(of: x, model: model)
        #expect(difference(exact.array, try tensor(json["shapley_exact"]).array) < 1e-7)
        #expect(abs(base - (json["base_value"]?.doubleValue ?? .nan)) < 1e-9)
        // Drawn coalitions come near, and sum exactly.
        let (drawn, _) = try KernelSHAP(background: background, samples: .count(40), key: RandomKey(seed: 1))
            .attributions(of: x, model: model)
        #expect(difference(drawn.array, exact.array) < 2e-3)
        #expect(difference((drawn.sum(axes: [1]) + base).array, try tensor(json["f"]).array) < 1e-12)
    }
}

@Test("Kernel SHAP of a linear function of many features finds its weights, and refuses what it cannot do")
func kernelSHAPOfMany() throws {
    let weight = Tensor<Double>(randomNormal: [40], key: RandomKey(seed: 1))
    let background = Tensor<Double>(randomNormal: [5, 40], key: RandomKey(seed: 2))
    let x = Tensor<Double>(randomNormal: [2, 40], key: RandomKey(seed: 3))
    let (values, _) = try KernelSHAP(background: background).attributions(of: x) { $0.matmul(weight) }
    let expected = (x - background.mean(axes: [0])) * weight
    #expect(difference(values.array, expected.array) < 1e-8)
    #expect(throws: AttributionError.tooManyCoalitions(features: 40)) {
        try KernelSHAP(background: background, samples: .all)
    }
    #expect(throws: AttributionError.emptyBackground(shape: [0, 3])) {
        try KernelSHAP(background: Tensor<Double>(zeros: [0, 3]))
    }
    #expect(throws: AttributionError.notFinite) {
        try KernelSHAP(background: background).attributions(of: x) { $0.matmul(weight) / 0 }
    }
}

@Test("A summary names the features of the largest attributions and draws them")
func attributionSummary() {
    let summary = AttributionSummary(
        values: [[0.1, -3, 1], [0, 2, -1.5]], features: [[1, 2, 3], [4, 5, 6]], names: ["a", "b", "c"])
    #expect(summary.leaders(2) == [1, 2])
    #expect(summary.sizes == [0.05, 2.5, 1.25])
    #expect(summary.bars(2).svg().contains("b"))
    #expect(summary.points().svg().contains("circle"))
}

@Test("The features of a coalition are those of the row bit for bit, which a model with steps sees")
func exactCoalitions() throws {
    // In single precision 1e8 + (1 - 1e8) is 0, and 0.1 is no sum of 3 and 0.1 - 3.
    let x = Tensor<Float>([1, 0.1, -7], shape: [1, 3])
    let background = Tensor<Float>([1e8, 3, 2, -1e8, 5, 0.3], shape: [2, 3])
    let known = Set((x.array + background.array).map(\.bitPattern))
    nonisolated(unsafe) var strange = 0
    func model(_ rows: Tensor<Float>) -> Tensor<Float> {
        strange += rows.array.count { !known.contains($0.bitPattern) }
        return (rows .== x).cast(to: Float.self).sum(axes: [1])
    }
    let (values, base) = try KernelSHAP(background: background).attributions(of: x, model: model)
    #expect(base == 0 && difference(values.array.map { Double($0) }, [1, 1, 1]) < 1e-6)
    let exact = ExactShapley(background: background).attributions(of: x, model: model)
    #expect(difference(exact.values.array.map { Double($0) }, [1, 1, 1]) < 1e-6)
    #expect(strange == 0)
}
