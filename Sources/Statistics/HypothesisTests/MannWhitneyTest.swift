/// Mann and Whitney's test, also known as Wilcoxon's rank-sum test.
public enum MannWhitneyTest {
    /// Tests whether values of `first` tend to exceed values of `second`.
    ///
    /// The statistic U counts the pairs in which the first value is larger, ties counting one half; the estimate is
    /// U over the number of pairs, the area under the ROC curve. `.automatic` is exact when both samples have fewer
    /// than 50 values and no ties, else normal with tie and continuity correction.
    ///
    /// - Throws: `StatisticsError` for an empty sample or a value that is not finite.
    public static func twoSample(
        _ first: [Double], _ second: [Double], alternative: Alternative = .twoSided,
        null: NullDistribution = .automatic
    ) throws(StatisticsError) -> TestResult {
        try requireFinite(first, named: "first", atLeast: 1)
        try requireFinite(second, named: "second", atLeast: 1)
        let ranking = MidRanks(first + second)
        let m: Double = Double(first.count)
        let n: Double = Double(second.count)
        let rankSum: Double = ranking.ranks[..<first.count].reduce(0, +)
        let statistic: Double = rankSum - m * (m + 1) / 2

        let exact: Bool
        let correction: Bool
        switch null {
        case .automatic:
            exact = first.count < 50 && second.count < 50 && !ranking.hasTies
            correction = true
        case .exact: (exact, correction) = (true, false)
        case .asymptotic(let continuity): (exact, correction) = (false, continuity)
        }
        let pValue: Double
        if exact {
            let probabilities: [Double] = nullProbabilities(first.count, second.count)
            pValue = alternative.exactPValue(statistic, probabilities: probabilities)
        } else {
            let total: Double = m + n
            let variance: Double = m * n / 12 * (total + 1 - ranking.tieCorrection / (total * (total - 1)))
            pValue = alternative.normalPValue(
                statistic - m * n / 2, variance: variance, continuityCorrection: correction)
        }
        return TestResult(
            method: exact ? "Mann–Whitney test (exact)" : "Mann–Whitney test (normal approximation)",
            statistic: statistic, pValue: pValue, alternative: alternative, estimate: statistic / (m * n))
    }

    /// The null distribution of U on 0...mn. O((m + n) m² n).
    ///
    /// Row j holds the distribution of U when j of the ranks seen so far belong to the first sample. Probabilities are
    /// carried instead of counts, which would overflow the integers.
    private static func nullProbabilities(_ m: Int, _ n: Int) -> [Double] {
        let top: Int = m * n
        var rows = [[Double]](repeating: [Double](repeating: 0, count: top + 1), count: m + 1)
        rows[0][0] = 1
        // A rank given to the first sample beats all ranks of the second sample before it.
        for seen in 1...(m + n) {
            for chosen in stride(from: min(m, seen), through: 1, by: -1) {
                let secondsBefore: Int = seen - chosen
                if secondsBefore > n { continue }
                // Among `seen` ranks the last belongs to the first sample with probability chosen / seen.
                let take: Double = Double(chosen) / Double(seen)
                let keep: Double = 1 - take
                var next = [Double](repeating: 0, count: top + 1)
                let limit: Int = chosen * secondsBefore
                for u in 0...limit {
                    var value: Double = secondsBefore > 0 ? keep * rows[chosen][u] : 0
                    if u >= secondsBefore { value += take * rows[chosen - 1][u - secondsBefore] }
                    next[u] = value
                }
                rows[chosen] = next
            }
        }
        return rows[m]
    }
}
