import Report
import Statistics
import Tabular
import Tensor

/// The lung-cancer study of Hadizadeh Moghaddam et al. (arXiv 2408.09635), for any cohorts: what do source cohorts add
/// to a target cohort?
///
/// Everything that is fitted, scalers too, sees training rows of the target only; sources are used whole and are the only
/// rows that are augmented. All methods get the same people, the same seeds and the same number of updates.
///
/// ```swift
/// let study = try CohortStudy(cohorts: [first, second, third], target: "first")
/// let curve = try study.fewShotCurve(methods: [.targetOnly(), .meta(.meta(.second))], seeds: [1, 2, 3])
/// print(curve.table)
/// ```
public struct CohortStudy: Sendable {
    /// The cohorts with their common probes.
    public var cohorts: [Cohort] { aligned.cohorts }
    /// The place of the target among them.
    public let target: Int
    /// For each cohort the number of its probes that others lack.
    public var dropped: [Int] { aligned.dropped }
    /// The cohorts as they were brought together.
    private let aligned: AlignedCohorts
    /// How cohorts are made comparable.
    public var harmonization: Harmonization
    /// How sources are augmented; empty for not at all.
    public var augmentation: [SourceAugmentation]
    /// The classes of the rows that augmentation adds.
    public var balance: SourceAugmentation.ClassBalance
    /// Synthetic cohorts that are sources beside the real ones; nil for none.
    public var shift: CohortShift?
    /// What is done about missing values.
    public let missing: MissingValues
    /// How networks are trained.
    public var training: StudyTraining

    /// Prepares a study.
    ///
    /// - Throws: ``CohortError`` if there is no such target, two have one name, they share fewer than 4 probes, or a value of a shared probe is
    ///   missing and not to be imputed.
    public init(
        cohorts: [Cohort], target: String, harmonization: Harmonization = .perCohort,
        augmentation: [SourceAugmentation] = SourceAugmentation.standard,
        balance: SourceAugmentation.ClassBalance = .preserve, shift: CohortShift? = nil,
        missing: MissingValues = .refuse, training: StudyTraining = StudyTraining()
    ) throws(CohortError) {
        var names: Set<String> = []
        for cohort in cohorts where !names.insert(cohort.name).inserted { throw .duplicateName(cohort.name) }
        guard let place = cohorts.firstIndex(where: { $0.name == target }) else {
            throw .noSuchCohort(target, have: cohorts.map(\.name))
        }
        // The target comes first: its probes give the order.
        aligned = try AlignedCohorts(
            [cohorts[place]] + cohorts.enumerated().filter { $0.offset != place }.map(\.element), minimum: 4)
        if missing == .refuse {
            for cohort in aligned.cohorts { try cohort.requireComplete() }
        }
        self.target = 0
        self.harmonization = harmonization
        self.augmentation = augmentation
        self.balance = balance
        self.shift = shift
        self.missing = missing
        self.training = training
    }

    /// Pairs of people of different cohorts, as places of cohort and row, whose profiles correlate above a limit: the same
    /// person, or the same array.
    public func suspiciousPairs(above limit: Double = 0.999) -> [(first: (Int, Int), second: (Int, Int))] {
        aligned.suspiciousPairs(above: limit)
    }

    /// The cohort to predict.
    public var targetCohort: Cohort { cohorts[target] }

    /// The other cohorts.
    public var sourceCohorts: [Cohort] { cohorts.indices.filter { $0 != target }.map { cohorts[$0] } }

    /// The target's training and test rows and the augmented sources of one division, ready for the methods.
    struct Division: Sendable {
        let train: FeatureMatrix
        let trainLabels: [Int]
        let test: FeatureMatrix
        let testLabels: [Int]
        let sources: [SourceRows]
    }

    /// Fills in, scales and augments for one division; what is learned for it comes from the training rows and the sources.
    ///
    /// - Parameter sources: The sources' rows and labels, the real ones unless a control replaces them.
    func division(
        _ split: Split, labels: [Int]? = nil, sources: [(features: FeatureMatrix, labels: [Int])]? = nil, key: RandomKey
    ) throws -> Division {
        let labels = labels ?? targetCohort.labels
        let given = sources ?? sourceCohorts.map { ($0.features, $0.labels) }
        let complete = try missing.completed(
            train: targetCohort.features.selecting(rows: split.train),
            test: targetCohort.features.selecting(rows: split.test), sources: given.map(\.features),
            names: [targetCohort.name] + sourceCohorts.map(\.name), probes: targetCohort.probes)
        let ready = try harmonization.apply(train: complete.train, test: complete.test, sources: complete.sources)
        var rows = zip(ready.sources, given).enumerated().map { place, pair in
            SourceRows(
                pair.0, pair.1.labels, augmentation: augmentation, balance: balance, key: key.folded(place))
        }
        if let shift {
            for (place, pair) in zip(ready.sources, given).enumerated() {
                let keys = key.folded(ready.sources.count + place).split(2)
                rows += shift.cohorts(of: pair.0, key: keys[0]).enumerated().map { copy, features in
                    SourceRows(features, pair.1.labels, augmentation: [], key: keys[1].folded(copy))
                }
            }
        }
        return Division(
            train: ready.train, trainLabels: split.train.map { labels[$0] }, test: ready.test,
            testLabels: split.test.map { labels[$0] }, sources: rows)
    }

    /// The test rows' probabilities by a method, and what it says about the sources.
    func scores(
        _ method: StudyMethod, _ division: Division, hasValidation: Bool, key: RandomKey
    ) throws -> (probabilities: [Double], sourceContribution: Double?) {
        if case .classical(let estimator) = method {
            let model: any FittedClassifier = try estimator.estimator(rows: division.trainLabels.count, key: key)
                .fit(division.train, division.trainLabels)
            return (model.predictProbability(division.test).column(1), nil)
        }
        var fitting = Array(division.trainLabels.indices)
        var validation: StudyRows?
        if hasValidation {
            var generator = RandomGenerator(key: key.folded(1))
            let inner = try Split.stratified(labels: division.trainLabels, testFraction: 0.15, using: &generator)
            fitting = inner.train
            validation = StudyRows(
                division.train.selecting(rows: inner.test), inner.test.map { division.trainLabels[$0] })
        }
        let rows = StudyRows(division.train.selecting(rows: fitting), fitting.map { division.trainLabels[$0] })
        let outcome = try training.train(
            method, rows, validation: validation, sources: division.sources, key: key.folded(2))
        return (outcome.network.probabilities(division.test), outcome.sourceContribution)
    }
}
