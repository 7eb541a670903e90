/// How a CSV file is written or to be read.
public struct CSVOptions: Sendable {
    /// The byte between fields, an ASCII character.
    public var delimiter: UInt8
    /// Whether the first record names the columns; otherwise they are named column1, column2, ….
    public var hasHeader: Bool
    /// The unquoted fields that mean "missing"; spaces around them are ignored.
    public var missingMarkers: [String]
    /// How bytes become text.
    public var encoding: TextEncoding
    /// Kinds of named columns that are not to be inferred.
    public var kinds: [String: ColumnKind]
    /// The most bytes that a compressed file may hold, against gzip bombs.
    public var inflatedLimit: Int

    /// Creates options; the defaults read what RFC 4180 describes, with a header.
    public init(
        delimiter: UInt8 = UInt8(ascii: ","), hasHeader: Bool = true,
        missingMarkers: [String] = ["", "NA", "NaN", "nan", "null", "NULL", "?"], encoding: TextEncoding = .utf8,
        kinds: [String: ColumnKind] = [:], inflatedLimit: Int = Table.defaultInflatedLimit
    ) {
        self.delimiter = delimiter
        self.hasHeader = hasHeader
        self.missingMarkers = missingMarkers
        self.encoding = encoding
        self.kinds = kinds
        self.inflatedLimit = inflatedLimit
    }
}

extension Table {
    /// The most bytes that a compressed file may hold unless the caller says otherwise: 8 GiB.
    public static let defaultInflatedLimit = 1 << 33

    /// Reads a CSV file, gzip-compressed or not.
    ///
    /// A column is numeric when every field that is not missing is a decimal number (or inf), else text; quotes do not
    /// make a number text. A quoted empty field is a missing number in a numeric column and an empty string in a text
    /// column. Blank lines are skipped. One pass over the bytes, a second one over the rows before a column turned out
    /// to be text.
    ///
    /// - Throws: `TableError` with path, line and column.
    public init(csv path: String, options: CSVOptions = CSVOptions()) throws(TableError) {
        try self.init(
            csv: try readBytes(path: path, inflatedLimit: options.inflatedLimit), options: options, path: path)
    }

    /// Reads the bytes of a CSV file; `path` only names the source in errors.
    ///
    /// - Throws: `TableError` with path, line and column.
    public init(csv bytes: [UInt8], options: CSVOptions = CSVOptions(), path: String? = nil) throws(TableError) {
        let text: [UInt8] = try decodedUTF8(bytes, encoding: options.encoding, path: path)
        var reader = CSVReader(options)
        do {
            try text.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { throw CSVFault(.empty, 0) }
                try reader.read(CSVScanner(base: base, count: buffer.count, delimiter: options.delimiter))
            }
        } catch let fault as CSVFault {
            let place = place(of: fault.offset, in: text)
            throw TableError(fault.problem, path: path, line: place.line, column: place.column)
        } catch {
            throw TableError(.unreadable("\(error)"), path: path)
        }
        try self.init(reader.columns.map { $0.finished })
    }
}

/// A fault at a byte offset; the line is counted only when there is one to report.
struct CSVFault: Error {
    let problem: TableError.Problem
    let offset: Int

    init(_ problem: TableError.Problem, _ offset: Int) {
        self.problem = problem
        self.offset = offset
    }
}

/// The columns as they grow, numeric until a field says otherwise.
private struct CSVReader {
    struct GrowingColumn {
        var name: String
        var numbers: [Double] = []
        var strings: [String?] = []
        var isText: Bool = false
        var isForced: Bool = false
        /// The row at which a column that began as numbers turned to text; the rows before are filled in afterwards.
        var firstTextRow: Int = 0
        var sawNumber: Bool = false
        var sawQuotedEmpty: Bool = false

        var finished: Column { isText ? Column(name, text: strings) : Column(name, numbers) }
    }

    var columns: [GrowingColumn] = []
    private let options: CSVOptions
    private let markers: [[UInt8]]
    private let longestMarker: Int

    init(_ options: CSVOptions) {
        self.options = options
        markers = options.missingMarkers.map { Array($0.utf8) }
        longestMarker = markers.map(\.count).max() ?? -1
    }

    mutating func read(_ scanner: CSVScanner) throws {
        var position: Int = scanner.skippingBlankLines(0)
        if position == scanner.count { throw CSVFault(.empty, 0) }
        let first: [CSVScanner.Field] = try scanner.record(at: position)
        try nameColumns(first, scanner)
        if options.hasHeader { position = first[first.count - 1].next }
        let start: Int = position
        let rows: Int = try readRows(scanner, from: position)
        for index in columns.indices {
            if !columns[index].isText, !columns[index].sawNumber, columns[index].sawQuotedEmpty,
                !columns[index].isForced
            {
                columns[index].isText = true
                columns[index].firstTextRow = rows
            }
        }
        try fillEarlierRows(scanner, from: start)
    }

    private mutating func nameColumns(_ first: [CSVScanner.Field], _ scanner: CSVScanner) throws {
        var seen: Set<String> = []
        for (index, field) in first.enumerated() {
            var name: String = options.hasHeader ? scanner.text(field) : ""
            if name.isEmpty { name = "column\(index + 1)" }
            if !seen.insert(name).inserted { throw CSVFault(.duplicateColumn(name), field.start) }
            var column = GrowingColumn(name: name)
            if let kind = options.kinds[name] {
                column.isText = kind == .text
                column.isForced = true
            }
            columns.append(column)
        }
        for name in options.kinds.keys where !seen.contains(name) { throw CSVFault(.noSuchColumn(name), 0) }
    }

    /// Reads all records and returns their number.
    private mutating func readRows(_ scanner: CSVScanner, from start: Int) throws -> Int {
        let count: Int = columns.count
        var row: Int = 0
        var position: Int = scanner.skippingBlankLines(start)
        while position < scanner.count {
            var index: Int = 0
            while true {
                // The common case: a number that ends at a delimiter.
                if !columns[index].isText,
                    let number = decimalNumber(scanner.base, from: position, to: scanner.count),
                    let end = scanner.end(at: number.end)
                {
                    columns[index].numbers.append(number.value)
                    columns[index].sawNumber = true
                    position = end.next
                    index += 1
                    if end.endsRecord { break }
                } else {
                    let field: CSVScanner.Field = try scanner.field(at: position)
                    try append(field, to: index, row: row, scanner)
                    position = field.next
                    index += 1
                    if field.endsRecord { break }
                }
                if index == count {
                    let found: Int = count + (try scanner.record(at: position)).count
                    throw CSVFault(.raggedRow(expected: count, found: found), position)
                }
            }
            if index < count { throw CSVFault(.raggedRow(expected: count, found: index), scanner.recordEnd(position)) }
            row += 1
            position = scanner.skippingBlankLines(position)
        }
        return row
    }

    private mutating func append(
        _ field: CSVScanner.Field, to index: Int, row: Int, _ scanner: CSVScanner
    ) throws {
        let missing: Bool = isMissing(field, scanner)
        if columns[index].isText {
            columns[index].strings.append(missing ? nil : scanner.text(field))
            return
        }
        if missing {
            columns[index].numbers.append(.nan)
        } else if field.isQuoted, field.start == field.end {
            columns[index].numbers.append(.nan)
            columns[index].sawQuotedEmpty = true
        } else if let number = scanner.number(field) {
            columns[index].numbers.append(number)
            columns[index].sawNumber = true
        } else if columns[index].isForced {
            throw CSVFault(.notANumber(column: columns[index].name, text: scanner.text(field)), field.start)
        } else {
            columns[index].isText = true
            columns[index].firstTextRow = row
            columns[index].numbers = []
            columns[index].strings.append(scanner.text(field))
        }
    }

    /// Reads the rows before `firstTextRow` again, as text.
    private mutating func fillEarlierRows(_ scanner: CSVScanner, from start: Int) throws {
        let late: [Int] = columns.indices.filter { columns[$0].firstTextRow > 0 }
        guard let last = late.map({ columns[$0].firstTextRow }).max() else { return }
        var earlier = [[String?]](repeating: [], count: columns.count)
        var position: Int = scanner.skippingBlankLines(start)
        for row in 0..<last {
            for index in columns.indices {
                let field: CSVScanner.Field = try scanner.field(at: position)
                position = field.next
                if row < columns[index].firstTextRow {
                    earlier[index].append(isMissing(field, scanner) ? nil : scanner.text(field))
                }
            }
            position = scanner.skippingBlankLines(position)
        }
        for index in late { columns[index].strings = earlier[index] + columns[index].strings }
    }

    private func isMissing(_ field: CSVScanner.Field, _ scanner: CSVScanner) -> Bool {
        if field.isQuoted { return false }
        let range: Range<Int> = scanner.trimmed(field)
        if range.count > longestMarker { return false }
        for marker in markers where marker.count == range.count {
            var equal: Bool = true
            for (offset, byte) in marker.enumerated() where scanner.base[range.lowerBound + offset] != byte {
                equal = false
                break
            }
            if equal { return true }
        }
        return false
    }
}
