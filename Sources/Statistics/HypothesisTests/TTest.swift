/// Student's t tests on means.
public enum TTest {
    /// Tests whether the mean of a sample equals `mean`.
    ///
    /// - Throws: `StatisticsError` for fewer than two values, a value that is not finite, or no variation.
    public static func oneSample(
        _ sample: [Double], mean: Double = 0, alternative: Alternative = .twoSided, level: Double = 0.95
    ) throws(StatisticsError) -> TestResult {
        requireLevel(level)
        try requireFinite(sample, named: "sample", atLeast: 2)
        return try oneSample(sample, mean: mean, alternative: alternative, level: level, method: "One-sample t test")
    }

    /// Tests whether the mean of the differences first − second is zero.
    ///
    /// - Throws: `StatisticsError` for unequal lengths, fewer than two pairs, a value that is not finite, or
    ///   differences that are all equal.
    public static func paired(
        _ first: [Double], _ second: [Double], alternative: Alternative = .twoSided, level: Double = 0.95
    ) throws(StatisticsError) -> TestResult {
        requireLevel(level)
        if first.count != second.count { throw .unequalLengths(first: first.count, second: second.count) }
        try requireFinite(first, named: "first", atLeast: 2)
        try requireFinite(second, named: "second", atLeast: 2)
        let differences: [Double] = zip(first, second).map { $0 - $1 }
        return try oneSample(differences, mean: 0, alternative: alternative, level: level, method: "Paired t test")
    }

    /// Tests whether two independent samples of equal variance have equal means.
    ///
    /// - Throws: `StatisticsError` for an empty sample, fewer than three values in all, a value that is not finite,
    ///   or no variation.
    public static func twoSample(
        _ first: [Double], _ second: [Double], alternative: Alternative = .twoSided, level: Double = 0.95
    ) throws(StatisticsError) -> TestResult {
        requireLevel(level)
        try requireFinite(first, named: "first", atLeast: 1)
        try requireFinite(second, named: "second", atLeast: 1)
        let total: Int = first.count + second.count
        if total < 3 { throw .tooFewObservations(have: total, need: 3) }
        let freedom: Double = Double(total - 2)
        let pooled: Double = (first.sumOfSquaredDeviations + second.sumOfSquaredDeviations) / freedom
        let standardError: Double = (pooled * (1 / Double(first.count) + 1 / Double(second.count))).squareRoot()
        return try result(
            method: "Two-sample t test", estimate: first.mean - second.mean, null: 0, standardError: standardError,
            degreesOfFreedom: freedom, alternative: alternative, level: level)
    }

    /// Tests whether two independent samples have equal means, whatever their variances (Welch 1947).
    ///
    /// - Throws: `StatisticsError` for fewer than two values in a sample, a value that is not finite, or no variation.
    public static func welch(
        _ first: [Double], _ second: [Double], alternative: Alternative = .twoSided, level: Double = 0.95
    ) throws(StatisticsError) -> TestResult {
        requireLevel(level)
        try requireFinite(first, named: "first", atLeast: 2)
        try requireFinite(second, named: "second", atLeast: 2)
        let a: Double = first.sampleVariance / Double(first.count)
        let b: Double = second.sampleVariance / Double(second.count)
        if a + b == 0 { throw .noVariation(sample: "both samples") }
        // Shares of the variance keep the Welch–Satterthwaite quotient from overflowing.
        let shareA: Double = a / (a + b)
        let shareB: Double = b / (a + b)
        let freedom: Double =
            1 / (shareA * shareA / Double(first.count - 1) + shareB * shareB / Double(second.count - 1))
        return try result(
            method: "Welch's t test", estimate: first.mean - second.mean, null: 0,
            standardError: (a + b).squareRoot(), degreesOfFreedom: freedom, alternative: alternative, level: level)
    }

    /// Compares two methods by their paired score differences over resampled splits, which overlap in training data.
    ///
    /// The variance of the mean difference is s² (1/k + n_test/n_train) instead of s²/k:
    /// Nadeau and Bengio, "Inference for the Generalization Error" (2003), section 5.
    ///
    /// - Parameters:
    ///   - differences: One difference of scores per split or fold.
    ///   - testCount: Rows in each test part.
    ///   - trainCount: Rows in each training part.
    ///   - alternative: The direction in which the mean difference may depart from 0.
    ///   - level: The coverage of the confidence interval, between 0 and 1.
    /// - Throws: `StatisticsError` for fewer than two differences, a value that is not finite, or no variation.
    public static func correctedResampled(
        differences: [Double], testCount: Int, trainCount: Int, alternative: Alternative = .twoSided,
        level: Double = 0.95
    ) throws(StatisticsError) -> TestResult {
        requireLevel(level)
        requireParameter(
            testCount > 0 && trainCount > 0,
            "The corrected resampled t test needs test and training counts above zero, not \(testCount) and \(trainCount)."
        )
        try requireFinite(differences, named: "differences", atLeast: 2)
        let factor: Double = 1 / Double(differences.count) + Double(testCount) / Double(trainCount)
        return try result(
            method: "Corrected resampled t test", estimate: differences.mean, null: 0,
            standardError: (differences.sampleVariance * factor).squareRoot(),
            degreesOfFreedom: Double(differences.count - 1), alternative: alternative, level: level)
    }

    private static func oneSample(
        _ sample: [Double], mean: Double, alternative: Alternative, level: Double, method: String
    ) throws(StatisticsError) -> TestResult {
        let standardError: Double = (sample.sampleVariance / Double(sample.count)).squareRoot()
        return try result(
            method: method, estimate: sample.mean, null: mean, standardError: standardError,
            degreesOfFreedom: Double(sample.count - 1), alternative: alternative, level: level)
    }

    private static func result(
        method: String, estimate: Double, null: Double, standardError: Double, degreesOfFreedom: Double,
        alternative: Alternative, level: Double
    ) throws(StatisticsError) -> TestResult {
        if standardError == 0 { throw .noVariation(sample: "the data of the \(method)") }
        let t: Double = (estimate - null) / standardError
        let distribution = StudentTDistribution(degreesOfFreedom: degreesOfFreedom)
        return TestResult(
            method: method, statistic: t, pValue: alternative.pValue(t, survival: distribution.survival),
            alternative: alternative, degreesOfFreedom: degreesOfFreedom, estimate: estimate,
            interval: .student(
                estimate: estimate, standardError: standardError, degreesOfFreedom: degreesOfFreedom, level: level))
    }
}
