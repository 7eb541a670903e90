/// Named columns of equal length.
///
/// ```swift
/// let table = try Table(csv: "patients.csv")
/// let labels = try table.labels("diagnosis")
/// let features = try table.removing("diagnosis").features()
/// ```
public struct Table: Sendable, Equatable {
    /// The columns, in order.
    public private(set) var columns: [Column]
    /// The number of rows.
    public let rowCount: Int
    private var positions: [String: Int]

    /// Creates a table.
    ///
    /// - Throws: `TableError` for two columns of one name or columns of different lengths.
    public init(_ columns: [Column]) throws(TableError) {
        rowCount = columns.first?.count ?? 0
        positions = [:]
        for (index, column) in columns.enumerated() {
            if positions.updateValue(index, forKey: column.name) != nil {
                throw TableError(.duplicateColumn(column.name))
            }
            if column.count != rowCount {
                throw TableError(.wrongLength(column: column.name, expected: rowCount, found: column.count))
            }
        }
        self.columns = columns
    }

    /// The names of the columns, in order.
    public var columnNames: [String] { columns.map(\.name) }

    /// The column of a name; nil where there is none.
    public subscript(name: String) -> Column? { positions[name].map { columns[$0] } }

    /// The column of a name.
    ///
    /// - Throws: `TableError.Problem.noSuchColumn`.
    public func column(_ name: String) throws(TableError) -> Column {
        guard let column = self[name] else { throw TableError(.noSuchColumn(name)) }
        return column
    }

    /// The numbers of a column; NaN is missing.
    ///
    /// - Throws: `TableError` when there is no such column or it holds text.
    public func numbers(_ name: String) throws(TableError) -> [Double] {
        guard case .numeric(let numbers) = try column(name).values else {
            throw TableError(.wrongKind(column: name, expected: .numeric))
        }
        return numbers
    }

    /// The strings of a column; nil is missing.
    ///
    /// - Throws: `TableError` when there is no such column or it holds numbers.
    public func text(_ name: String) throws(TableError) -> [String?] {
        guard case .text(let strings) = try column(name).values else {
            throw TableError(.wrongKind(column: name, expected: .text))
        }
        return strings
    }

    /// The table with only the given rows, in the given order; indices may repeat.
    public func selecting(rows: [Int]) -> Table {
        Table(checked: columns.map { $0.selecting(rows: rows) }, rowCount: rows.count, positions: positions)
    }

    /// The table with only the named columns, in the given order.
    ///
    /// - Throws: `TableError` when there is no such column or a name repeats.
    public func selecting(_ names: [String]) throws(TableError) -> Table {
        var kept: [Column] = []
        for name in names { kept.append(try column(name)) }
        return try Table(kept)
    }

    /// The table without the named columns.
    ///
    /// - Throws: `TableError.Problem.noSuchColumn`.
    public func removing(_ names: String...) throws(TableError) -> Table {
        for name in names { _ = try column(name) }
        return try Table(columns.filter { !names.contains($0.name) })
    }

    /// The table with one more column at its end.
    ///
    /// - Throws: `TableError` for a name that is taken or a length that differs.
    public func appending(_ column: Column) throws(TableError) -> Table { try Table(columns + [column]) }

    /// The named numeric columns side by side, `[rows, names]`; all columns when `names` is nil.
    ///
    /// - Throws: `TableError` when there is no such column or it holds text.
    public func features(_ names: [String]? = nil) throws(TableError) -> FeatureMatrix {
        let chosen: [String] = names ?? columnNames
        var values = [Double](repeating: 0, count: rowCount * chosen.count)
        for (j, name) in chosen.enumerated() {
            let numbers: [Double] = try numbers(name)
            for i in 0..<rowCount { values[i * chosen.count + j] = numbers[i] }
        }
        return FeatureMatrix(rows: rowCount, columns: chosen.count, values: values)
    }

    /// The classes of a column, numbered in ascending order (declared levels keep their order).
    ///
    /// - Throws: `TableError` when there is no such column or a value is missing.
    public func labels(_ name: String) throws(TableError) -> ClassLabels { try ClassLabels(column(name)) }

    private init(checked columns: [Column], rowCount: Int, positions: [String: Int]) {
        self.columns = columns
        self.rowCount = rowCount
        self.positions = positions
    }
}
