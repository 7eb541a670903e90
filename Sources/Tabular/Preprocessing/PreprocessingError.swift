/// Why a preprocessing step cannot be fitted or applied.
public enum PreprocessingError: Error, Equatable, Sendable {
    /// There are no rows to fit on.
    case empty
    /// The value at a row and column is missing or infinite.
    case notFinite(row: Int, column: Int)
    /// A column without any value.
    case allMissing(column: Int)
    /// A category that did not occur in the data the encoder was fitted on.
    case unknownCategory(column: String, value: String, row: Int)
}

extension PreprocessingError: CustomStringConvertible {
    /// What went wrong, in one sentence.
    public var description: String {
        switch self {
        case .empty: "There are no rows to fit on."
        case .notFinite(let row, let column):
            "The value at row \(row), column \(column) is missing or infinite; impute it first."
        case .allMissing(let column): "Column \(column) has no value to impute from."
        case .unknownCategory(let column, let value, let row):
            "Row \(row) of column \"\(column)\" holds \"\(value)\", which the encoder was not fitted on."
        }
    }
}
