/// A table of text for the terminal and for a page.
///
/// ```swift
/// var table = ReportTable(columns: ["Model", "AUROC", "95 % CI"])
/// table.add(row: ["MLP", "0.831", "0.79 to 0.87"])
/// print(table.text)
/// ```
public struct ReportTable: Sendable, Equatable {
    /// How the cells of a column line up.
    public enum Alignment: Sendable, Hashable {
        /// At the decimal point if every cell begins with a number, otherwise at the left edge.
        case automatic
        /// At the left edge.
        case leading
        /// In the middle.
        case center
        /// At the right edge.
        case trailing
        /// At the decimal point.
        case decimal
    }

    /// A heading and the alignment under it.
    public struct Column: Sendable, Equatable, ExpressibleByStringLiteral {
        /// The heading.
        public var title: String
        /// How the cells line up.
        public var alignment: Alignment

        /// A column.
        public init(_ title: String, alignment: Alignment = .automatic) {
            self.title = title
            self.alignment = alignment
        }

        /// A column with automatic alignment.
        public init(stringLiteral title: String) {
            self.init(title)
        }
    }

    /// The columns.
    public let columns: [Column]
    /// The cells, row by row; every row has one for each column.
    public private(set) var rows: [[String]] = []

    /// A table without rows yet.
    public init(columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row; traps unless it has a cell for each column.
    public mutating func add(row: [String]) {
        guard row.count == columns.count else {
            fatalError("ReportTable.add(row:): \(row.count) cells for \(columns.count) columns in row \(row).")
        }
        rows.append(row)
    }

    /// The table as lines for the terminal, with a rule under the headings.
    public var text: String {
        var lines: [[String]] = [columns.map { DisplayWidth.singleLine($0.title) }]
        lines += rows.map { $0.map(DisplayWidth.singleLine) }
        let alignments = resolvedAlignments
        for (column, alignment) in alignments.enumerated() where alignment == .decimal {
            let padded = DecimalColumn(lines.dropFirst().map { $0[column] }).padded(space: " ", point: " ")
            for (row, cell) in padded.enumerated() { lines[row + 1][column] = cell }
        }
        let widths = columns.indices.map { column in
            lines.reduce(0) { max($0, DisplayWidth.of($1[column])) }
        }
        lines.insert(widths.map { String(repeating: "─", count: $0) }, at: 1)
        let text = lines.map { line in
            let cells = line.enumerated().map { column, cell in
                Self.pad(cell, to: widths[column], alignments[column])
            }
            let joined = cells.joined(separator: "  ")
            return joined.trimmingTrailingSpaces + "\n"
        }
        return text.joined()
    }

    private static func pad(_ cell: String, to width: Int, _ alignment: Alignment) -> String {
        let missing = max(0, width - DisplayWidth.of(cell))
        let before =
            switch alignment {
            case .automatic, .leading: 0
            case .center: missing / 2
            case .trailing, .decimal: missing
            }
        return String(repeating: " ", count: before) + cell + String(repeating: " ", count: missing - before)
    }

    /// The alignment of each column with `automatic` replaced by what its cells call for.
    var resolvedAlignments: [Alignment] {
        columns.enumerated().map { index, column in
            guard column.alignment == .automatic else { return column.alignment }
            return DecimalColumn(rows.map { $0[index] }).isNumeric ? .decimal : .leading
        }
    }

    /// Writes the table as an HTML `table` element.
    func write(to writer: inout MarkupWriter, caption: String?) {
        let alignments = resolvedAlignments
        let classes = alignments.map { alignment -> [MarkupWriter.Attribute] in
            switch alignment {
            case .automatic, .leading: []
            case .center: [("class", "center")]
            case .trailing, .decimal: [("class", "number")]
            }
        }
        var cells = rows
        for (column, alignment) in alignments.enumerated() where alignment == .decimal {
            // Figure space and punctuation space are as wide as a digit and as the point.
            let padded = DecimalColumn(rows.map { $0[column] }).padded(space: "\u{2007}", point: "\u{2008}")
            // Padding before a right-aligned number is of no use.
            for (row, cell) in padded.enumerated() { cells[row][column] = String(cell.drop { $0 == "\u{2007}" }) }
        }
        writer.open("table")
        if let caption, !caption.isEmpty { writer.element("caption", text: caption) }
        writer.open("thead")
        writer.open("tr")
        for (column, attributes) in zip(columns, classes) {
            writer.element("th", [("scope", "col")] + attributes, text: column.title)
        }
        writer.close()
        writer.close()
        writer.newline()
        writer.open("tbody")
        for row in cells {
            writer.open("tr")
            for (cell, attributes) in zip(row, classes) { writer.element("td", attributes, text: cell) }
            writer.close()
            writer.newline()
        }
        writer.close()
        writer.close()
    }
}

/// Lines up cells that begin with a number at the decimal point.
private struct DecimalColumn {
    /// The part of each cell before the decimal point and the rest, which may hold an interval or a unit.
    private let parts: [(head: String, tail: String)]
    /// Whether every cell that says anything begins with a number, and at least one does.
    let isNumeric: Bool

    private static let blanks: Set<String> = ["", "-", "–", "—", "n/a", "NaN", "inf", "-inf"]

    init(_ cells: [String]) {
        var parts: [(head: String, tail: String)] = []
        var numbers = 0
        var isNumeric = true
        for cell in cells {
            let scalars = Array(cell)
            var index = 0
            while index < scalars.count, "+-−<>≤≥~≈ ".contains(scalars[index]) { index += 1 }
            let firstDigit = index
            while index < scalars.count, scalars[index].isASCIIDigit || scalars[index] == "," && index > firstDigit {
                index += 1
            }
            let followsNumber = index >= scalars.count || !scalars[index].isLetter || scalars[index] == "e"
            if firstDigit < index && followsNumber {
                numbers += 1
            } else if !Self.blanks.contains(cell) {
                isNumeric = false
            } else {
                index = scalars.count
            }
            parts.append((String(scalars[..<index]), String(scalars[index...])))
        }
        self.parts = parts
        self.isNumeric = isNumeric && numbers > 0
    }

    /// The cells, all of one width in digits.
    func padded(space: Character, point: Character) -> [String] {
        let head = parts.reduce(0) { max($0, DisplayWidth.of($1.head)) }
        let tail = parts.reduce(0) { max($0, DisplayWidth.of($1.tail)) }
        let hasPoint = parts.contains { $0.tail.first == "." }
        return parts.map { part in
            let before = String(repeating: space, count: head - DisplayWidth.of(part.head))
            var missing = tail - DisplayWidth.of(part.tail)
            var after = ""
            if hasPoint, part.tail.isEmpty, missing > 0 {
                after.append(point)
                missing -= 1
            }
            return before + part.head + part.tail + after + String(repeating: space, count: missing)
        }
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { self >= "0" && self <= "9" }
}

extension String {
    fileprivate var trimmingTrailingSpaces: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
