/// A reason why a statistic is undefined for the data it was given.
public enum StatisticsError: Error, Equatable, Sendable {
    /// Fewer observations than the method needs.
    case tooFewObservations(have: Int, need: Int)
    /// The value at `index` of the named sample is NaN or infinite.
    case notFinite(sample: String, index: Int)
    /// The value at `index` of the named sample lies outside the range the method accepts.
    case outOfRange(sample: String, index: Int, expected: String)
    /// Two samples that belong together observation by observation differ in length.
    case unequalLengths(first: Int, second: Int)
    /// All observations are equal where the method divides by their spread.
    case noVariation(sample: String)
    /// A table has a row or column whose counts sum to zero, or rows of different lengths.
    case malformedTable(String)
}

extension StatisticsError: CustomStringConvertible {
    /// What went wrong, in one sentence.
    public var description: String {
        switch self {
        case .tooFewObservations(let have, let need):
            "The method needs at least \(need) observations but was given \(have)."
        case .notFinite(let sample, let index):
            "The value at index \(index) of \(sample) is not a finite number."
        case .outOfRange(let sample, let index, let expected):
            "The value at index \(index) of \(sample) is out of range: expected \(expected)."
        case .unequalLengths(let first, let second):
            "The samples must have equal lengths but have \(first) and \(second) observations."
        case .noVariation(let sample):
            "All values of \(sample) are equal, so its spread is zero and the statistic is undefined."
        case .malformedTable(let reason):
            "The contingency table is malformed: \(reason)."
        }
    }
}

/// Throws unless `sample` holds at least `need` values and all of them are finite.
func requireFinite(_ sample: [Double], named name: String, atLeast need: Int) throws(StatisticsError) {
    if sample.count < need { throw .tooFewObservations(have: sample.count, need: need) }
    for (index, value) in sample.enumerated() where !value.isFinite {
        throw .notFinite(sample: name, index: index)
    }
}

/// Stops the program when a caller passes a parameter no distribution or method is defined for.
@inline(__always)
func requireParameter(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition { fatalError(message()) }
}
