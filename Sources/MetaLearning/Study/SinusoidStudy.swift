import Autograd
import NN
import Report
import Statistics
import Tensor

/// How fast learners adapt to new sine waves (Finn et al., arXiv 1703.03400, section 5.1): a 1-40-40-1 net with ReLU,
/// ten support points, 25 tasks to an update.
public struct SinusoidStudy: Sendable {
    /// The ways to find where adaptation starts.
    public enum Arm: String, Sendable, CaseIterable {
        /// Second order.
        case maml = "MAML"
        /// First order.
        case fomaml = "FOMAML"
        /// Reptile, eight inner steps at rate 0.01.
        case reptile = "Reptile"
        /// Training on all waves at once.
        case pretraining = "Pre-training"
    }

    /// Meta-updates of each arm.
    public var iterations: Int
    /// New waves that each arm is judged by.
    public var tests: Int
    /// Steps of gradient descent at rate 0.01 before judging.
    public var steps: [Int] = [0, 1, 5, 10]

    /// Describes a study.
    public init(iterations: Int = 3_000, tests: Int = 600) {
        self.iterations = iterations
        self.tests = tests
    }

    /// What came out.
    public struct Outcome: Sendable {
        /// The arms.
        public let arms: [Arm]
        /// The numbers of steps.
        public let steps: [Int]
        /// The query loss of every test wave, by arm and number of steps, seeds after one another.
        public let losses: [[[Double]]]
        /// A wave, and what the first seed's nets say about it before and after steps.
        public let example: Figure

        /// Mean losses with 95 % intervals over waves.
        public var table: ReportTable {
            var table = ReportTable(
                columns: [ReportTable.Column("Mean squared error after")]
                    + steps.map { ReportTable.Column("\($0) steps") })
            for (arm, own) in zip(arms, losses) {
                table.add(
                    row: [arm.rawValue]
                        + own.map { values in
                            let half = 1.96 * (values.sampleVariance / Double(values.count)).squareRoot()
                            return "\(fixed(values.mean)) ± \(fixed(half))"
                        })
            }
            return table
        }

        /// Paired differences to MAML after each number of steps.
        public var gains: ReportTable {
            var table = ReportTable(
                columns: [ReportTable.Column("Error less MAML's after")]
                    + steps.map { ReportTable.Column("\($0) steps") })
            for index in arms.indices where arms[index] != .maml {
                table.add(
                    row: [arms[index].rawValue]
                        + steps.indices.map { place in
                            (try? TTest.paired(losses[index][place], losses[0][place])).map(differenceText) ?? "–"
                        })
            }
            return table
        }
    }

    /// Trains and judges every arm.
    ///
    /// - Throws: ``MetaLearningError``, `CancellationError`.
    public func run(
        seeds: [UInt64], events: some EventSink = SilentSink(), cancellation: Cancellation = Cancellation()
    ) throws -> Outcome {
        var losses = Arm.allCases.map { _ in steps.map { _ in [Double]() } }
        var example = Figure(title: "One wave", x: Axis("x"), y: Axis("y"))
        for (position, seed) in seeds.enumerated() {
            let keys = RandomKey(seed: seed).split(3)
            let unseen = Sinusoids<Float>(key: keys[2])
            for (index, arm) in Arm.allCases.enumerated() {
                let net = MLP<Float>(sizes: [1, 40, 40, 1], activation: .relu, key: keys[0])
                let tasks = Sinusoids<Float>(key: keys[1])
                let learned = try train(arm, net, tasks, events, cancellation)
                let found = try judge(learned, unseen)
                for place in steps.indices { losses[index][place] += found[place] }
                if position == 0 { try draw(arm, learned, unseen, on: &example) }
            }
        }
        return Outcome(arms: Arm.allCases, steps: steps, losses: losses, example: example)
    }

    private func train(
        _ arm: Arm, _ net: MLP<Float>, _ tasks: Sinusoids<Float>, _ events: some EventSink,
        _ cancellation: Cancellation
    ) throws -> MLP<Float> {
        func meta<Learner: MetaLearner>(_ learner: Learner, _ optimizer: some Optimizer<Float>) throws -> MLP<Float> {
            var trainer = MetaTrainer(net, learner: learner, optimizer: optimizer)
            try trainer.fit(
                tasks, iterations: iterations, tasksPerBatch: 25, events: events, cancellation: cancellation)
            return trainer.parameters.model
        }
        let adam = Adam<Float>(learningRate: 1e-3)
        return switch arm {
        case .maml: try meta(MAML(innerRate: 0.01), adam)
        case .fomaml: try meta(FOMAML(innerRate: 0.01), adam)
        case .reptile:
            try meta(
                Reptile(innerSteps: 8, innerRate: 0.01),
                SGD<Float>(learningRate: 1, schedule: .linearDecay(over: iterations)))
        case .pretraining: try meta(MAML(innerSteps: 0), adam)
        }
    }

    private func judge(_ net: MLP<Float>, _ unseen: Sinusoids<Float>) throws -> [[Double]] {
        let start = MetaParameters(model: net)
        let learner = MAML(innerRate: 0.01)
        var found = [Result<[Double], any Error>?](repeating: nil, count: tests)
        found.withUnsafeMutableBufferPointer { found in
            nonisolated(unsafe) let found = found
            Parallelism.forEachPiece(of: tests, grain: 4) { piece in
                for test in piece {
                    found[test] = Result {
                        let task = try unseen.task(at: test)
                        return try steps.map { try learner.queryLoss(start, on: task, steps: $0) }
                    }
                }
            }
        }
        let all = try found.map { try $0!.get() }
        return steps.indices.map { place in all.map { $0[place] } }
    }

    /// The wave and the nets' answers after one and ten steps; MAML and pre-training only.
    private func draw(_ arm: Arm, _ net: MLP<Float>, _ unseen: Sinusoids<Float>, on figure: inout Figure) throws {
        guard arm == .maml || arm == .pretraining else { return }
        let task = try unseen.task(at: 3)
        let x = (0...100).map { Float($0) / 10 - 5 }
        let inputs = Tensor(x, shape: [x.count, 1])
        func add(_ values: [Float], _ label: String) {
            figure.add(.line(x: x.map { Double($0) }, y: values.map { Double($0) }, label: label))
        }
        if arm == .maml, case .values(let targets) = task.support.targets {
            figure.add(
                .scatter(
                    x: task.support.inputs.array.map { Double($0) }, y: targets.array.map { Double($0) },
                    label: "Support"))
        }
        for steps in arm == .maml ? [0, 1, 10] : [10] {
            let adapted = try MAML(innerRate: 0.01).adapt(
                MetaParameters(model: net), to: task.support, steps: steps)
            add(adapted(Variable(inputs)).value.array, "\(arm.rawValue), \(steps) steps")
        }
    }
}
