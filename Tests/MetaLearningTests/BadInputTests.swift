import Autograd
import MetaLearning
import NN
import Tabular
import Tensor
import Testing

/// What cannot be learned from is an error that says so; further rows of the table are in `CohortTests`, `AttributionTests`
/// and `MetaTrainerTests`.
@Suite struct BadInputTests {
    private let wave = Sinusoids<Double>(key: RandomKey(seed: 1))
    private let net = MLP<Double>(sizes: [1, 8, 1], activation: .tanh, key: RandomKey(seed: 2))

    @Test("a row in both the support and the query set")
    func overlap() throws {
        let examples = try wave.task(at: 0).support
        #expect(throws: MetaLearningError.overlappingSets(index: 3)) {
            try MetaTask(examples, support: [0, 5, 3], query: [4, 3])
        }
        let task = try MetaTask(examples, support: [0, 5, 3], query: [4, 1])
        #expect(task.query.inputs.array == [examples.inputs[4, 0], examples.inputs[1, 0]])
    }

    @Test("an inner problem that is not convex where it ends")
    func indefinite() throws {
        // Far from a minimum a net's loss has directions of negative curvature, larger than this lambda.
        let task = try wave.task(at: 0)
        var found = false
        for seed in 0..<20 where !found {
            let net = MLP<Double>(sizes: [1, 8, 1], activation: .tanh, key: RandomKey(seed: UInt64(seed)))
            let learner = IMAML(lambda: 1e-6, innerSteps: 0, conjugateSteps: 30)
            do {
                _ = try learner.taskGradient(at: learner.metaParameters(for: net), on: task, iteration: 0)
            } catch {
                guard case .indefiniteHessian(let curvature, let lambda) = error else { throw error }
                found = curvature <= 0 && lambda == 1e-6
            }
        }
        #expect(found)
    }

    @Test("labels that do not fit the samples")
    func labels() {
        #expect(throws: MetaLearningError.self) {
            try EpisodeSampler(
                inputs: Tensor<Float>(zeros: [4, 2]), labels: Tensor<Int64>([0, 1]), ways: 2, shots: 1, queries: 0,
                key: RandomKey(seed: 1))
        }
    }

    @Test("a gene that is the same in everybody")
    func constantGene() throws {
        let train = FeatureMatrix([[1, 7], [2, 7], [3, 7]])
        let (a, b, sources) = try Harmonization.perCohort.apply(
            train: train, test: FeatureMatrix([[2, 9]]), sources: [train])
        #expect(a.column(1) == [0, 0, 0] && b.column(1) == [2] && sources[0].column(1) == [0, 0, 0])
    }

    @Test("saturated logits have finite losses and gradients")
    func saturation() {
        let examples = Examples<Float>(
            inputs: Tensor([200, -200], shape: [2, 1]), targets: .binary(Tensor([0, 1], shape: [2, 1])))
        let model = Linear<Float>(weight: Variable(Tensor([[1]])))
        let (loss, slope) = valueAndGradient(at: model) { examples.loss(of: $0) }
        #expect(loss.scalar == 200 && slope.weight.value.array == [200])
    }

    @Test("the second order in single precision is that in double precision")
    func singlePrecision() throws {
        let task = try wave.task(at: 0)
        let learner = MAML(innerSteps: 3, innerRate: 0.05)
        let double = try learner.taskGradient(at: learner.metaParameters(for: net), on: task, iteration: 0)
        var narrow = MLP<Float>(sizes: [1, 8, 1], activation: .tanh, key: RandomKey(seed: 2))
        narrow.replaceParameters(net.parameters.map { Variable($0.value.cast(to: Float.self)) })
        func cast(_ examples: Examples<Double>) -> Examples<Float> {
            guard case .values(let values) = examples.targets else { fatalError("waves have values") }
            return Examples(inputs: examples.inputs.cast(to: Float.self), targets: .values(values.cast(to: Float.self)))
        }
        let single = try learner.taskGradient(
            at: learner.metaParameters(for: narrow),
            on: MetaTask(support: cast(task.support), query: cast(task.query)), iteration: 0)
        let numbers = single.gradient.parameters.flatMap { $0.value.array.map { Double($0) } }
        #expect(difference(numbers, double.gradient.parameters.flatMap { $0.value.array }) < 1e-3)
    }

    @Test("a head that the model does not have", arguments: [MAML.Method.nestedGradients, .hessianVectorProducts])
    func noSuchHead(method: MAML.Method) throws {
        let tasks = try (0..<3).map { try wave.task(at: $0) }
        let paths = net.namedTensors(includingBuffers: false).map(\.path)
        let expected = MetaLearningError.noSuchPart("hed", have: paths)
        let learners = [ParameterSelection.part("hed"), .outside("hed")].map { MAML(method: method, adapts: $0) }
        for learner in learners {
            let start = learner.metaParameters(for: net)
            #expect(throws: expected) { try learner.taskGradient(at: start, on: tasks[0], iteration: 0) }
            #expect(throws: expected) { try learner.adapt(start, to: tasks[0].support) }
            #expect(throws: expected) {
                try learner.outputs(start, for: tasks[0].query.inputs, support: tasks[0].support, steps: 0)
            }
            #expect(learner.batchGradient(at: start, on: tasks, iteration: 0)?.queryLoss == nil)
        }
        for learner in [ANIL(head: "hed"), BOIL(head: "hed")] as [any MetaLearner] {
            let start = learner.metaParameters(for: net)
            #expect(throws: expected) { try learner.taskGradient(at: start, on: tasks[0], iteration: 0) }
        }
        // The path of a parameter, a layer's and all layers' are parts.
        for part in [paths[0], String(paths[0].split(separator: ".").dropLast().joined(separator: "."))] {
            let learner = ANIL(head: part)
            _ = try learner.taskGradient(at: learner.metaParameters(for: net), on: tasks[0], iteration: 0)
        }
    }
}
