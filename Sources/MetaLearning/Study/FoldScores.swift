import Report
import Statistics
import Tabular

/// What one method says about the test part of one fold, decisions at more than one half.
public struct FoldScores: Sendable, Hashable {
    /// The position of the seed.
    public let round: Int
    /// The position of the fold.
    public let fold: Int
    /// The share of right decisions.
    public let accuracy: Double
    /// Means over both classes; `absent` names the classes that nobody of the fold is of, which count as 0.
    public let macro: PrecisionRecall
    /// Average precision; nil where nobody has the disease.
    public let averagePrecision: Double?

    /// Scores probabilities of the disease.
    init(round: Int, fold: Int, probabilities: [Double], isCase: [Bool]) throws {
        let confusion = try ConfusionMatrix(actual: isCase, predicted: probabilities.map { $0 > 0.5 })
        self.round = round
        self.fold = fold
        accuracy = confusion.accuracy
        macro = confusion.scores(.macro)
        averagePrecision =
            isCase.contains(true)
            ? try PrecisionRecallCurve(scores: probabilities, labels: isCase).averagePrecision : nil
    }
}

extension CrossValidationComparison {
    /// Means and standard deviations over the folds of all seeds; folds without a class count with 0 for it, and have no
    /// average precision where the class is the disease.
    public var foldTable: ReportTable {
        var table = ReportTable(columns: [
            "Method", "Accuracy", "Macro F1", "Macro precision", "Macro recall", "Average precision",
            "Folds without a class", "Folds left out",
        ])
        func spread(_ values: [Double]) -> String {
            guard let first = values.first else { return "–" }
            return values.count > 1 ? "\(fixed(values.mean)) ± \(fixed(values.sampleStandardDeviation))" : fixed(first)
        }
        for own in scores {
            let folds = own.folds
            let lacking = folds.count { !$0.macro.absent.isEmpty }
            table.add(row: [
                own.method.name, spread(folds.map(\.accuracy)), spread(folds.map(\.macro.f1)),
                spread(folds.map(\.macro.precision)), spread(folds.map(\.macro.recall)),
                spread(folds.compactMap(\.averagePrecision)), "\(lacking) of \(folds.count)", "\(skippedFolds)",
            ])
        }
        return table
    }
}
