import Report
import Statistics
import Tabular
import Tensor

/// Methods beside each other under cross-validation of the target.
public struct CrossValidationComparison: Sendable {
    /// One method's scores.
    public struct Scores: Sendable {
        /// The method.
        public let method: StudyMethod
        /// The area under the ROC curve of each fold, seed after seed; nil where a fold has one class only.
        public let foldAreas: [Double?]
        /// The scores of each fold that was not left out, seed after seed.
        public let folds: [FoldScores]
        /// Of the scores of all folds together, one for each seed.
        public let pooledAreas: [AreaUnderROC]
        /// Average precision of the scores of all folds together, one for each seed.
        public let averagePrecisions: [Double]
        /// Decisions at one half, one for each seed.
        public let confusions: [ConfusionMatrix]
        /// The mean length of the sources' part of the gradient over the target's, for methods that have one.
        public let sourceContribution: Double?
    }

    /// The target's name.
    public let target: String
    /// The methods' scores.
    public let scores: [Scores]
    /// Rows of a training part and of a test part.
    public let partSizes: (train: Int, test: Int)
    /// The number of folds of all seeds that were left out because their training part has too few people of a class.
    public let skippedFolds: Int

    /// Means over seeds of the pooled scores; intervals are DeLong's, of the first seed.
    public var table: ReportTable {
        var table = ReportTable(columns: [
            "Method", "AUROC", "95 % interval, first seed", "Average precision", "Accuracy", "Macro F1",
            "Macro precision", "Macro recall", "Sources in gradient",
        ])
        for own in scores {
            let interval = try? own.pooledAreas[0].interval()
            let macro = own.confusions.map { $0.scores(.macro) }
            table.add(row: [
                own.method.name, fixed(own.pooledAreas.map(\.value).mean),
                interval.map { "\(fixed($0.lower)) to \(fixed($0.upper))" } ?? "–", fixed(own.averagePrecisions.mean),
                fixed(own.confusions.map(\.accuracy).mean), fixed(macro.map(\.f1).mean),
                fixed(macro.map(\.precision).mean), fixed(macro.map(\.recall).mean),
                own.sourceContribution.map { NumberFormat.fixed(2).text($0) } ?? "",
            ])
        }
        return table
    }

    /// The columns that mean something where one class is rare: decisions there only repeat the majority.
    public var rankingTable: ReportTable {
        var table = ReportTable(columns: [
            "Method", "AUROC", "95 % interval, first seed", "Average precision", "Sources in gradient",
        ])
        let chosen = [0, 1, 2, 3, 8]
        for row in self.table.rows { table.add(row: chosen.map { row[$0] }) }
        return table
    }

    /// Differences of fold areas to a method's, with the corrected resampled t interval (Nadeau and Bengio 2003).
    public func gains(over other: Int) -> ReportTable {
        var table = ReportTable(columns: [
            ReportTable.Column("Method less \(scores[other].method.name)"), "AUROC, 95 % interval", "p",
        ])
        for index in scores.indices where index != other {
            let test = try? gain(of: index, over: other)
            table.add(row: [
                scores[index].method.name, test.map(differenceText) ?? "–",
                test.map { NumberFormat.pValue.text($0.pValue) } ?? "–",
            ])
        }
        return table
    }

    /// The paired difference of fold areas.
    public func gain(of method: Int, over other: Int) throws -> TestResult {
        let pairs = zip(scores[method].foldAreas, scores[other].foldAreas)
        let differences = pairs.compactMap { own, their in own.flatMap { own in their.map { own - $0 } } }
        return try TTest.correctedResampled(
            differences: differences, testCount: partSizes.test, trainCount: partSizes.train)
    }
}

extension CohortStudy {
    /// Cross-validates methods on the target, the same folds for all; networks choose their epoch on a part of the
    /// training rows.
    ///
    /// - Parameters:
    ///   - folds: The number of folds; where a class has fewer people, some test parts lack it, which
    ///     ``FoldScores/macro`` says.
    ///   - stratified: Whether folds keep the ratio of the classes; the published code's do not.
    ///   - degenerate: What is done about a fold whose training part has fewer than two people of a class. One that is
    ///     left out has no scores, and its people are not in the pooled ones.
    ///   - seeds: Each seed has its own folds and weights.
    /// - Throws: ``CohortError/degenerateFold(cohort:fold:label:have:)``, ``MetaLearningError``, `CancellationError`,
    ///   errors of splits and metrics.
    public func crossValidation(
        methods: [StudyMethod], folds: Int = 10, stratified: Bool = true, degenerate: DegenerateSets = .refuse,
        seeds: [UInt64], labels permuted: [Int]? = nil,
        events: some EventSink = SilentSink(), cancellation: Cancellation = Cancellation()
    ) throws -> CrossValidationComparison {
        let labels = permuted ?? targetCohort.labels
        let isCase = labels.map { $0 == 1 }
        let name = "cross-validation of \(targetCohort.name)"
        events.receive(.started(name: name, total: seeds.count * folds, completed: 0))
        var foldAreas = methods.map { _ in [Double?]() }
        var foldScores = methods.map { _ in [FoldScores]() }
        var scored = [[Bool]]()
        var skipped = 0
        var pooled = methods.map { _ in [[Double]]() }
        var contributions = methods.map { _ in [Double]() }
        var sizes = (train: 0, test: 0)
        for (round, seed) in seeds.enumerated() {
            let key = RandomKey(seed: seed)
            var generator = RandomGenerator(key: key)
            let splits =
                stratified
                ? try StratifiedKFold(folds: folds, allowsSmallClasses: true)
                    .splits(labels: labels, shuffledBy: &generator)
                : try KFold(folds: folds).splits(count: labels.count, shuffledBy: &generator)
            let lacks = splits.map { split in
                [0, 1].map { label in split.train.count { labels[$0] == label } }.enumerated().first { $1 < 2 }
            }
            if degenerate == .refuse, let fold = lacks.firstIndex(where: { $0 != nil }), let lack = lacks[fold] {
                throw CohortError.degenerateFold(
                    cohort: targetCohort.name, fold: fold, label: lack.offset, have: lack.element)
            }
            sizes = (splits[0].train.count, splits[0].test.count)
            for index in methods.indices { pooled[index].append([Double](repeating: .nan, count: labels.count)) }
            scored.append([Bool](repeating: false, count: labels.count))
            try cancellation.check()
            typealias Found = [(probabilities: [Double], sourceContribution: Double?)]
            var results = [Result<Found, any Error>?](repeating: nil, count: folds)
            results.withUnsafeMutableBufferPointer { results in
                nonisolated(unsafe) let results = results
                Parallelism.forEachPiece(of: folds, grain: 1) { piece in
                    for fold in piece where lacks[fold] == nil {
                        results[fold] = Result {
                            let own = key.folded(fold + 1)
                            let division = try self.division(splits[fold], labels: labels, key: own.folded(3))
                            return try methods.map { try scores($0, division, hasValidation: true, key: own) }
                        }
                    }
                }
            }
            for (fold, result) in results.enumerated() {
                let found = try result?.get()
                if found == nil { skipped += 1 }
                for row in splits[fold].test { scored[round][row] = found != nil }
                for index in methods.indices {
                    guard let found else {
                        foldAreas[index].append(nil)
                        continue
                    }
                    for (place, row) in splits[fold].test.enumerated() {
                        pooled[index][round][row] = found[index].probabilities[place]
                    }
                    let own = splits[fold].test.map { isCase[$0] }
                    foldAreas[index].append(try? AreaUnderROC(scores: found[index].probabilities, labels: own).value)
                    foldScores[index].append(
                        try FoldScores(
                            round: round, fold: fold, probabilities: found[index].probabilities, isCase: own))
                    if let share = found[index].sourceContribution { contributions[index].append(share) }
                }
                events.receive(
                    .step(
                        name: name, completed: round * folds + fold + 1, total: seeds.count * folds, metrics: [:]))
            }
        }
        events.receive(.finished(name: name))
        let all = try methods.indices.map { index in
            // People of folds that were left out have no score.
            let rounds = zip(pooled[index], scored).map { scores, isScored in
                let rows = isScored.indices.filter { isScored[$0] }
                return (scores: rows.map { scores[$0] }, isCase: rows.map { isCase[$0] })
            }
            return CrossValidationComparison.Scores(
                method: methods[index], foldAreas: foldAreas[index], folds: foldScores[index],
                pooledAreas: try rounds.map { try AreaUnderROC(scores: $0.scores, labels: $0.isCase) },
                averagePrecisions: try rounds.map {
                    try PrecisionRecallCurve(scores: $0.scores, labels: $0.isCase).averagePrecision
                },
                confusions: try rounds.map {
                    try ConfusionMatrix(actual: $0.isCase, predicted: $0.scores.map { $0 > 0.5 })
                },
                sourceContribution: contributions[index].isEmpty ? nil : contributions[index].mean)
        }
        return CrossValidationComparison(
            target: targetCohort.name, scores: all, partSizes: sizes, skippedFolds: skipped)
    }
}
