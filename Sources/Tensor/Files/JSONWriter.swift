extension JSON {
    /// The value as a text.
    ///
    /// Strings stay UTF-8: only quotes, backslashes and control characters are escaped. Numbers are the shortest that
    /// read back the same.
    ///
    /// - Parameters:
    ///   - sortedKeys: write the members of every object in the order of their names' bytes, not in their own.
    ///   - indentation: spaces per level, each element on its own line; nil writes one line without spaces.
    ///   - allowingNonFinite: write `NaN`, `Infinity` and `-Infinity`, which JSON does not have but Python reads.
    /// - Throws: ``JSONError`` for a number that is not finite, with its place in the output.
    public func text(
        sortedKeys: Bool = false, indentation: Int? = nil, allowingNonFinite: Bool = false
    ) throws(JSONError) -> String {
        String(
            decoding: try utf8(
                sortedKeys: sortedKeys, indentation: indentation, allowingNonFinite: allowingNonFinite),
            as: UTF8.self)
    }

    /// The bytes of ``text(sortedKeys:indentation:allowingNonFinite:)``.
    public func utf8(
        sortedKeys: Bool = false, indentation: Int? = nil, allowingNonFinite: Bool = false
    ) throws(JSONError) -> [UInt8] {
        var writer = JSONWriter(
            sortsKeys: sortedKeys, indentation: indentation, allowsNonFinite: allowingNonFinite)
        try writer.write(self, depth: 0)
        return writer.output
    }
}

private struct JSONWriter {
    let sortsKeys: Bool
    let indentation: Int?
    let allowsNonFinite: Bool
    var output: [UInt8] = []

    init(sortsKeys: Bool, indentation: Int?, allowsNonFinite: Bool) {
        self.sortsKeys = sortsKeys
        self.indentation = indentation
        self.allowsNonFinite = allowsNonFinite
    }

    mutating func write(_ value: JSON, depth: Int) throws(JSONError) {
        switch value {
        case .null: append("null")
        case .bool(let flag): append(flag ? "true" : "false")
        case .integer(let number): append(String(number))
        case .unsigned(let number): append(String(number))
        case .number(let number): try write(number)
        case .string(let text): write(text)
        case .array(let elements): try write(elements, depth: depth)
        case .object(let object): try write(object, depth: depth)
        }
    }

    private mutating func append(_ text: String) { output.append(contentsOf: text.utf8) }

    private mutating func write(_ number: Double) throws(JSONError) {
        if number.isFinite {
            append(number.description)
        } else if allowsNonFinite {
            append(number.isNaN ? "NaN" : number > 0 ? "Infinity" : "-Infinity")
        } else {
            throw JSONError(problem: "JSON has no number \(number)", byteOffset: output.count)
        }
    }

    private mutating func write(_ elements: [JSON], depth: Int) throws(JSONError) {
        output.append(UInt8(ascii: "["))
        for (position, element) in elements.enumerated() {
            if position > 0 { output.append(UInt8(ascii: ",")) }
            breakLine(depth + 1)
            try write(element, depth: depth + 1)
        }
        if !elements.isEmpty { breakLine(depth) }
        output.append(UInt8(ascii: "]"))
    }

    private mutating func write(_ object: JSONObject, depth: Int) throws(JSONError) {
        output.append(UInt8(ascii: "{"))
        let members =
            sortsKeys
            ? object.members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } : object.members
        for (position, member) in members.enumerated() {
            if position > 0 { output.append(UInt8(ascii: ",")) }
            breakLine(depth + 1)
            write(member.key)
            output.append(UInt8(ascii: ":"))
            if indentation != nil { output.append(UInt8(ascii: " ")) }
            try write(member.value, depth: depth + 1)
        }
        if !members.isEmpty { breakLine(depth) }
        output.append(UInt8(ascii: "}"))
    }

    private mutating func breakLine(_ depth: Int) {
        guard let indentation else { return }
        output.append(UInt8(ascii: "\n"))
        for _ in 0..<(indentation * depth) { output.append(UInt8(ascii: " ")) }
    }

    private mutating func write(_ text: String) {
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                output.append(UInt8(ascii: "\\"))
                output.append(byte)
            case 0x08: append("\\b")
            case 0x09: append("\\t")
            case 0x0A: append("\\n")
            case 0x0C: append("\\f")
            case 0x0D: append("\\r")
            case 0..<0x20:
                append("\\u00")
                append(byte < 0x10 ? "0" : "1")
                append(String(byte & 0x0F, radix: 16))
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
