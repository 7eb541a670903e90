/// What is wrong with a table or the file it comes from, and where.
public struct TableError: Error, Equatable, Sendable {
    /// The kinds of faults.
    public enum Problem: Equatable, Sendable {
        /// The file cannot be opened or read; the system's reason.
        case unreadable(String)
        /// The file cannot be created or written; the system's reason.
        case unwritable(String)
        /// The gzip stream is truncated or damaged.
        case corruptGzip(String)
        /// The gzip stream holds more bytes than the caller allows.
        case inflatesBeyond(Int)
        /// There is no header and no row.
        case empty
        /// A byte that cannot stand there in UTF-8.
        case invalidUTF8(byte: UInt8)
        /// A byte order mark of an encoding that is not read.
        case unsupportedEncoding(String)
        /// A quoted field that never ends; the place is its opening quote.
        case unterminatedQuote
        /// Text between a closing quote and the next delimiter.
        case textAfterQuote
        /// A row with another number of fields than the first.
        case raggedRow(expected: Int, found: Int)
        /// Two columns of one name.
        case duplicateColumn(String)
        /// A field of a column that must be numeric.
        case notANumber(column: String, text: String)
        /// A declaration or row that the ARFF grammar does not allow.
        case malformedARFF(String)
        /// A column that the table does not have.
        case noSuchColumn(String)
        /// A column of another kind than the operation needs.
        case wrongKind(column: String, expected: ColumnKind)
        /// A column with another number of values than the table has rows.
        case wrongLength(column: String, expected: Int, found: Int)
        /// A missing value where none may be, at a row from 0.
        case missingValue(column: String, row: Int)
    }

    /// The fault.
    public let problem: Problem
    /// The file, where the table came from one.
    public let path: String?
    /// The line in the file, from 1.
    public let line: Int?
    /// The byte within the line, from 1.
    public let column: Int?

    /// Creates an error from its parts.
    public init(_ problem: Problem, path: String? = nil, line: Int? = nil, column: Int? = nil) {
        self.problem = problem
        self.path = path
        self.line = line
        self.column = column
    }
}

extension TableError: CustomStringConvertible {
    /// The place and the fault in one line, in the form compilers use.
    public var description: String {
        var place: String = path ?? "table"
        if let line { place += ":\(line)" }
        if let column { place += ":\(column)" }
        return place + ": " + problem.explanation
    }
}

extension TableError.Problem {
    fileprivate var explanation: String {
        switch self {
        case .unreadable(let reason): "the file cannot be read: \(reason)"
        case .unwritable(let reason): "the file cannot be written: \(reason)"
        case .corruptGzip(let reason): "the gzip stream is damaged: \(reason)"
        case .inflatesBeyond(let limit): "the gzip stream holds more than the allowed \(limit) bytes"
        case .empty: "the table is empty; expected a header or at least one row"
        case .invalidUTF8(let byte):
            "byte 0x\(String(byte, radix: 16)) is not valid UTF-8 here; if the file is Windows-1252, say so in the options"
        case .unsupportedEncoding(let name): "the file is \(name); expected UTF-8 or Windows-1252"
        case .unterminatedQuote: "the quoted field that starts here has no closing quote"
        case .textAfterQuote: "expected a delimiter or the end of the line after a closing quote"
        case .raggedRow(let expected, let found): "the row has \(found) fields; expected \(expected)"
        case .duplicateColumn(let name): "the column name \"\(name)\" occurs twice"
        case .notANumber(let column, let text): "\"\(text)\" is not a number, but column \"\(column)\" is numeric"
        case .malformedARFF(let reason): reason
        case .noSuchColumn(let name): "there is no column \"\(name)\""
        case .wrongKind(let column, let expected): "column \"\(column)\" is not \(expected.rawValue)"
        case .wrongLength(let column, let expected, let found):
            "column \"\(column)\" has \(found) values; expected \(expected)"
        case .missingValue(let column, let row): "column \"\(column)\" has no value at row \(row)"
        }
    }
}
