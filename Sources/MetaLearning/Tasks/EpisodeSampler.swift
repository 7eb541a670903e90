import Tensor

/// Few-shot episodes from labelled samples: draws classes without replacement, then distinct support and query samples of
/// each, and numbers the classes in the order they were drawn (Vinyals et al., arXiv 1606.04080, section 2.2).
public struct EpisodeSampler<Scalar: FloatingTensorScalar>: TaskSampler {
    /// `[n, ...]`: all samples.
    public let inputs: Tensor<Scalar>
    /// The number of classes of an episode, N.
    public let ways: Int
    /// The number of support samples of each class, K.
    public let shots: Int
    /// The number of query samples of each class.
    public let queries: Int
    /// Where the episodes come from.
    public let key: RandomKey

    /// The rows of each class, by ascending label.
    private let rows: [[Int]]

    /// Describes a stream of episodes.
    ///
    /// - Parameter labels: `[n]`, any integers.
    /// - Throws: ``MetaLearningError`` if there are too few classes, or a class has fewer than `shots + queries` samples.
    public init(
        inputs: Tensor<Scalar>, labels: Tensor<Int64>, ways: Int, shots: Int, queries: Int, key: RandomKey
    ) throws(MetaLearningError) {
        guard labels.count == inputs.shape[0] else {
            throw .unsuitableTargets("there are \(labels.count) labels for \(inputs.shape[0]) samples")
        }
        var found: [Int64: [Int]] = [:]
        for (row, label) in labels.array.enumerated() { found[label, default: []].append(row) }
        guard found.count >= ways, ways > 0 else { throw .insufficientClasses(have: found.count, need: ways) }
        let sorted = found.sorted { $0.key < $1.key }
        for (label, members) in sorted where members.count < shots + queries {
            throw .insufficientSamples(label: Int(label), have: members.count, need: shots + queries)
        }
        self.inputs = inputs
        self.ways = ways
        self.shots = shots
        self.queries = queries
        self.key = key
        rows = sorted.map(\.value)
    }

    /// The episode at a position of the stream; rows are ordered by class.
    public func task(at index: Int) throws(MetaLearningError) -> MetaTask<Scalar> {
        let (support, query) = rows(at: index)
        func examples(_ chosen: [[Int]]) -> Examples<Scalar> {
            let labels = chosen.enumerated().flatMap { way, members in members.map { _ in Int64(way) } }
            let positions = Tensor<Int64>(chosen.joined().map { Int64($0) })
            return Examples(inputs: inputs.indexSelected(axis: 0, positions), targets: .classes(Tensor(labels)))
        }
        return MetaTask(support: examples(support), query: examples(query))
    }

    /// The rows of an episode's support and query samples, by class in drawn order; no row is in both.
    public func rows(at index: Int) -> (support: [[Int]], query: [[Int]]) {
        var generator = RandomGenerator(key: key.folded(index))
        var support: [[Int]] = []
        var query: [[Int]] = []
        for label in generator.permutation(rows.count).prefix(ways) {
            let members = rows[label]
            let order = generator.permutation(members.count)
            support.append(order.prefix(shots).map { members[$0] })
            query.append(order.dropFirst(shots).prefix(queries).map { members[$0] })
        }
        return (support, query)
    }
}
