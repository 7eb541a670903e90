/// A two-sided interval that covers the estimated quantity with the stated probability.
public struct ConfidenceInterval: Sendable, Hashable {
    /// The lower bound.
    public let lower: Double
    /// The upper bound.
    public let upper: Double
    /// The nominal coverage, such as 0.95.
    public let level: Double

    /// Creates an interval from its bounds.
    public init(lower: Double, upper: Double, level: Double) {
        self.lower = lower
        self.upper = upper
        self.level = level
    }

    /// Whether `value` lies between the bounds, both included.
    public func contains(_ value: Double) -> Bool { value >= lower && value <= upper }

    /// The distance between the bounds.
    public var width: Double { upper - lower }
}

/// Stops the program unless `level` is a coverage strictly between 0 and 1.
func requireLevel(_ level: Double) {
    requireParameter(level > 0 && level < 1, "A confidence level must lie strictly between 0 and 1, not \(level).")
}
