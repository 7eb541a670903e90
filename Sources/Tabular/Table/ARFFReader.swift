extension Table {
    /// Reads a file in Weka's attribute-relation format, gzip-compressed or not.
    ///
    /// Numeric, real and integer attributes become numeric columns; nominal ones text columns with declared levels;
    /// string and date ones text columns. `?` is missing. In sparse rows an unnamed attribute is zero, or its first
    /// level. Relational attributes and instance weights are refused, and compressed files that hold more than
    /// `inflatedLimit` bytes.
    ///
    /// - Throws: `TableError` with path and line.
    public init(
        arff path: String, encoding: TextEncoding = .utf8, inflatedLimit: Int = Table.defaultInflatedLimit
    ) throws(TableError) {
        try self.init(
            arff: try readBytes(path: path, inflatedLimit: inflatedLimit), encoding: encoding, path: path)
    }

    /// Reads the bytes of an ARFF file; `path` only names the source in errors.
    ///
    /// - Throws: `TableError` with path and line.
    public init(arff bytes: [UInt8], encoding: TextEncoding = .utf8, path: String? = nil) throws(TableError) {
        let text: [UInt8] = try decodedUTF8(bytes, encoding: encoding, path: path)
        var reader = ARFFReader(path: path)
        var number: Int = 0
        var start: Int = 0
        while start < text.count {
            var end: Int = start
            while end < text.count, text[end] != 10, text[end] != 13 { end += 1 }
            number += 1
            try reader.read(line: text[start..<end], number: number)
            let pair: Bool = end + 1 < text.count && text[end] == 13 && text[end + 1] == 10
            start = end + (pair ? 2 : 1)
        }
        try self.init(reader.finish())
    }
}

/// Declarations and rows read so far.
private struct ARFFReader {
    enum Kind {
        case numeric
        case text
        case nominal
    }

    struct Attribute {
        let name: String
        let kind: Kind
        let levels: [String]
        let known: Set<String>
        var numbers: [Double] = []
        var strings: [String?] = []
    }

    let path: String?
    private var attributes: [Attribute] = []
    private var names: Set<String> = []
    private var inData: Bool = false
    private var lineNumber: Int = 0

    init(path: String?) { self.path = path }

    mutating func read(line: ArraySlice<UInt8>, number: Int) throws(TableError) {
        lineNumber = number
        var tokens = ARFFTokens(line)
        guard let first = tokens.peek, first != UInt8(ascii: "%") else { return }
        if inData {
            try readRow(&tokens)
            return
        }
        guard first == UInt8(ascii: "@") else { throw fault("expected a declaration that starts with @ before @data") }
        switch try word(&tokens).lowercased() {
        case "@relation": return
        case "@attribute": try readAttribute(&tokens)
        case "@data":
            if attributes.isEmpty { throw fault("@data comes before any @attribute") }
            inData = true
        case let other: throw fault("unknown declaration \(other); expected @relation, @attribute or @data")
        }
    }

    func finish() throws(TableError) -> [Column] {
        if attributes.isEmpty { throw TableError(.empty, path: path) }
        if !inData { throw fault("the file ends without @data") }
        return attributes.map { attribute in
            switch attribute.kind {
            case .numeric: Column(attribute.name, attribute.numbers)
            case .text: Column(attribute.name, text: attribute.strings)
            case .nominal: Column(attribute.name, text: attribute.strings, levels: attribute.levels)
            }
        }
    }

    private mutating func readAttribute(_ tokens: inout ARFFTokens) throws(TableError) {
        let name: String = try word(&tokens)
        if !names.insert(name).inserted {
            throw TableError(.duplicateColumn(name), path: path, line: lineNumber)
        }
        if tokens.take(UInt8(ascii: "{")) {
            var levels: [String] = []
            while !tokens.take(UInt8(ascii: "}")) {
                levels.append(try word(&tokens))
                if !tokens.take(UInt8(ascii: ",")), tokens.peek != UInt8(ascii: "}") {
                    throw fault("expected , or } in the levels of \(name)")
                }
            }
            attributes.append(Attribute(name: name, kind: .nominal, levels: levels, known: Set(levels)))
            return
        }
        let kind: Kind
        switch try word(&tokens).lowercased() {
        case "numeric", "real", "integer": kind = .numeric
        case "string", "date": kind = .text
        case let other: throw fault("attribute \(name) has type \(other), which is not read")
        }
        attributes.append(Attribute(name: name, kind: kind, levels: [], known: []))
    }

    private mutating func readRow(_ tokens: inout ARFFTokens) throws(TableError) {
        if tokens.take(UInt8(ascii: "{")) {
            try readSparseRow(&tokens)
        } else {
            for index in attributes.indices {
                if index > 0, !tokens.take(UInt8(ascii: ",")) {
                    // Blanks may separate values too; a line that ends is too short.
                    if tokens.peek == nil || tokens.peek == UInt8(ascii: "%") {
                        throw TableError(
                            .raggedRow(expected: attributes.count, found: index), path: path, line: lineNumber)
                    }
                }
                try append(try value(&tokens), to: index)
            }
        }
        if let rest = tokens.peek, rest != UInt8(ascii: "%") {
            if tokens.take(UInt8(ascii: ",")), tokens.peek == UInt8(ascii: "{") {
                throw fault("instance weights are not read")
            }
            throw TableError(
                .raggedRow(expected: attributes.count, found: attributes.count + 1), path: path, line: lineNumber)
        }
    }

    private mutating func readSparseRow(_ tokens: inout ARFFTokens) throws(TableError) {
        var given: [Int: ARFFTokens.Word] = [:]
        while !tokens.take(UInt8(ascii: "}")) {
            let position: String = try word(&tokens)
            guard let index = Int(position), attributes.indices.contains(index) else {
                throw fault("\"\(position)\" is not the index of an attribute, 0...\(attributes.count - 1)")
            }
            if given.updateValue(try value(&tokens), forKey: index) != nil {
                throw fault("attribute \(index) is given twice in a sparse row")
            }
            if !tokens.take(UInt8(ascii: ",")), tokens.peek != UInt8(ascii: "}") {
                throw fault("expected , or } in a sparse row")
            }
        }
        for index in attributes.indices {
            if let value = given[index] {
                try append(value, to: index)
            } else if attributes[index].kind == .numeric {
                attributes[index].numbers.append(0)
            } else {
                attributes[index].strings.append(attributes[index].levels.first ?? "")
            }
        }
    }

    private mutating func append(_ value: ARFFTokens.Word, to index: Int) throws(TableError) {
        let missing: Bool = !value.isQuoted && value.text == "?"
        switch attributes[index].kind {
        case .numeric:
            if missing {
                attributes[index].numbers.append(.nan)
            } else if let number = decimal(value.text) {
                attributes[index].numbers.append(number)
            } else {
                throw TableError(
                    .notANumber(column: attributes[index].name, text: value.text), path: path, line: lineNumber)
            }
        case .text: attributes[index].strings.append(missing ? nil : value.text)
        case .nominal:
            if !missing, !attributes[index].known.contains(value.text) {
                throw fault("\"\(value.text)\" is not a declared level of \(attributes[index].name)")
            }
            attributes[index].strings.append(missing ? nil : value.text)
        }
    }

    private func decimal(_ text: String) -> Double? {
        let bytes: [UInt8] = Array(text.utf8)
        return bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return nil }
            return CSVScanner(base: base, count: buffer.count, delimiter: 44).number(
                CSVScanner.Field(
                    start: 0, end: buffer.count, next: buffer.count, endsRecord: true, isQuoted: false,
                    hasEscapedQuotes: false))
        }
    }

    private func word(_ tokens: inout ARFFTokens) throws(TableError) -> String { try value(&tokens).text }

    private func value(_ tokens: inout ARFFTokens) throws(TableError) -> ARFFTokens.Word {
        switch tokens.word() {
        case .success(let word): return word
        case .failure(.unterminatedQuote(let offset)):
            throw TableError(.unterminatedQuote, path: path, line: lineNumber, column: offset + 1)
        case .failure(.nothing): throw fault("expected a name or value, found the end of the line or a separator")
        }
    }

    private func fault(_ reason: String) -> TableError {
        TableError(.malformedARFF(reason), path: path, line: lineNumber)
    }
}

/// Splits one line into names, quoted strings and the separators , { }.
private struct ARFFTokens {
    struct Word {
        let text: String
        let isQuoted: Bool
    }

    enum Fault: Error {
        case nothing
        case unterminatedQuote(Int)
    }

    private let line: ArraySlice<UInt8>
    private var position: Int

    init(_ line: ArraySlice<UInt8>) {
        self.line = line
        position = line.startIndex
    }

    /// The next byte that is not blank; nil at the end of the line.
    var peek: UInt8? {
        mutating get {
            while position < line.endIndex, line[position] == 32 || line[position] == 9 { position += 1 }
            return position < line.endIndex ? line[position] : nil
        }
    }

    /// Steps over a separator if it is next.
    mutating func take(_ separator: UInt8) -> Bool {
        if peek != separator { return false }
        position += 1
        return true
    }

    mutating func word() -> Result<Word, Fault> {
        guard let first = peek else { return .failure(.nothing) }
        var bytes: [UInt8] = []
        if first == UInt8(ascii: "'") || first == UInt8(ascii: "\"") {
            let opening: Int = position
            position += 1
            while position < line.endIndex {
                var byte: UInt8 = line[position]
                position += 1
                if byte == first { return .success(Word(text: String(decoding: bytes, as: UTF8.self), isQuoted: true)) }
                if byte == UInt8(ascii: "\\"), position < line.endIndex {
                    byte = Self.escaped(line[position])
                    position += 1
                }
                bytes.append(byte)
            }
            return .failure(.unterminatedQuote(opening - line.startIndex))
        }
        while position < line.endIndex, !Self.isSeparator(line[position]) {
            bytes.append(line[position])
            position += 1
        }
        if bytes.isEmpty { return .failure(.nothing) }
        return .success(Word(text: String(decoding: bytes, as: UTF8.self), isQuoted: false))
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == 32 || byte == 9 || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}")
    }

    private static func escaped(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "n"): 10
        case UInt8(ascii: "r"): 13
        case UInt8(ascii: "t"): 9
        default: byte
        }
    }
}
