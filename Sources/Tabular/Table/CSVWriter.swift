extension Table {
    /// The table as CSV with a header, records ended by LF.
    ///
    /// Numbers are written as the shortest decimals that read back unchanged; missing values as the first missing
    /// marker of the options. Text is quoted where it would otherwise be read differently. Reading the result gives
    /// the same table, but for text columns that hold only numbers: read those with `kinds`.
    public func csv(options: CSVOptions = CSVOptions()) -> [UInt8] {
        var output: [UInt8] = []
        let markers: Set<String> = Set(options.missingMarkers)
        // A lone empty field would be a blank line, which readers skip.
        let usable: [String] = options.missingMarkers.filter { columns.count > 1 || !$0.isEmpty }
        let missing: [UInt8] = Array((usable.first ?? "NA").utf8)
        if options.hasHeader {
            appendRecord(to: &output, delimiter: options.delimiter) { column, output in
                Self.append(column.name, to: &output, markers: markers, delimiter: options.delimiter)
            }
        }
        for row in 0..<rowCount {
            appendRecord(to: &output, delimiter: options.delimiter) { column, output in
                switch column.values {
                case .numeric(let numbers):
                    let number: Double = numbers[row]
                    output.append(contentsOf: number.isNaN ? missing : Array(shortestDecimal(number).utf8))
                case .text(let strings):
                    if let string = strings[row] {
                        Self.append(string, to: &output, markers: markers, delimiter: options.delimiter)
                    } else {
                        output.append(contentsOf: missing)
                    }
                }
            }
        }
        return output
    }

    /// Writes the table to a CSV file; replaces an existing one atomically.
    ///
    /// - Throws: `TableError.Problem.unwritable`.
    public func write(csv path: String, options: CSVOptions = CSVOptions()) throws(TableError) {
        try writeBytes(csv(options: options), path: path)
    }

    private func appendRecord(
        to output: inout [UInt8], delimiter: UInt8, field: (Column, inout [UInt8]) -> Void
    ) {
        for (index, column) in columns.enumerated() {
            if index > 0 { output.append(delimiter) }
            field(column, &output)
        }
        output.append(10)
    }

    private static func append(_ text: String, to output: inout [UInt8], markers: Set<String>, delimiter: UInt8) {
        let bytes: [UInt8] = Array(text.utf8)
        let special: Bool = bytes.contains { $0 == delimiter || $0 == 34 || $0 == 10 || $0 == 13 }
        let first: UInt8 = bytes.first ?? 32
        let last: UInt8 = bytes.last ?? 32
        let spaced: Bool = first == 32 || first == 9 || last == 32 || last == 9
        // A byte order mark at the start of the file would be taken for one.
        if !special && !spaced && !markers.contains(text) && first != 0xEF {
            output.append(contentsOf: bytes)
            return
        }
        output.append(34)
        for byte in bytes {
            if byte == 34 { output.append(34) }
            output.append(byte)
        }
        output.append(34)
    }
}
