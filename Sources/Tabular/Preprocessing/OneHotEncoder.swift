/// Replaces text columns by one numeric column of zeros and ones per category.
public struct OneHotEncoder: Sendable, Hashable {
    /// What a category does that was not seen in fitting.
    public enum Unknown: Sendable, Hashable {
        /// It is an error.
        case refused
        /// It becomes all zeros.
        case ignored
    }

    /// What a category does that was not seen in fitting.
    public var unknown: Unknown
    /// Whether the first category gets no column, which keeps unpenalised linear models identifiable.
    public var dropsFirst: Bool

    /// Creates the step.
    public init(unknown: Unknown = .refused, dropsFirst: Bool = false) {
        self.unknown = unknown
        self.dropsFirst = dropsFirst
    }

    /// Learns the categories of the named text columns, all text columns when nil; declared levels keep their order.
    ///
    /// A missing value is no category: it becomes all zeros.
    ///
    /// - Throws: `TableError` when a column does not exist or holds numbers.
    public func fit(_ table: Table, columns: [String]? = nil) throws(TableError) -> FittedOneHotEncoder {
        let names: [String] = columns ?? table.columns.filter { $0.kind == .text }.map(\.name)
        var categories: [String: [String]] = [:]
        for name in names {
            let present: Set<String> = Set(try table.text(name).compactMap { $0 })
            let declared: [String] = try table.column(name).levels ?? []
            categories[name] = declared + present.subtracting(declared).sorted()
        }
        return FittedOneHotEncoder(categories: categories, encoder: self)
    }
}

/// The categories learned from training data.
public struct FittedOneHotEncoder: Sendable, Hashable {
    /// The categories of each encoded column, in the order of their numeric columns.
    public let categories: [String: [String]]
    /// The settings it was fitted with.
    public let encoder: OneHotEncoder

    /// The table with every encoded column replaced, in place, by columns named `column=category`.
    ///
    /// - Throws: `PreprocessingError.unknownCategory`, or `TableError` when an encoded column is missing or numeric or
    ///   a new name is taken.
    public func transform(_ table: Table) throws -> Table {
        for name in categories.keys { _ = try table.text(name) }
        var columns: [Column] = []
        for column in table.columns {
            guard let known = categories[column.name], case .text(let strings) = column.values else {
                columns.append(column)
                continue
            }
            let positions: [String: Int] = Dictionary(uniqueKeysWithValues: known.enumerated().map { ($1, $0) })
            var indicators = [[Double]](
                repeating: [Double](repeating: 0, count: table.rowCount), count: known.count)
            for (row, string) in strings.enumerated() {
                guard let string else { continue }
                if let position = positions[string] {
                    indicators[position][row] = 1
                } else if encoder.unknown == .refused {
                    throw PreprocessingError.unknownCategory(column: column.name, value: string, row: row)
                }
            }
            for index in (encoder.dropsFirst ? 1 : 0)..<max(known.count, encoder.dropsFirst ? 1 : 0) {
                columns.append(Column("\(column.name)=\(known[index])", indicators[index]))
            }
        }
        return try Table(columns)
    }
}
