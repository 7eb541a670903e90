import Statistics

/// The area under the ROC curve: the probability that a positive row scores above a negative one, ties counting half.
///
/// ```swift
/// let area = try AreaUnderROC(scores: probabilities, labels: isCase)
/// print(area.value, try area.interval())
/// ```
///
/// Variance after DeLong, DeLong and Clarke-Pearson (1988), by mid-ranks as in Sun and Xu (2014): O(n log n).
public struct AreaUnderROC: Sendable {
    /// The area, in 0...1.
    public let value: Double
    /// For each positive row, in order, the share of negatives it scores above.
    private let positivePlacements: [Double]
    /// For each negative row, in order, the share of positives that score above it.
    private let negativePlacements: [Double]

    /// Computes the area from scores, larger meaning more likely positive.
    ///
    /// - Throws: `MetricError` for no rows, a score that is not finite, or a single class.
    public init(scores: [Double], labels: [Bool]) throws(MetricError) {
        try requireBinaryScores(scores, labels)
        let positives: [Double] = zip(scores, labels).filter(\.1).map(\.0)
        let negatives: [Double] = zip(scores, labels).filter { !$0.1 }.map(\.0)
        let m: Double = Double(positives.count)
        let n: Double = Double(negatives.count)
        let all: [Double] = MidRanks(positives + negatives).ranks
        let within: [Double] = MidRanks(positives).ranks
        let withinNegatives: [Double] = MidRanks(negatives).ranks
        positivePlacements = positives.indices.map { (all[$0] - within[$0]) / n }
        negativePlacements = negatives.indices.map { 1 - (all[positives.count + $0] - withinNegatives[$0]) / m }
        var rankSum: Double = 0
        for rank in all[..<positives.count] { rankSum += rank }
        value = (rankSum - m * (m + 1) / 2) / (m * n)
    }

    /// DeLong's variance; NaN with fewer than two rows of either class.
    public var variance: Double {
        positivePlacements.sampleVariance / Double(positivePlacements.count)
            + negativePlacements.sampleVariance / Double(negativePlacements.count)
    }

    /// DeLong's interval, value ± z √variance, clipped to 0...1; a perfect separation has width zero.
    ///
    /// - Throws: `MetricError.noVariance` with fewer than two rows of either class.
    public func interval(level: Double = 0.95) throws(MetricError) -> ConfidenceInterval {
        let spread: Double = variance
        if spread.isNaN { throw .noVariance }
        let z: Double = NormalDistribution.standard.quantile(upperTail: 0.5 * (1 - level))
        let half: Double = z * spread.squareRoot()
        return ConfidenceInterval(lower: max(0, value - half), upper: min(1, value + half), level: level)
    }

    /// DeLong's test that two scores of the same rows have equal areas; the estimate is the difference.
    ///
    /// - Throws: `MetricError.noVariance` when the difference has no variance but is not zero, or rows are too few.
    public func compared(with other: AreaUnderROC, level: Double = 0.95) throws(MetricError) -> TestResult {
        requireShape(
            positivePlacements.count == other.positivePlacements.count
                && negativePlacements.count == other.negativePlacements.count,
            "DeLong's test compares two scores of the same rows; the numbers of positives and negatives differ.")
        let differences: [Double] = zip(positivePlacements, other.positivePlacements).map { $0 - $1 }
        let negativeDifferences: [Double] = zip(negativePlacements, other.negativePlacements).map { $0 - $1 }
        let spread: Double =
            differences.sampleVariance / Double(differences.count)
            + negativeDifferences.sampleVariance / Double(negativeDifferences.count)
        let estimate: Double = value - other.value
        if spread.isNaN || (spread == 0 && estimate != 0) { throw .noVariance }
        let error: Double = spread.squareRoot()
        let z: Double = spread == 0 ? 0 : estimate / error
        let normal = NormalDistribution.standard
        let half: Double = normal.quantile(upperTail: 0.5 * (1 - level)) * error
        return TestResult(
            method: "DeLong's test for two correlated ROC curves", statistic: z,
            pValue: min(1, 2 * normal.survival(abs(z))), estimate: estimate,
            interval: ConfidenceInterval(lower: estimate - half, upper: estimate + half, level: level))
    }

    /// The unweighted mean over classes of the area of each class against the rest.
    ///
    /// - Parameters:
    ///   - probabilities: One column per class, `[rows, classes]`.
    ///   - labels: The class of each row.
    /// - Throws: `MetricError` for no rows, a value that is not finite, or a class without rows.
    public static func macroAverage(
        probabilities: FeatureMatrix, labels: [Int]
    ) throws(MetricError) -> Double {
        requireShape(
            probabilities.rows == labels.count,
            "A metric needs one prediction per row, not \(probabilities.rows) for \(labels.count) rows.")
        if labels.isEmpty || probabilities.columns == 0 { throw .empty }
        var sum: Double = 0
        for index in 0..<probabilities.columns {
            let member: [Bool] = labels.map { $0 == index }
            if !member.contains(true) { throw .oneClass(index) }
            sum += try AreaUnderROC(scores: probabilities.column(index), labels: member).value
        }
        return sum / Double(probabilities.columns)
    }
}
