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
