import Glibc

/// Wilcoxon's signed-rank test of a symmetric distribution's centre.
public enum WilcoxonSignedRankTest {
    /// Tests whether the differences first − second are symmetric about zero.
    ///
    /// - Throws: `StatisticsError` for unequal lengths, a value that is not finite, or only zero differences.
    public static func paired(
        _ first: [Double], _ second: [Double], alternative: Alternative = .twoSided,
        null: NullDistribution = .automatic
    ) throws(StatisticsError) -> TestResult {
        if first.count != second.count { throw .unequalLengths(first: first.count, second: second.count) }
        try requireFinite(first, named: "first", atLeast: 1)
        try requireFinite(second, named: "second", atLeast: 1)
        return try oneSample(zip(first, second).map { $0 - $1 }, alternative: alternative, null: null)
    }

    /// Tests whether `differences` are symmetric about zero; zeros are dropped (Wilcoxon's own rule).
    ///
    /// The statistic is the sum of the ranks of the positive differences. `.automatic` is exact up to 50 differences
    /// without ties or zeros, else normal with tie and continuity correction.
    ///
    /// - Throws: `StatisticsError` for no values, a value that is not finite, or only zeros.
    public static func oneSample(
        _ differences: [Double], alternative: Alternative = .twoSided, null: NullDistribution = .automatic
    ) throws(StatisticsError) -> TestResult {
        try requireFinite(differences, named: "differences", atLeast: 1)
        let kept: [Double] = differences.filter { $0 != 0 }
        if kept.isEmpty { throw .noVariation(sample: "differences") }
        let ranking = MidRanks(kept.map { abs($0) })
        var positive: Double = 0
        for (value, rank) in zip(kept, ranking.ranks) where value > 0 { positive += rank }

        let exact: Bool
        let correction: Bool
        switch null {
        case .automatic:
            exact = kept.count == differences.count && kept.count <= 50 && !ranking.hasTies
            correction = true
        case .exact: (exact, correction) = (true, false)
        case .asymptotic(let continuity): (exact, correction) = (false, continuity)
        }
        let pValue: Double =
            exact
            ? exactPValue(positive, count: kept.count, alternative: alternative)
            : normalPValue(positive, ranking: ranking, alternative: alternative, correction: correction)
        return TestResult(
            method: exact ? "Wilcoxon signed-rank test (exact)" : "Wilcoxon signed-rank test (normal approximation)",
            statistic: positive, pValue: pValue, alternative: alternative)
    }

    private static func normalPValue(
        _ statistic: Double, ranking: MidRanks, alternative: Alternative, correction: Bool
    ) -> Double {
        let n: Double = Double(ranking.ranks.count)
        let center: Double = n * (n + 1) / 4
        let variance: Double = n * (n + 1) * (2 * n + 1) / 24 - ranking.tieCorrection / 48
        return alternative.normalPValue(statistic - center, variance: variance, continuityCorrection: correction)
    }

    /// Counts, for each sum, the subsets of 1...n that have it: n(n + 1)/2 sums, O(n³).
    private static func exactPValue(_ statistic: Double, count: Int, alternative: Alternative) -> Double {
        let top: Int = count * (count + 1) / 2
        var probabilities = [Double](repeating: 0, count: top + 1)
        probabilities[0] = 1
        var reached: Int = 0
        for rank in 1...count {
            reached += rank
            for sum in stride(from: reached, through: 0, by: -1) {
                let without: Double = probabilities[sum]
                let with: Double = sum >= rank ? probabilities[sum - rank] : 0
                probabilities[sum] = 0.5 * (without + with)
            }
        }
        return alternative.exactPValue(statistic, probabilities: probabilities)
    }
}

extension Alternative {
    /// The p-value of a statistic's deviation from its null mean, normal with the given variance.
    func normalPValue(_ deviation: Double, variance: Double, continuityCorrection: Bool) -> Double {
        if variance <= 0 { return 1 }
        var shifted: Double = deviation
        if continuityCorrection {
            switch self {
            // The correction never carries the statistic past its mean.
            case .twoSided: shifted = deviation > 0 ? max(0, deviation - 0.5) : min(0, deviation + 0.5)
            case .less: shifted = deviation + 0.5
            case .greater: shifted = deviation - 0.5
            }
        }
        return pValue(shifted / variance.squareRoot(), survival: NormalDistribution.standard.survival)
    }

    /// The p-value of a statistic with a known distribution over 0, 1, 2, …; half-integers (ties) round inwards.
    func exactPValue(_ statistic: Double, probabilities: [Double]) -> Double {
        let lowEnd: Int = min(max(Int(statistic.rounded(.up)), 0), probabilities.count - 1)
        let highEnd: Int = min(max(Int(statistic.rounded(.down)), 0), probabilities.count - 1)
        let low: Double = probabilities[...lowEnd].reduce(0, +)
        let high: Double = probabilities[highEnd...].reversed().reduce(0, +)
        switch self {
        case .twoSided: return min(1, 2 * min(low, high))
        case .less: return min(1, low)
        case .greater: return min(1, high)
        }
    }
}
