/// The two kinds of columns a table holds.
public enum ColumnKind: String, Sendable, Hashable {
    /// Double values; NaN is missing.
    case numeric
    /// Strings; nil is missing.
    case text
}

/// A named column of a table.
public struct Column: Sendable {
    /// The values, in the order of the rows.
    public enum Values: Sendable {
        /// Numbers; NaN is missing.
        case numeric([Double])
        /// Strings; nil is missing.
        case text([String?])
    }

    /// The name, unique within a table.
    public var name: String
    /// The values, in the order of the rows.
    public var values: Values
    /// The categories a text column may take, where the source declares them (ARFF's nominal attributes).
    public var levels: [String]?

    /// Creates a numeric column.
    public init(_ name: String, _ numbers: [Double]) {
        self.name = name
        values = .numeric(numbers)
        levels = nil
    }

    /// Creates a text column.
    public init(_ name: String, text: [String?], levels: [String]? = nil) {
        self.name = name
        values = .text(text)
        self.levels = levels
    }

    /// Whether the column holds numbers or text.
    public var kind: ColumnKind {
        switch values {
        case .numeric: .numeric
        case .text: .text
        }
    }

    /// The number of values.
    public var count: Int {
        switch values {
        case .numeric(let numbers): numbers.count
        case .text(let strings): strings.count
        }
    }

    /// The number of missing values.
    public var missingCount: Int {
        switch values {
        case .numeric(let numbers): numbers.count { $0.isNaN }
        case .text(let strings): strings.count { $0 == nil }
        }
    }

    /// The column with only the given rows, in the given order.
    public func selecting(rows: [Int]) -> Column {
        var copy = self
        switch values {
        case .numeric(let numbers): copy.values = .numeric(rows.map { numbers[$0] })
        case .text(let strings): copy.values = .text(rows.map { strings[$0] })
        }
        return copy
    }
}

extension Column: Equatable {
    /// Whether names, levels and values are equal; a missing number equals a missing number.
    public static func == (first: Column, second: Column) -> Bool {
        guard first.name == second.name, first.levels == second.levels else { return false }
        switch (first.values, second.values) {
        case (.numeric(let a), .numeric(let b)):
            return a.count == b.count && zip(a, b).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
        case (.text(let a), .text(let b)): return a == b
        default: return false
        }
    }
}
