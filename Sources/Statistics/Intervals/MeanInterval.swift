extension ConfidenceInterval {
    /// Student's interval of the mean of a sample.
    ///
    /// - Throws: `StatisticsError` for fewer than two values or a value that is not finite.
    public static func studentMean(
        of sample: [Double], level: Double = 0.95
    ) throws(StatisticsError) -> ConfidenceInterval {
        requireLevel(level)
        try requireFinite(sample, named: "sample", atLeast: 2)
        let standardError: Double = (sample.sampleVariance / Double(sample.count)).squareRoot()
        return student(
            estimate: sample.mean, standardError: standardError, degreesOfFreedom: Double(sample.count - 1),
            level: level)
    }

    /// estimate ± t · standardError.
    static func student(
        estimate: Double, standardError: Double, degreesOfFreedom: Double, level: Double
    ) -> ConfidenceInterval {
        let t: Double = StudentTDistribution(degreesOfFreedom: degreesOfFreedom).quantile(upperTail: 0.5 * (1 - level))
        return ConfidenceInterval(
            lower: estimate - t * standardError, upper: estimate + t * standardError, level: level)
    }
}
