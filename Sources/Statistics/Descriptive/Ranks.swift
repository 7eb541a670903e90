/// The ranks of a sample, from 1, with ties sharing the mean of their ranks.
public struct MidRanks: Sendable {
    /// The rank of each value, in the order of the sample.
    public let ranks: [Double]
    /// The sizes of all groups of equal values, in ascending order of the values.
    public let groupSizes: [Int]

    /// Ranks values that contain no NaN. O(n log n).
    public init(_ values: [Double]) {
        let order: [Int] = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        var sizes: [Int] = []
        var start: Int = 0
        while start < order.count {
            var end: Int = start + 1
            while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
            let shared: Double = 0.5 * Double(start + 1 + end)
            for position in start..<end { ranks[order[position]] = shared }
            sizes.append(end - start)
            start = end
        }
        self.ranks = ranks
        groupSizes = sizes
    }

    /// Whether any two values are equal.
    public var hasTies: Bool { groupSizes.contains { $0 > 1 } }

    /// Σ (t³ − t) over the groups of ties, the usual correction of rank variances.
    var tieCorrection: Double {
        var sum: Double = 0
        for size in groupSizes {
            let t: Double = Double(size)
            sum += t * t * t - t
        }
        return sum
    }
}
