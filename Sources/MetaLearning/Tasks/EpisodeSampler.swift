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
    /// Whether the classes of an episode keep the ratio of their sizes: `ways * shots` support and `ways * queries` query
    /// samples are then shared out among them, at least one of each.
    public let isStratified: Bool
    /// Where the episodes come from.
    public let key: RandomKey

    /// The rows of each class, by ascending label.
    private let rows: [[Int]]

    /// Describes a stream of episodes.
    ///
    /// - Parameters:
    ///   - labels: `[n]`, any integers.
    ///   - stratified: Whether the classes of an episode keep the ratio of their sizes, as in tables of people; else all
    ///     have the same number of samples.
    /// - Throws: ``MetaLearningError`` if there are too few classes, or a class has fewer than `shots + queries` samples;
    ///   of stratified episodes, if a class has no sample for both sets or the smallest classes have too few together.
    public init(
        inputs: Tensor<Scalar>, labels: Tensor<Int64>, ways: Int, shots: Int, queries: Int, stratified: Bool = false,
        key: RandomKey
    ) throws(MetaLearningError) {
        guard labels.count == inputs.shape[0] else {
            throw .unsuitableTargets("there are \(labels.count) labels for \(inputs.shape[0]) samples")
        }
        var found: [Int64: [Int]] = [:]
        for (row, label) in labels.array.enumerated() { found[label, default: []].append(row) }
        guard found.count >= ways, ways > 0 else { throw .insufficientClasses(have: found.count, need: ways) }
        let sorted = found.sorted { $0.key < $1.key }
        let need = stratified ? min(shots, 1) + min(queries, 1) : shots + queries
        for (label, members) in sorted where members.count < need {
            throw .insufficientSamples(label: Int(label), have: members.count, need: need)
        }
        let smallest = sorted.sorted { ($0.value.count, $0.key) < ($1.value.count, $1.key) }.prefix(ways)
        let together = smallest.reduce(0) { $0 + $1.value.count }
        if stratified, together < ways * (shots + queries) {
            throw .insufficientSamples(
                label: Int(smallest[0].key), have: smallest[0].value.count,
                need: smallest[0].value.count + ways * (shots + queries) - together)
        }
        guard !stratified || shots > 0 else { trap("EpisodeSampler: stratified episodes need support") }
        self.inputs = inputs
        self.ways = ways
        self.shots = shots
        self.queries = queries
        isStratified = stratified
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
        let drawn = Array(generator.permutation(rows.count).prefix(ways))
        let even = (support: drawn.map { _ in shots }, query: drawn.map { _ in queries })
        let shares =
            isStratified
            ? ClassShares.divided(
                support: ways * shots, query: ways * queries, sizes: drawn.map { rows[$0].count }) ?? even : even
        for (way, label) in drawn.enumerated() {
            let members = rows[label]
            let order = generator.permutation(members.count)
            support.append(order.prefix(shares.support[way]).map { members[$0] })
            query.append(order.dropFirst(shares.support[way]).prefix(shares.query[way]).map { members[$0] })
        }
        return (support, query)
    }
}
