/// The direction in which a test looks for a departure from its null hypothesis.
public enum Alternative: String, Sendable, Hashable, CaseIterable {
    /// The quantity differs from the null value.
    case twoSided
    /// The quantity lies below the null value.
    case less
    /// The quantity lies above the null value.
    case greater
}

/// How the null distribution of a rank test is obtained.
public enum NullDistribution: Sendable, Hashable {
    /// Exact for small samples without ties, else asymptotic.
    case automatic
    /// By counting all arrangements of the ranks; ignores ties.
    case exact
    /// The normal limit, with the variance corrected for ties.
    case asymptotic(continuityCorrection: Bool)
}

/// The outcome of a hypothesis test.
public struct TestResult: Sendable, Hashable {
    /// The name of the test, as a report would print it.
    public let method: String
    /// The test statistic: t, z, χ², W or U.
    public let statistic: Double
    /// The probability, under the null hypothesis, of a statistic at least as extreme.
    public let pValue: Double
    /// The direction that was tested.
    public let alternative: Alternative
    /// Degrees of freedom, where the null distribution has them.
    public let degreesOfFreedom: Double?
    /// The estimated quantity: a mean, a difference, an odds ratio.
    public let estimate: Double?
    /// The two-sided interval of `estimate`, where the method gives one.
    public let interval: ConfidenceInterval?

    /// Creates a result from its parts.
    public init(
        method: String, statistic: Double, pValue: Double, alternative: Alternative = .twoSided,
        degreesOfFreedom: Double? = nil, estimate: Double? = nil, interval: ConfidenceInterval? = nil
    ) {
        self.method = method
        self.statistic = statistic
        self.pValue = pValue
        self.alternative = alternative
        self.degreesOfFreedom = degreesOfFreedom
        self.estimate = estimate
        self.interval = interval
    }
}

extension Alternative {
    /// The p-value of a statistic whose null distribution is symmetric about zero.
    func pValue(_ statistic: Double, survival: (Double) -> Double) -> Double {
        switch self {
        case .twoSided: min(1, 2 * survival(abs(statistic)))
        case .less: survival(-statistic)
        case .greater: survival(statistic)
        }
    }
}
