import Autograd
import MetaLearning
import NN
import Tensor
import Testing

/// A net with a normalisation of either policy between its two maps.
private struct NormalizedNet<Norm: Layer<Double>>: Layer {
    typealias Scalar = Double
    var first = Linear<Double>(1, 6, key: RandomKey(seed: 1))
    var norm: Norm
    var second = Linear<Double>(6, 1, key: RandomKey(seed: 2))

    func callAsFunction(_ x: Variable<Double>) -> Variable<Double> { second(norm(first(x)).tanh()) }

    mutating func visitParameters(_ visitor: inout some ParameterVisitor<Double>) {
        visitor.visit("first", &first)
        visitor.visit("norm", &norm)
        visitor.visit("second", &second)
    }
}

@Suite struct BatchNormTests {
    private let waves = Sinusoids<Double>(key: RandomKey(seed: 3))

    /// Both forms of the second order, alone and after another task.
    private func gradients<Norm>(_ net: NormalizedNet<Norm>) throws -> [[Double]] {
        let (first, second) = (try waves.task(at: 0), try waves.task(at: 1))
        var results: [[Double]] = []
        for method in [MAML.Method.nestedGradients, .hessianVectorProducts] {
            let learner = MAML(method: method, innerSteps: 2, innerRate: 0.05)
            let start = learner.metaParameters(for: net)
            let alone = try learner.taskGradient(at: start, on: first, iteration: 0)
            _ = try learner.taskGradient(at: start, on: second, iteration: 0)
            let after = try learner.taskGradient(at: start, on: first, iteration: 0)
            #expect(numbers(alone.gradient) == numbers(after.gradient))
            results.append(numbers(alone.gradient))
        }
        return results
    }

    @Test("statistics of the rows given: the same second order in both forms, nothing passes from task to task")
    func transductive() throws {
        let found = try gradients(NormalizedNet(norm: TransductiveNorm<Double>(channels: 6)))
        #expect(difference(found[0], found[1]) < 1e-12)
    }

    @Test("frozen statistics: adaptation changes no buffer of the start or of the adapted copy")
    func frozen() throws {
        var norm = BatchNorm<Double>(6)
        norm.runningMean = Tensor(randomNormal: [6], key: RandomKey(seed: 4))
        norm.runningVariance = Tensor([0.5, 1, 1.5, 2, 2.5, 3])
        let net = NormalizedNet(norm: norm)
        let found = try gradients(net)
        #expect(difference(found[0], found[1]) < 1e-12)
        let learner = MAML(innerRate: 0.05)
        let adapted = try learner.adapt(
            learner.metaParameters(for: net), to: waves.task(at: 0).support, steps: 5)
        #expect(adapted.norm.runningMean.array == norm.runningMean.array)
        #expect(adapted.norm.runningVariance.array == norm.runningVariance.array)
        #expect(adapted.norm.weight.value.array != norm.weight.value.array)
    }

    @Test("statistics of each task: a task's copy has its own buffers")
    func perTask() throws {
        let net = NormalizedNet(norm: BatchNorm<Double>(6))
        let copies = try (0..<2).map { index in
            var copy = net
            _ = copy.norm(copy.first(Variable(try waves.task(at: index).support.inputs)), training: RandomKey(seed: 0))
            return copy
        }
        #expect(copies[0].norm.runningMean.array != copies[1].norm.runningMean.array)
        #expect(net.norm.runningMean.array.allSatisfy { $0 == 0 })
    }
}
