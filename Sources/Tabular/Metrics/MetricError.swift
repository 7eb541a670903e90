/// Why a metric is undefined for the data it was given.
public enum MetricError: Error, Equatable, Sendable {
    /// There are no rows.
    case empty
    /// The prediction or target at an index is NaN or infinite.
    case notFinite(index: Int)
    /// The prediction at an index is not a probability.
    case notProbability(index: Int)
    /// Only one class occurs where two are compared, or the given class does not occur.
    case oneClass(Int)
    /// All targets are equal where the metric divides by their spread.
    case constantTarget
    /// The variance is zero or undefined, so there is no test or interval.
    case noVariance
}

extension MetricError: CustomStringConvertible {
    /// What went wrong, in one sentence.
    public var description: String {
        switch self {
        case .empty: "A metric needs at least one row."
        case .notFinite(let index): "The value at index \(index) is not a finite number."
        case .notProbability(let index): "The value at index \(index) is not a probability in 0...1."
        case .oneClass(let index): "Class \(index) has no rows, or is the only class; the metric compares two classes."
        case .constantTarget: "All targets are equal, so the metric would divide by zero."
        case .noVariance: "The variance of the metric is zero or undefined for so few rows."
        }
    }
}

/// Throws unless there are rows and all values are finite; stops the program when counts differ.
func requireScores(_ scores: [Double], count: Int) throws(MetricError) {
    requireShape(
        scores.count == count, "A metric needs one prediction per row, not \(scores.count) for \(count) rows.")
    if count == 0 { throw .empty }
    if let index = scores.firstIndex(where: { !$0.isFinite }) { throw .notFinite(index: index) }
}

/// As `requireScores`, and throws unless both classes occur.
func requireBinaryScores(_ scores: [Double], _ labels: [Bool]) throws(MetricError) {
    try requireScores(scores, count: labels.count)
    if !labels.contains(true) { throw .oneClass(1) }
    if !labels.contains(false) { throw .oneClass(0) }
}
