import Glibc

extension ConfidenceInterval {
    /// Wilson's score interval of a proportion (Wilson 1927), without continuity correction.
    ///
    /// - Throws: `StatisticsError.tooFewObservations` for no trials, `.outOfRange` unless 0 ≤ successes ≤ trials.
    public static func wilson(
        successes: Int, trials: Int, level: Double = 0.95
    ) throws(StatisticsError) -> ConfidenceInterval {
        requireLevel(level)
        try requireCounts(successes, trials)
        let n: Double = Double(trials)
        let share: Double = Double(successes) / n
        let z: Double = NormalDistribution.standard.quantile(upperTail: 0.5 * (1 - level))
        let square: Double = z * z
        let center: Double = (share + square / (2 * n)) / (1 + square / n)
        let half: Double = z / (1 + square / n) * sqrt(share * (1 - share) / n + square / (4 * n * n))
        return ConfidenceInterval(
            lower: successes == 0 ? 0 : max(0, center - half),
            upper: successes == trials ? 1 : min(1, center + half), level: level)
    }

    /// The exact interval of a proportion by Clopper and Pearson (1934).
    ///
    /// - Throws: `StatisticsError.tooFewObservations` for no trials, `.outOfRange` unless 0 ≤ successes ≤ trials.
    public static func clopperPearson(
        successes: Int, trials: Int, level: Double = 0.95
    ) throws(StatisticsError) -> ConfidenceInterval {
        requireLevel(level)
        try requireCounts(successes, trials)
        let tail: Double = 0.5 * (1 - level)
        let k: Double = Double(successes)
        let n: Double = Double(trials)
        let lower: Double = successes == 0 ? 0 : BetaDistribution(k, n - k + 1).quantile(tail)
        let upper: Double = successes == trials ? 1 : BetaDistribution(k + 1, n - k).quantile(upperTail: tail)
        return ConfidenceInterval(lower: lower, upper: upper, level: level)
    }

    private static func requireCounts(_ successes: Int, _ trials: Int) throws(StatisticsError) {
        if trials < 1 { throw .tooFewObservations(have: trials, need: 1) }
        if successes < 0 || successes > trials {
            throw .outOfRange(sample: "successes", index: 0, expected: "a count in 0...\(trials), not \(successes)")
        }
    }
}
