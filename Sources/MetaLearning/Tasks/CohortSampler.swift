import Tabular
import Tensor

/// Cohorts as tasks: support and query are disjoint people of one cohort.
///
/// Values are taken as they are, so cohorts of different scales are to be made comparable before, for example by
/// ``Harmonization``.
///
/// ```swift
/// let tasks = try CohortSampler<Float>([first, second], support: 16, query: 16, key: RandomKey(seed: 1))
/// try trainer.fit(tasks, iterations: 500, tasksPerBatch: 4)
/// ```
public struct CohortSampler<Scalar: FloatingTensorScalar>: TaskSampler {
    /// How often each cohort is a task.
    public enum Balance: Sendable, Hashable {
        /// Equally often, whatever its size: as many tasks in a row as there are cohorts are one of each, in drawn order.
        case even
        /// As often as its share of all people.
        case proportional
    }

    /// The cohorts, all with the probes of the first.
    public let cohorts: [Cohort]
    /// The number of people to adapt to.
    public let support: Int
    /// The number of people to be judged by.
    public let query: Int
    /// Whether both sets keep the cohort's ratio of classes, with at least one person of each.
    public let isStratified: Bool
    /// How often each cohort is a task.
    public let balance: Balance
    /// Where the tasks come from.
    public let key: RandomKey

    /// `[people, probes]` of each cohort.
    private let inputs: [Tensor<Scalar>]

    /// Describes a stream of tasks.
    ///
    /// - Parameters:
    ///   - cohorts: At least one; probes that the first lacks are left out, and are arranged in its order.
    ///   - stratified: Whether both sets keep the cohort's ratio of classes; else an episode may have one class only.
    /// - Throws: ``CohortError`` if there is no cohort, one lacks a probe of the first, has a missing value, or has too
    ///   few people for two such sets.
    public init(
        _ cohorts: [Cohort], support: Int, query: Int, stratified: Bool = true, balance: Balance = .even,
        key: RandomKey
    ) throws(CohortError) {
        guard support > 0, query > 0 else { trap("CohortSampler: sets of \(support) and \(query) people") }
        guard let first = cohorts.first else { throw .noCohorts }
        var arranged: [Cohort] = []
        for cohort in cohorts {
            let own = try cohort.arranged(as: first.probes)
            try own.requireComplete()
            guard own.count >= support + query else {
                throw .tooFewPeopleForTask(cohort: own.name, have: own.count, need: support + query)
            }
            if stratified, ClassShares.divided(support: support, query: query, sizes: Self.sizes(own)) == nil {
                let label = own.labels.count { $0 == 0 } < own.labels.count { $0 == 1 } ? 0 : 1
                let have = own.labels.count { $0 == label }
                guard have >= 2 else {
                    throw .tooFewPeople(cohort: own.name, label: label, have: have, need: 2)
                }
                throw .tooFewPeopleForTask(cohort: own.name, have: min(support, query), need: 2)
            }
            arranged.append(own)
        }
        self.cohorts = arranged
        self.support = support
        self.query = query
        isStratified = stratified
        self.balance = balance
        self.key = key
        inputs = arranged.map { $0.features.tensor.cast(to: Scalar.self) }
    }

    /// The task at a position of the stream: inputs `[people, probes]`, binary targets `[people, 1]`.
    ///
    /// - Throws: ``MetaLearningError/oneClass(task:)`` if a set has one class only, which stratified ones never have.
    public func task(at index: Int) throws(MetaLearningError) -> MetaTask<Scalar> {
        let (cohort, support, query) = rows(at: index)
        let labels = cohorts[cohort].labels
        for set in [support, query] where Set(set.map { labels[$0] }).count < 2 { throw .oneClass(task: index) }
        func examples(_ rows: [Int]) -> Examples<Scalar> {
            let targets = Tensor<Scalar>(rows.map { Scalar(labels[$0]) }, shape: [rows.count, 1])
            return Examples(inputs: inputs[cohort].indexSelected(axis: 0, rows), targets: .binary(targets))
        }
        return MetaTask(support: examples(support), query: examples(query))
    }

    /// The place of a task's cohort and the rows of its sets, ascending by class; no row is in both.
    public func rows(at index: Int) -> (cohort: Int, support: [Int], query: [Int]) {
        let cohort = self.cohort(at: index)
        var generator = RandomGenerator(key: key.folded(index).folded(1))
        guard isStratified else {
            let order = generator.permutation(cohorts[cohort].count)
            return (cohort, Array(order.prefix(support)), Array(order.dropFirst(support).prefix(query)))
        }
        let labels = cohorts[cohort].labels
        let sizes = Self.sizes(cohorts[cohort])
        let shares = ClassShares.divided(support: support, query: query, sizes: sizes)!
        var chosen: (support: [Int], query: [Int]) = ([], [])
        for label in [0, 1] {
            let members = labels.indices.filter { labels[$0] == label }
            let order = generator.permutation(members.count).map { members[$0] }
            chosen.support += order.prefix(shares.support[label])
            chosen.query += order.dropFirst(shares.support[label]).prefix(shares.query[label])
        }
        return (cohort, chosen.support, chosen.query)
    }

    /// The place of the cohort of a task.
    private func cohort(at index: Int) -> Int {
        switch balance {
        case .even:
            let round = key.folded(-1).folded(index / cohorts.count)
            var generator = RandomGenerator(key: round)
            return generator.permutation(cohorts.count)[index % cohorts.count]
        case .proportional:
            var generator = RandomGenerator(key: key.folded(index).folded(0))
            var person = generator.integer(below: cohorts.reduce(0) { $0 + $1.count })
            for (place, cohort) in cohorts.enumerated() {
                if person < cohort.count { return place }
                person -= cohort.count
            }
            return cohorts.count - 1
        }
    }

    /// The numbers of people without and with the disease.
    private static func sizes(_ cohort: Cohort) -> [Int] {
        [cohort.labels.count { $0 == 0 }, cohort.labels.count { $0 == 1 }]
    }
}
