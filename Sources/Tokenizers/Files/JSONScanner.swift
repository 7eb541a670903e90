/// Walks over the JSON of a tokenizer.json without building a tree.
///
/// The vocabulary and the merges are hundreds of thousands of strings; a tree of them would take longer than the rest of
/// loading. They are read straight into their tables, everything else by the ordinary parser.
struct JSONScanner {
    let path: String
    let bytes: UTF8Buffer
    var position: Int

    /// The nesting that `Tensor.JSON` allows.
    private static let maximumDepth = 128

    init(path: String, bytes: UTF8Buffer, position: Int = 0) {
        self.path = path
        self.bytes = bytes
        self.position = position
    }

    func failure(_ problem: String, field: String? = nil, at offset: Int? = nil) -> TokenizerError {
        TokenizerError(path: path, problem: problem, byteOffset: offset ?? position, field: field, expected: "JSON")
    }

    /// The next byte, or 0 at the end.
    @inline(__always)
    var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

    @inline(__always)
    mutating func skipSpace() {
        while position < bytes.count, bytes[position] <= 0x20 {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// Takes one byte of punctuation and the white space around it.
    @inline(__always)
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        skipSpace()
        return true
    }

    mutating func expect(_ character: Unicode.Scalar, _ field: String) throws(TokenizerError) {
        if !take(character) { throw failure("\(character) is missing", field: field) }
    }

    /// The ranges of an object's members; the names must be unique.
    ///
    /// - Parameter nested: the name of a member whose own members are listed too, as `name.member`, so that a large value is
    ///   passed over only once.
    mutating func members(
        _ field: String, nested: String? = nil
    ) throws(TokenizerError) -> [(key: String, value: Range<Int>)] {
        try expect("{", field)
        var result: [(key: String, value: Range<Int>)] = []
        if take("}") { return result }
        repeat {
            let start = position
            let key = String(decoding: try string(field), as: UTF8.self)
            if result.contains(where: { $0.key.utf8.elementsEqual(key.utf8) }) {
                throw failure("the name \"\(key)\" occurs twice in an object", field: field, at: start)
            }
            try expect(":", field)
            let value = position
            if key == nested, next == UInt8(ascii: "{") {
                for member in try members(key) { result.append(("\(key).\(member.key)", member.value)) }
            } else {
                try skipValue(field)
            }
            result.append((key, value..<position))
        } while take(",")
        try expect("}", field)
        return result
    }

    /// Passes over a value; its inside is checked by whoever reads it.
    mutating func skipValue(_ field: String) throws(TokenizerError) {
        var depth = 0
        let start = position
        repeat {
            guard position < bytes.count else { throw failure("the text ends early", field: field) }
            switch bytes[position] {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                if depth > JSONScanner.maximumDepth {
                    throw failure("values are nested more than \(JSONScanner.maximumDepth) deep", field: field)
                }
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth < 0 { throw failure("this does not begin a value", field: field) }
                position += 1
            case UInt8(ascii: "\""): try skipString(field)
            default:
                if depth == 0 {
                    // A number or a word.
                    while position < bytes.count, !isDelimiter(bytes[position]) { position += 1 }
                } else {
                    position += 1
                }
            }
        } while depth > 0
        if position == start { throw failure("a value is missing", field: field) }
    }

    private func isDelimiter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ":"), UInt8(ascii: "\""), 0x20, 0x0A,
            0x0D, 0x09:
            true
        default: false
        }
    }

    private mutating func skipString(_ field: String) throws(TokenizerError) {
        let quote = position
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return
            }
            position += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        throw failure("a string has no end", field: field, at: quote)
    }

    /// A string's text, without its quotes and escapes.
    mutating func string(_ field: String) throws(TokenizerError) -> [UInt8] {
        var result: [UInt8] = []
        try string(field) { result.append(contentsOf: $0) }
        return result
    }

    /// Calls a function with the parts of a string's text: usually one, more where there are escapes.
    @inline(__always)
    mutating func string(_ field: String, _ body: (UTF8Buffer) -> Void) throws(TokenizerError) {
        guard next == UInt8(ascii: "\"") else { throw failure("a string is missing", field: field) }
        let quote = position
        position += 1
        var start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                body(UTF8Buffer(rebasing: bytes[start..<position]))
                position += 1
                return
            }
            if byte < 0x20 {
                throw failure("a control character stands in a string without an escape", field: field)
            }
            if byte == UInt8(ascii: "\\") {
                if start < position { body(UTF8Buffer(rebasing: bytes[start..<position])) }
                let escaped = try escape(field)
                escaped.withUnsafeBufferPointer(body)
                start = position
            } else {
                position += 1
            }
        }
        throw failure("a string has no end", field: field, at: quote)
    }

    private mutating func escape(_ field: String) throws(TokenizerError) -> [UInt8] {
        let start = position
        position += 1
        let character = next
        position += 1
        switch character {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [character]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            var value = try fourDigits(field)
            if (0xD800..<0xDC00).contains(value), next == UInt8(ascii: "\\"), position + 1 < bytes.count,
                bytes[position + 1] == UInt8(ascii: "u")
            {
                position += 2
                let second = try fourDigits(field)
                guard (0xDC00..<0xE000).contains(second) else {
                    throw failure("half a surrogate pair stands alone", field: field, at: start)
                }
                value = 0x10000 + (value - 0xD800) << 10 + (second - 0xDC00)
            }
            guard Unicode.Scalar(value) != nil else {
                throw failure("half a surrogate pair stands alone", field: field, at: start)
            }
            var result: [UInt8] = []
            result.append(scalar: value)
            return result
        default: throw failure("this escape does not exist", field: field, at: start)
        }
    }

    private mutating func fourDigits(_ field: String) throws(TokenizerError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            let byte = next
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw failure("\\u needs four hexadecimal digits", field: field)
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    /// A token's id: a whole number from 0 to 2^31 - 1.
    mutating func id(_ field: String) throws(TokenizerError) -> Int32 {
        let start = position
        var value: Int64 = 0
        while next &- UInt8(ascii: "0") < 10, value <= Int64(Int32.max) {
            value = value * 10 + Int64(next - UInt8(ascii: "0"))
            position += 1
        }
        guard position > start, value <= Int64(Int32.max),
            position == bytes.count || isDelimiter(bytes[position])
        else {
            throw TokenizerError(
                path: path, problem: "this is no id", byteOffset: start, field: field,
                expected: "a number from 0 to 2^31 - 1")
        }
        return Int32(value)
    }
}
