import Autograd
import NN
import Report
import Statistics
import Tensor

/// How well learners tell unseen letters apart after one look at each: five ways, one shot, on ``Glyphs``.
public struct GlyphStudy: Sendable {
    /// The ways to learn.
    public enum Arm: String, Sendable, CaseIterable {
        /// Prototypical networks, trained on ten-way episodes.
        case protoNet = "Prototypical network"
        /// Second order, one inner step.
        case maml = "MAML"
        /// First order, one inner step.
        case fomaml = "FOMAML"
        /// Five inner steps on the support set.
        case reptile = "Reptile"
        /// A classifier of all training letters; new letters by their nearest centred mean.
        case baseline = "Pre-training, nearest mean"
        /// The same without any training.
        case untrained = "Untrained, nearest mean"
    }

    /// Updates of each arm, of four episodes each, or of 64 letters for pre-training.
    public var iterations: Int
    /// Episodes that each arm is judged by.
    public var tests: Int

    /// Describes a study.
    public init(iterations: Int = 600, tests: Int = 600) {
        self.iterations = iterations
        self.tests = tests
    }

    /// What came out.
    public struct Outcome: Sendable {
        /// The arms.
        public let arms: [Arm]
        /// The share of queries answered right in each episode, by arm, seeds after one another.
        public let accuracies: [[Double]]

        /// Mean accuracies with 95 % intervals over episodes.
        public var table: ReportTable {
            var table = ReportTable(columns: ["Method", "Accuracy, 5 ways, 1 shot"])
            for (arm, values) in zip(arms, accuracies) {
                let half = 1.96 * (values.sampleVariance / Double(values.count)).squareRoot()
                table.add(row: [arm.rawValue, "\(fixed(values.mean)) ± \(fixed(half))"])
            }
            return table
        }
    }

    /// Trains and judges the arms.
    ///
    /// - Throws: ``MetaLearningError``, `CancellationError`.
    public func run(
        arms: [Arm] = Arm.allCases, seeds: [UInt64], events: some EventSink = SilentSink(),
        cancellation: Cancellation = Cancellation()
    ) throws -> Outcome {
        var accuracies = arms.map { _ in [Double]() }
        for seed in seeds {
            let keys = RandomKey(seed: seed).split(4)
            let glyphs = Glyphs(key: keys[0])
            let unseen = try glyphs.episodes(.test, ways: 5, shots: 1, queries: 5, key: keys[1])
            for (index, arm) in arms.enumerated() {
                accuracies[index] += try judge(
                    try classifier(arm, glyphs, keys[2], events, cancellation), unseen)
            }
        }
        return Outcome(arms: arms, accuracies: accuracies)
    }

    private typealias Answer = @Sendable (Tensor<Float>, Examples<Float>) throws -> Tensor<Float>

    private func classifier(
        _ arm: Arm, _ glyphs: Glyphs, _ key: RandomKey, _ events: some EventSink, _ cancellation: Cancellation
    ) throws -> Answer {
        let keys = key.split(3)
        let adam = Adam<Float>(learningRate: 2e-3)
        func meta<Learner: MetaLearner>(
            _ learner: Learner, _ optimizer: some Optimizer<Float>, outputs: Int = 5, ways: Int = 5, shots: Int = 1,
            steps: Int? = nil
        ) throws -> Answer {
            let episodes = try glyphs.episodes(.training, ways: ways, shots: shots, queries: 5, key: keys[1])
            var trainer = MetaTrainer(
                GlyphNetwork(outputs: outputs, key: keys[0]), learner: learner, optimizer: optimizer)
            try trainer.fit(
                episodes, iterations: iterations, tasksPerBatch: 4, events: events, cancellation: cancellation)
            let parameters = trainer.parameters
            return { try learner.outputs(parameters, for: $0, support: $1, steps: steps) }
        }
        switch arm {
        case .protoNet: return try meta(ProtoNet(), adam, outputs: 0, ways: 10)
        case .maml: return try meta(MAML(innerRate: 0.4), adam, steps: 3)
        case .fomaml: return try meta(FOMAML(innerRate: 0.4), adam, steps: 3)
        case .reptile:
            // Reptile learns from the support set alone: it gets the query set's share of letters as well.
            return try meta(
                Reptile(innerSteps: 5, innerRate: 0.1),
                SGD<Float>(learningRate: 1, schedule: .linearDecay(over: iterations)), shots: 6, steps: 10)
        case .untrained, .baseline:
            var network = GlyphNetwork(outputs: 40, key: keys[0])
            if arm == .baseline {
                let (inputs, labels) = glyphs.samples(.training, each: 20)
                var optimizer = Adam<Float>(learningRate: 2e-3)
                var generator = RandomGenerator(key: keys[2])
                for _ in 0..<iterations {
                    try cancellation.check()
                    let rows = (0..<64).map { _ in generator.integer(below: labels.count) }
                    let batch = inputs.indexSelected(axis: 0, rows)
                    let targets = labels.indexSelected(axis: 0, rows)
                    optimizer.step(&network) { crossEntropy($0(Variable(batch)), targets) }
                }
            }
            network.head = nil
            let embedding = network
            return { try SimpleShot().logits(on: embedding, for: $0, support: $1) }
        }
    }

    private func judge(_ answer: @escaping Answer, _ unseen: EpisodeSampler<Float>) throws -> [Double] {
        var found = [Result<Double, any Error>?](repeating: nil, count: tests)
        found.withUnsafeMutableBufferPointer { found in
            nonisolated(unsafe) let found = found
            Parallelism.forEachPiece(of: tests, grain: 1) { piece in
                for test in piece {
                    found[test] = Result {
                        let task = try unseen.task(at: test)
                        let labels = task.query.targets.labels?.array ?? []
                        let answers = try answer(task.query.inputs, task.support).argmax(axis: 1).array
                        return Double(zip(answers, labels).count { Int($0) == Int($1) }) / Double(labels.count)
                    }
                }
            }
        }
        return try found.map { try $0!.get() }
    }
}

/// Four blocks of convolution, normalisation, ReLU and pooling, from `[n, 1, 20, 20]` to 16 numbers, and maybe a head.
///
/// Normalisation is by the statistics of the rows given together (``TransductiveNorm``): no state passes between tasks.
public struct GlyphNetwork: Layer {
    var convolutions: [Conv2d<Float>]
    var norms: [TransductiveNorm<Float>]
    var head: Linear<Float>?

    /// A network with drawn weights.
    ///
    /// - Parameter outputs: The outputs of the head; 0 for none.
    public init(outputs: Int, key: RandomKey) {
        let keys = key.split(5)
        convolutions = (0..<4).map {
            Conv2d($0 == 0 ? 1 : 16, 16, kernel: (3, 3), ConvolutionGeometry(padding: 1), key: keys[$0])
        }
        norms = (0..<4).map { _ in TransductiveNorm(channels: 16) }
        head = outputs > 0 ? Linear(16, outputs, key: keys[4]) : nil
    }

    /// `[n, 1, 20, 20]` to `[n, 16]` or `[n, outputs]`.
    public func callAsFunction(_ x: Variable<Float>) -> Variable<Float> {
        var value = x
        for (convolution, norm) in zip(convolutions, norms) {
            value = norm(convolution(value)).relu().maxPool2d(PoolingGeometry(size: 2))
        }
        let embedding = value.reshaped([x.shape[0], -1])
        return head?(embedding) ?? embedding
    }

    /// Visits `convolutions`, `norms` and `head`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Float>) {
        visitor.visit("convolutions", &convolutions)
        visitor.visit("norms", &norms)
        visitor.visit("head", &head)
    }
}
