/// Sensitivity against false-positive rate over all thresholds.
public struct ROCCurve: Sendable, Hashable {
    /// One operating point: rows that score at least `threshold` are called positive.
    public struct Point: Sendable, Hashable {
        /// The smallest score called positive; infinite at the first point.
        public let threshold: Double
        /// The share of negatives called positive.
        public let falsePositiveRate: Double
        /// The share of positives called positive.
        public let truePositiveRate: Double
    }

    /// The points from (0, 0) to (1, 1), without those on a straight line between their neighbours.
    public let points: [Point]

    /// Computes the curve from scores, larger meaning more likely positive. O(n log n).
    ///
    /// - Throws: `MetricError` for no rows, a score that is not finite, or a single class.
    public init(scores: [Double], labels: [Bool]) throws(MetricError) {
        try requireBinaryScores(scores, labels)
        let counts: [ThresholdCounts] = cumulativeCounts(scores, labels)
        let total: ThresholdCounts = counts[counts.count - 1]
        var kept: [ThresholdCounts] = [ThresholdCounts(threshold: .infinity, positives: 0, negatives: 0)]
        for (index, point) in counts.enumerated() {
            if index + 1 < counts.count {
                let before: ThresholdCounts = index == 0 ? kept[0] : counts[index - 1]
                let after: ThresholdCounts = counts[index + 1]
                // Equal steps before and after, compared in whole rows.
                let turn: Int =
                    (point.positives - before.positives) * (after.negatives - point.negatives)
                    - (point.negatives - before.negatives) * (after.positives - point.positives)
                if turn == 0 { continue }
            }
            kept.append(point)
        }
        points = kept.map {
            Point(
                threshold: $0.threshold, falsePositiveRate: Double($0.negatives) / Double(total.negatives),
                truePositiveRate: Double($0.positives) / Double(total.positives))
        }
    }
}

/// How many rows of each class score at least a threshold.
struct ThresholdCounts {
    var threshold: Double
    var positives: Int
    var negatives: Int
}

/// The counts at every distinct score, descending.
func cumulativeCounts(_ scores: [Double], _ labels: [Bool]) -> [ThresholdCounts] {
    let order: [Int] = scores.indices.sorted { scores[$0] > scores[$1] }
    var counts: [ThresholdCounts] = []
    var positives: Int = 0
    var negatives: Int = 0
    for (position, index) in order.enumerated() {
        if labels[index] { positives += 1 } else { negatives += 1 }
        let isLast: Bool = position + 1 == order.count || scores[order[position + 1]] != scores[index]
        if isLast {
            counts.append(ThresholdCounts(threshold: scores[index], positives: positives, negatives: negatives))
        }
    }
    return counts
}
