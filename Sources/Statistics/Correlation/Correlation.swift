import Glibc

/// Measures of association between paired observations.
public enum Correlation {
    /// Pearson's correlation with its t test and Fisher's z interval.
    ///
    /// The interval needs four pairs or more and is nil below.
    ///
    /// - Throws: `StatisticsError` for unequal lengths, fewer than three pairs, a value that is not finite, or a
    ///   constant sample.
    public static func pearson(
        _ x: [Double], _ y: [Double], level: Double = 0.95
    ) throws(StatisticsError) -> TestResult {
        requireLevel(level)
        try requirePairs(x, y)
        let r: Double = try coefficient(x, y)
        return tTest(r, count: x.count, method: "Pearson correlation", interval: fisherInterval(r, x.count, level))
    }

    /// Spearman's rank correlation, ties sharing mid-ranks, with its t approximation.
    ///
    /// - Throws: As `pearson`.
    public static func spearman(_ x: [Double], _ y: [Double]) throws(StatisticsError) -> TestResult {
        try requirePairs(x, y)
        let rho: Double = try coefficient(MidRanks(x).ranks, MidRanks(y).ranks)
        return tTest(rho, count: x.count, method: "Spearman rank correlation", interval: nil)
    }

    /// Kendall's τ-b with its normal approximation, the variance corrected for ties. O(n log n) (Knight 1966).
    ///
    /// The statistic is z, the estimate τ-b.
    ///
    /// - Throws: As `pearson`.
    public static func kendall(_ x: [Double], _ y: [Double]) throws(StatisticsError) -> TestResult {
        try requirePairs(x, y)
        let n: Int = x.count
        let order: [Int] = x.indices.sorted { x[$0] < x[$1] || (x[$0] == x[$1] && y[$0] < y[$1]) }
        let tiesX = TieSums(MidRanks(x).groupSizes)
        let tiesY = TieSums(MidRanks(y).groupSizes)
        var jointSizes: [Int] = []
        var run: Int = 1
        for position in 1..<n {
            let (previous, current) = (order[position - 1], order[position])
            if x[previous] == x[current] && y[previous] == y[current] {
                run += 1
            } else {
                jointSizes.append(run)
                run = 1
            }
        }
        jointSizes.append(run)
        let joint = TieSums(jointSizes)

        var sequence: [Double] = order.map { y[$0] }
        let discordant: Double = countInversions(&sequence)
        let size: Double = Double(n)
        let pairs: Double = size * (size - 1) / 2
        let difference: Double = pairs - tiesX.pairs - tiesY.pairs + joint.pairs - 2 * discordant
        if pairs == tiesX.pairs { throw .noVariation(sample: "x") }
        if pairs == tiesY.pairs { throw .noVariation(sample: "y") }
        let tau: Double = difference / ((pairs - tiesX.pairs) * (pairs - tiesY.pairs)).squareRoot()

        // Kendall, Rank Correlation Methods, equation 4.14 for the variance of the pair difference under ties.
        let base: Double = size * (size - 1) * (2 * size + 5)
        var variance: Double = (base - tiesX.cubic - tiesY.cubic) / 18
        variance += 2 * tiesX.pairs * tiesY.pairs / (size * (size - 1))
        variance += tiesX.triples * tiesY.triples / (9 * size * (size - 1) * (size - 2))
        let z: Double = difference / variance.squareRoot()
        return TestResult(
            method: "Kendall tau-b", statistic: z,
            pValue: Alternative.twoSided.pValue(z, survival: NormalDistribution.standard.survival),
            estimate: min(1, max(-1, tau)))
    }

    private static func requirePairs(_ x: [Double], _ y: [Double]) throws(StatisticsError) {
        if x.count != y.count { throw .unequalLengths(first: x.count, second: y.count) }
        try requireFinite(x, named: "x", atLeast: 3)
        try requireFinite(y, named: "y", atLeast: 3)
    }

    private static func coefficient(_ x: [Double], _ y: [Double]) throws(StatisticsError) -> Double {
        let centerX: Double = x.mean
        let centerY: Double = y.mean
        let normX: Double = x.sumOfSquaredDeviations.squareRoot()
        let normY: Double = y.sumOfSquaredDeviations.squareRoot()
        // A constant sample leaves only rounding noise in its deviations.
        if normX <= 1e-13 * abs(centerX) { throw .noVariation(sample: "x") }
        if normY <= 1e-13 * abs(centerY) { throw .noVariation(sample: "y") }
        var sum: Double = 0
        for (a, b) in zip(x, y) { sum += (a - centerX) / normX * ((b - centerY) / normY) }
        return min(1, max(-1, sum))
    }

    private static func tTest(_ r: Double, count: Int, method: String, interval: ConfidenceInterval?) -> TestResult {
        let freedom: Double = Double(count - 2)
        let t: Double = r * (freedom / ((1 - r) * (1 + r))).squareRoot()
        let distribution = StudentTDistribution(degreesOfFreedom: freedom)
        return TestResult(
            method: method, statistic: t,
            pValue: Alternative.twoSided.pValue(t, survival: distribution.survival),
            degreesOfFreedom: freedom, estimate: r, interval: interval)
    }

    private static func fisherInterval(_ r: Double, _ count: Int, _ level: Double) -> ConfidenceInterval? {
        if count < 4 { return nil }
        let half: Double =
            NormalDistribution.standard.quantile(upperTail: 0.5 * (1 - level)) / Double(count - 3).squareRoot()
        return ConfidenceInterval(lower: tanh(atanh(r) - half), upper: tanh(atanh(r) + half), level: level)
    }

    /// Sums over groups of t equal values that enter the variance of Kendall's statistic.
    private struct TieSums {
        var pairs: Double = 0
        var triples: Double = 0
        var cubic: Double = 0

        init(_ sizes: [Int]) {
            for size in sizes where size > 1 {
                let t: Double = Double(size)
                pairs += t * (t - 1) / 2
                triples += t * (t - 1) * (t - 2)
                cubic += t * (t - 1) * (2 * t + 5)
            }
        }
    }

    /// Merge sorts the values and counts the exchanges a bubble sort would need.
    private static func countInversions(_ values: inout [Double]) -> Double {
        var buffer = values
        var exchanges: Double = 0
        var width: Int = 1
        while width < values.count {
            var start: Int = 0
            while start < values.count {
                let middle: Int = min(start + width, values.count)
                let end: Int = min(start + 2 * width, values.count)
                var (left, right) = (start, middle)
                for position in start..<end {
                    if left < middle, right >= end || values[left] <= values[right] {
                        buffer[position] = values[left]
                        left += 1
                    } else {
                        buffer[position] = values[right]
                        exchanges += Double(middle - left)
                        right += 1
                    }
                }
                start = end
            }
            swap(&values, &buffer)
            width *= 2
        }
        return exchanges
    }
}
