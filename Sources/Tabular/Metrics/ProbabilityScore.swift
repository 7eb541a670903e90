import Glibc

/// Proper scores of predicted probabilities; smaller is better.
public enum ProbabilityScore {
    /// The mean of −log of the probability given to what happened; probabilities are kept `clip` away from 0 and 1.
    ///
    /// - Throws: `MetricError` for no rows or a value that is not a probability.
    public static func logLoss(
        probabilities: [Double], labels: [Bool], clip: Double = .ulpOfOne
    ) throws(MetricError) -> Double {
        try requireProbabilities(probabilities, count: labels.count)
        var sum: Double = 0
        for (probability, label) in zip(probabilities, labels) {
            let kept: Double = min(max(probability, clip), 1 - clip)
            sum -= label ? log(kept) : log1p(-kept)
        }
        return sum / Double(labels.count)
    }

    /// The mean of −log of the probability given to each row's class, `[rows, classes]`.
    ///
    /// - Throws: `MetricError` for no rows or a value that is not a probability.
    public static func logLoss(
        probabilities: FeatureMatrix, labels: [Int], clip: Double = .ulpOfOne
    ) throws(MetricError) -> Double {
        try requireClassProbabilities(probabilities, labels)
        var sum: Double = 0
        for (row, label) in labels.enumerated() { sum -= log(min(max(probabilities[row, label], clip), 1 - clip)) }
        return sum / Double(labels.count)
    }

    /// The mean squared distance of probabilities from 0 and 1 outcomes.
    ///
    /// - Throws: `MetricError` for no rows or a value that is not a probability.
    public static func brier(probabilities: [Double], labels: [Bool]) throws(MetricError) -> Double {
        try requireProbabilities(probabilities, count: labels.count)
        var sum: Double = 0
        for (probability, label) in zip(probabilities, labels) {
            let distance: Double = probability - (label ? 1 : 0)
            sum += distance * distance
        }
        return sum / Double(labels.count)
    }

    /// Brier's original score over all classes, in 0...2, `[rows, classes]`.
    ///
    /// - Throws: `MetricError` for no rows or a value that is not a probability.
    public static func brier(probabilities: FeatureMatrix, labels: [Int]) throws(MetricError) -> Double {
        try requireClassProbabilities(probabilities, labels)
        var sum: Double = 0
        for (row, label) in labels.enumerated() {
            for index in 0..<probabilities.columns {
                let distance: Double = probabilities[row, index] - (index == label ? 1 : 0)
                sum += distance * distance
            }
        }
        return sum / Double(labels.count)
    }

    private static func requireClassProbabilities(
        _ probabilities: FeatureMatrix, _ labels: [Int]
    ) throws(MetricError) {
        requireShape(
            labels.allSatisfy { $0 >= 0 && $0 < probabilities.columns },
            "Every label must be one of the \(probabilities.columns) classes.")
        requireShape(
            probabilities.rows == labels.count,
            "A metric needs one prediction per row, not \(probabilities.rows) for \(labels.count) rows.")
        if labels.isEmpty { throw .empty }
        try requireProbabilities(probabilities.values, count: probabilities.values.count)
    }
}

/// Throws unless there are rows and every value is a probability.
func requireProbabilities(_ probabilities: [Double], count: Int) throws(MetricError) {
    try requireScores(probabilities, count: count)
    if let index = probabilities.firstIndex(where: { $0 < 0 || $0 > 1 }) { throw .notProbability(index: index) }
}
