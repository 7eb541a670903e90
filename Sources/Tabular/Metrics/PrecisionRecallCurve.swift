/// Precision against recall over all thresholds.
public struct PrecisionRecallCurve: Sendable, Hashable {
    /// One operating point: rows that score at least `threshold` are called positive.
    public struct Point: Sendable, Hashable {
        /// The smallest score called positive.
        public let threshold: Double
        /// The share of true positives among those called positive.
        public let precision: Double
        /// The share of positives called positive.
        public let recall: Double
    }

    /// The points by descending threshold, without those whose neighbours have the same number of true positives.
    public let points: [Point]
    /// Σ (recall step) × precision, without interpolation between points.
    public let averagePrecision: Double

    /// Computes the curve from scores, larger meaning more likely positive. O(n log n).
    ///
    /// - Throws: `MetricError` for no rows, a score that is not finite, or no positive row.
    public init(scores: [Double], labels: [Bool]) throws(MetricError) {
        try requireScores(scores, count: labels.count)
        if !labels.contains(true) { throw .oneClass(1) }
        let counts: [ThresholdCounts] = cumulativeCounts(scores, labels)
        let total: Double = Double(counts[counts.count - 1].positives)
        var sum: Double = 0
        var points: [Point] = []
        var found: Int = 0
        for (index, count) in counts.enumerated() {
            let precision: Double = Double(count.positives) / Double(count.positives + count.negatives)
            sum += Double(count.positives - found) / total * precision
            let isFlat: Bool =
                index > 0 && index + 1 < counts.count && found == count.positives
                && counts[index + 1].positives == count.positives
            found = count.positives
            if isFlat { continue }
            points.append(
                Point(threshold: count.threshold, precision: precision, recall: Double(count.positives) / total))
        }
        self.points = points
        averagePrecision = sum
    }
}
