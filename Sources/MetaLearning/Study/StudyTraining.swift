import Autograd
import NN
import Tabular
import Tensor

/// How the networks of a study are trained; all methods have the same budget.
public struct StudyTraining: Sendable, Hashable {
    /// Updates on the target.
    public var steps = 150
    /// Updates on the pooled sources before, for transfer.
    public var sourceSteps = 300
    /// Rows of a batch of the target, and of each source.
    public var batch = 64
    /// The rate of AdamW.
    public var learningRate = 1e-3
    /// The penalty of AdamW.
    public var weightDecay = 0.1
    /// The objective of the meta-learned arms, but for its variant.
    public var objective = SourceObjective()
    /// Updates between looks at validation rows, where there are any.
    public var validationInterval = 10

    /// The settings that the study uses unless told otherwise.
    public init() {}
}

/// Labelled rows as the networks take them.
struct StudyRows: Sendable {
    let inputs: Tensor<Float>
    let targets: Tensor<Float>
    let labels: [Int]

    init(_ features: FeatureMatrix, _ labels: [Int]) {
        inputs = Tensor<Float>(features.tensor)
        targets = Tensor(labels.map { Float($0) }, shape: [labels.count, 1])
        self.labels = labels
    }

    var count: Int { labels.count }

    func examples(_ rows: [Int]) -> Examples<Float> { all.selecting(rows) }

    var all: Examples<Float> { Examples(inputs: inputs, targets: .binary(targets)) }

    /// Drawn rows, all of them if there are few.
    func batch(_ size: Int, _ generator: inout RandomGenerator) -> Examples<Float> {
        size >= count ? all : examples(Array(generator.permutation(count).prefix(size)))
    }

    /// Drawn rows in two halves without a common one, each with a share of both classes.
    func task(_ size: Int, _ generator: inout RandomGenerator) -> MetaTask<Float> {
        let order = generator.permutation(count).prefix(size)
        // Sorted by class, every other row goes to either half: halves of one size, with both classes.
        let sorted = order.filter { labels[$0] == 0 } + order.filter { labels[$0] == 1 }
        var halves: (support: [Int], query: [Int]) = ([], [])
        for (place, row) in sorted.enumerated() {
            if place % 2 == 0 { halves.support.append(row) } else { halves.query.append(row) }
        }
        return MetaTask(support: examples(halves.support), query: examples(halves.query))
    }
}

extension StudyTraining {
    /// What a training gave.
    struct Outcome: Sendable {
        var network: GeneNetwork
        /// The mean contribution of sources to the gradient; nil for methods without an objective of sources.
        var sourceContribution: Double?
    }

    /// A network trained on the pooled sources.
    func pretrained(
        _ kind: GeneNetwork.Kind, _ sources: [StudyRows], key: RandomKey
    ) -> GeneNetwork {
        let keys = key.split(2)
        let probes = sources.first?.inputs.shape[1] ?? 1
        var network = kind.network(probes: probes, key: keys[0])
        var generator = RandomGenerator(key: keys[1])
        var optimizer = AdamW<Float>(learningRate: learningRate, weightDecay: weightDecay)
        for step in 0..<sourceSteps where !sources.isEmpty {
            // Cohorts take turns, so that the small ones count as much as the large ones.
            let batch = sources[step % sources.count].batch(batch, &generator)
            optimizer.step(&network) { batch.loss(of: $0) }
        }
        return network
    }

    /// Trains a network by a method; with validation rows, keeps the state of the lowest loss on them.
    ///
    /// - Throws: ``MetaLearningError``.
    func train(
        _ method: StudyMethod, _ target: StudyRows, validation: StudyRows? = nil, sources: [StudyRows],
        pretrained: GeneNetwork? = nil, key: RandomKey
    ) throws(MetaLearningError) -> Outcome {
        let keys = key.split(3)
        var generator = RandomGenerator(key: keys[1])
        var optimizer = AdamW<Float>(learningRate: learningRate, weightDecay: weightDecay)
        let probes = target.inputs.shape[1]
        var network: GeneNetwork
        var objective: SourceObjective?
        switch method {
        case .classical: trap("a classical estimator is no network")
        case .targetOnly(let kind): network = kind.network(probes: probes, key: keys[0])
        case .transfer(let freezesBody, let kind):
            network = pretrained ?? self.pretrained(kind, sources, key: keys[2])
            if freezesBody {
                let head = network.head
                optimizer.groups = [.frozen { path, _ in !path.hasPrefix(head) }]
            }
        case .meta(let variant, let kind):
            network = kind.network(probes: probes, key: keys[0])
            var own = self.objective
            own.variant = variant
            objective = own
        }
        var best = (network: network, loss: Double.infinity)
        var contributions: [Double] = []
        for step in 1...max(steps, 1) {
            let rows = target.batch(batch, &generator)
            if let objective {
                let tasks = sources.map { $0.task(batch, &generator) }
                let part = try objective.step(at: network, target: rows, sources: tasks)
                contributions.append(part.sourceContribution)
                optimizer.update(&network, along: part.gradient)
            } else {
                optimizer.step(&network) { rows.loss(of: $0) }
            }
            if let validation, step % validationInterval == 0 || step == steps {
                let loss = Double(validation.all.loss(of: network).scalar)
                if loss < best.loss { best = (network, loss) }
            }
        }
        let contribution =
            objective == nil ? nil : contributions.reduce(0, +) / Double(max(contributions.count, 1))
        return Outcome(
            network: validation == nil || best.loss == .infinity ? network : best.network,
            sourceContribution: contribution)
    }
}

extension GeneNetwork {
    /// The probability of the disease for each row.
    func probabilities(_ features: FeatureMatrix) -> [Double] {
        self(Variable(Tensor<Float>(features.tensor))).value.sigmoid().array.map { Double($0) }
    }
}
