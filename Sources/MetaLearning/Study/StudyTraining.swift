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
    /// The rate of AdamW where the head alone is trained: few weights have to go as far as all of them would.
    public var headLearningRate = 3e-2
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
}

/// A source's rows in two halves that share no person, each augmented on its own, so that no row of one is made of a
/// person of the other.
struct SourceRows: Sendable {
    let rows: StudyRows
    /// Where the second half begins.
    let middle: Int

    /// Scaled rows of real people, augmented by the steps.
    init(
        _ features: FeatureMatrix, _ labels: [Int], augmentation: [SourceAugmentation],
        balance: SourceAugmentation.ClassBalance = .preserve, key: RandomKey
    ) {
        let keys = key.split(3)
        var generator = RandomGenerator(key: keys[0])
        let order = generator.permutation(labels.count)
        // Sorted by class, every other person goes to either half, so that both have both classes.
        let sorted = order.filter { labels[$0] == 0 } + order.filter { labels[$0] == 1 }
        let halves = (0..<2).map { rest in
            let people = sorted.enumerated().filter { $0.offset % 2 == rest }.map(\.element)
            return SourceAugmentation.doubled(
                features.selecting(rows: people), people.map { labels[$0] }, by: augmentation, balance: balance,
                key: keys[1 + rest])
        }
        middle = halves[0].labels.count
        rows = StudyRows(
            FeatureMatrix(
                rows: halves[0].features.rows + halves[1].features.rows, columns: features.columns,
                values: halves[0].features.values + halves[1].features.values),
            halves[0].labels + halves[1].labels)
    }

    /// A task of `size` drawn rows: people of one half support, those of the other ask.
    func task(_ size: Int, _ generator: inout RandomGenerator) -> MetaTask<Float> {
        func draw(_ half: Range<Int>) -> Examples<Float> {
            rows.examples(generator.permutation(half.count).prefix(size / 2).map { half.lowerBound + $0 })
        }
        let (first, second) = (draw(0..<middle), draw(middle..<rows.count))
        return generator.integer(below: 2) == 0
            ? MetaTask(support: first, query: second) : MetaTask(support: second, query: first)
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
        _ kind: GeneNetwork.Kind, _ sources: [SourceRows], probes: Int, key: RandomKey
    ) -> GeneNetwork {
        let keys = key.split(2)
        var network = kind.network(probes: probes, key: keys[0])
        var generator = RandomGenerator(key: keys[1])
        var optimizer = AdamW<Float>(learningRate: learningRate, weightDecay: weightDecay)
        for step in 0..<sourceSteps where !sources.isEmpty {
            // Cohorts take turns, so that the small ones count as much as the large ones.
            let batch = sources[step % sources.count].rows.batch(batch, &generator)
            optimizer.step(&network) { batch.loss(of: $0) }
        }
        return network
    }

    /// Trains a network by a method; with validation rows, keeps the state of the lowest loss on them.
    ///
    /// - Throws: ``MetaLearningError``.
    func train(
        _ method: StudyMethod, _ target: StudyRows, validation: StudyRows? = nil, sources: [SourceRows], key: RandomKey
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
            network = pretrained(kind, sources, probes: probes, key: keys[2])
            if freezesBody {
                let head = network.head
                optimizer.learningRate = headLearningRate
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
