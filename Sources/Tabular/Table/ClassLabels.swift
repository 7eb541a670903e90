/// The classes of a target column as indices into a list of names.
public struct ClassLabels: Sendable, Hashable {
    /// The class of each row, an index into `names`.
    public let indices: [Int]
    /// The names of the classes; numbers are written without a trailing ".0".
    public let names: [String]

    /// Numbers the distinct values of a column: numbers ascending, strings ascending, declared levels in their order.
    ///
    /// - Throws: `TableError` for a missing value or a string outside the declared levels.
    public init(_ column: Column) throws(TableError) {
        switch column.values {
        case .numeric(let numbers):
            if let row = numbers.firstIndex(where: \.isNaN) {
                throw TableError(.missingValue(column: column.name, row: row))
            }
            let distinct: [Double] = Set(numbers).sorted()
            let positions: [Double: Int] = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, $0) })
            indices = numbers.map { positions[$0, default: 0] }
            names = distinct.map(shortestDecimal)
        case .text(let strings):
            var present: Set<String> = []
            for (row, string) in strings.enumerated() {
                guard let string else { throw TableError(.missingValue(column: column.name, row: row)) }
                present.insert(string)
            }
            let declared: [String] = column.levels ?? []
            let distinct: [String] = declared + present.subtracting(declared).sorted()
            let positions: [String: Int] = Dictionary(distinct.enumerated().map { ($1, $0) }) { first, _ in first }
            indices = strings.map { positions[$0 ?? "", default: 0] }
            names = distinct
        }
    }

    /// Whether each row belongs to the class of the given name; all false for a name that does not occur.
    public func matches(_ name: String) -> [Bool] {
        guard let position = names.firstIndex(of: name) else { return [Bool](repeating: false, count: indices.count) }
        return indices.map { $0 == position }
    }
}

/// The shortest decimal that reads back as the same number; whole numbers without ".0".
func shortestDecimal(_ number: Double) -> String {
    let text: String = number.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
