import Autograd
import GoldenSupport
import NN
import Tensor
import Testing

/// A model that is a list of parameters.
struct ParameterVector<Scalar: FloatingTensorScalar>: Parameterized {
    var list: [Variable<Scalar>]

    init(_ tensors: [Tensor<Scalar>]) { list = tensors.map { Variable($0) } }

    mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
        for position in list.indices { visitor.visit("p\(position)", &list[position]) }
    }
}

@Suite("Optimisers against reference trajectories")
struct OptimizerGoldenTests {
    @Test("every reference trajectory is followed in float and in double")
    func trajectories() throws {
        var followed: Set<String> = []
        for folder in try Golden.folders(topic: "core/ops") {
            let index = try folder.index("optim.index.json")
            let values = try folder.tensors("optim.safetensors")
            for testCase in try #require(index["cases"]?.arrayValue) {
                let name = try #require(testCase["name"]?.stringValue)
                guard testCase["params"] != nil else { continue }
                let attributes = try #require(testCase["attrs"])
                let check = TrajectoryCheck(name: name, testCase: testCase, values: values)
                try check.run(optimizer(name, attributes) as any Optimizer<Float>)
                try check.run(optimizer(name, attributes) as any Optimizer<Double>)
                followed.insert(name)
            }
        }
        #expect(followed.count >= 19)
    }

    @Test("a gradient is clipped to a global norm as by the reference")
    func clipping() throws {
        for folder in try Golden.folders(topic: "core/ops") {
            let values = try folder.tensors("optim.safetensors")
            let attributes = try #require(try attributes("clip_norm", folder))
            let gradient = ParameterVector(try (0..<2).map { try values.tensor(named: "g0_\($0)", as: Float.self) })
            let total = try values.tensor(named: "clip_norm/total", as: Float.self).scalar
            #expect(abs(gradient.globalNorm - Double(total)) < 1e-5 * Double(total), "\(folder)")
            let clipped = gradient.clipped(toGlobalNorm: try #require(attributes["max_norm"]?.doubleValue))
            for position in 0..<2 {
                let expected = try values.tensor(named: "clip_norm/g\(position)", as: Float.self)
                expectClose(clipped.list[position].value, expected, relative: 1e-5, absolute: 1e-7, "\(folder)")
            }
        }
    }

    @Test("the exponential moving average follows the reference")
    func movingAverage() throws {
        for folder in try Golden.folders(topic: "core/ops") {
            let values = try folder.tensors("optim.safetensors")
            let attributes = try #require(try attributes("ema", folder))
            let start = ParameterVector([try values.tensor(named: "p0", as: Float.self)])
            let expected = try values.tensor(named: "ema/values", as: Float.self)
            var average = ExponentialMovingAverage(of: start, decay: try #require(attributes["decay"]?.doubleValue))
            for step in 0..<expected.shape[0] {
                average.update(with: ParameterVector([try values.tensor(named: "g\(step)_0", as: Float.self)]))
                let row = expected.selected(axis: 0, at: step)
                expectClose(average.model.list[0].value, row, relative: 1e-5, absolute: 1e-6, "\(folder) \(step)")
            }
        }
    }

    private func attributes(_ name: String, _ folder: GoldenFolder) throws -> JSON? {
        try folder.index("optim.index.json")["cases"]?.arrayValue?.first { $0["name"]?.stringValue == name }?["attrs"]
    }

    /// The optimiser that a case names before its first underscore.
    private func optimizer<Scalar: FloatingTensorScalar>(_ name: String, _ attributes: JSON) throws
        -> any Optimizer<Scalar>
    {
        func number(_ key: String, _ standard: Double) -> Double { attributes[key]?.doubleValue ?? standard }
        func flag(_ key: String) -> Bool { attributes[key]?.boolValue ?? false }
        func betas(_ second: Double) -> (Double, Double) {
            (attributes["betas"]?[0]?.doubleValue ?? 0.9, attributes["betas"]?[1]?.doubleValue ?? second)
        }
        let rate = try #require(attributes["lr"]?.doubleValue)
        let decay = number("weight_decay", 0)
        switch name.prefix(while: { $0 != "_" }) {
        case "sgd":
            return SGD<Scalar>(
                learningRate: rate, momentum: number("momentum", 0), dampening: number("dampening", 0),
                isNesterov: flag("nesterov"), weightDecay: decay)
        case "adam":
            return Adam<Scalar>(
                learningRate: rate, betas: betas(0.999), epsilon: number("eps", 1e-8), weightDecay: decay,
                isAMSGrad: flag("amsgrad"))
        case "adamw":
            return AdamW<Scalar>(
                learningRate: rate, betas: betas(0.999), epsilon: number("eps", 1e-8),
                weightDecay: number("weight_decay", 0.01), isAMSGrad: flag("amsgrad"))
        case "rmsprop":
            return RMSprop<Scalar>(
                learningRate: rate, smoothing: number("alpha", 0.99), epsilon: number("eps", 1e-8),
                momentum: number("momentum", 0), isCentered: flag("centered"), weightDecay: decay)
        case "adagrad":
            return Adagrad<Scalar>(
                learningRate: rate, rateDecay: number("lr_decay", 0), epsilon: number("eps", 1e-10), weightDecay: decay)
        case "adadelta":
            return Adadelta<Scalar>(
                learningRate: rate, rho: number("rho", 0.9), epsilon: number("eps", 1e-6), weightDecay: decay)
        case "adamax":
            return Adamax<Scalar>(
                learningRate: rate, betas: betas(0.999), epsilon: number("eps", 1e-8), weightDecay: decay)
        case "nadam":
            return NAdam<Scalar>(
                learningRate: rate, betas: betas(0.999), epsilon: number("eps", 1e-8), weightDecay: decay,
                momentumDecay: number("momentum_decay", 4e-3))
        case "radam":
            return RAdam<Scalar>(
                learningRate: rate, betas: betas(0.999), epsilon: number("eps", 1e-8), weightDecay: decay)
        case "lion":
            return Lion<Scalar>(learningRate: rate, betas: betas(0.99), weightDecay: decay)
        case "muon":
            return Muon<Scalar>(
                learningRate: rate, momentum: number("momentum", 0.95), isNesterov: flag("nesterov"), weightDecay: decay
            )
        case "adafactor":
            return Adafactor<Scalar>(
                learningRate: rate, decayPower: number("beta2_decay", -0.8),
                scaleFloor: attributes["eps"]?[1]?.doubleValue ?? 1e-3, clippingThreshold: number("d", 1),
                weightDecay: decay)
        default:
            throw GoldenError("no optimiser for the case \(name)")
        }
    }
}

/// Follows one reference trajectory.
private struct TrajectoryCheck {
    let name: String
    let testCase: JSON
    let values: SafetensorsFile

    func run<Scalar: FloatingTensorScalar>(_ optimizer: any Optimizer<Scalar>) throws { try follow(optimizer) }

    private func follow<Rule: Optimizer>(_ initial: Rule) throws {
        var optimizer = initial
        let count = try #require(testCase["params"]?.intValue)
        func load(_ prefix: String) throws -> [Tensor<Rule.Scalar>] {
            try (0..<count).map { try values.tensor(named: "\(prefix)\($0)").cast(to: Rule.Scalar.self) }
        }
        var model = ParameterVector(try load("p"))
        var step = 0
        while values.entry(named: "\(name)/step\(step)_0") != nil {
            optimizer.update(&model, along: ParameterVector(try load("g\(step)_")))
            let expected = try load("\(name)/step\(step)_")
            for position in 0..<count {
                expectClose(
                    model.list[position].value, expected[position],
                    relative: try #require(testCase["rtol"]?.doubleValue),
                    absolute: try #require(testCase["atol"]?.doubleValue), "\(name) step \(step) parameter \(position)")
            }
            step += 1
        }
        #expect(step > 0, "\(name)")
    }
}

/// Expects every element within `absolute + relative * |expected|`.
func expectClose<Scalar: FloatingTensorScalar>(
    _ actual: Tensor<Scalar>, _ expected: Tensor<Scalar>, relative: Double, absolute: Double, _ context: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard actual.shape == expected.shape else {
        Issue.record("\(context): shape \(actual.shape), expected \(expected.shape)", sourceLocation: sourceLocation)
        return
    }
    for (a, e) in zip(actual.array, expected.array) {
        let tolerance = absolute + relative * abs(e.doubleValue)
        if !(abs(a.doubleValue - e.doubleValue) <= tolerance) && !(a.isNaN && e.isNaN) {
            Issue.record("\(context): \(a), expected \(e)", sourceLocation: sourceLocation)
            return
        }
    }
}
