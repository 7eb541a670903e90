/// Why bytes are not JSON, or why a value cannot be written as JSON.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, in one sentence without a full stop.
    public var problem: String

    /// Where, in bytes from the start of the text.
    public var byteOffset: Int

    /// The problem and its place.
    public var description: String { "\(problem), at byte \(byteOffset)" }
}

extension JSON {
    /// How deep arrays and objects may be nested.
    public static let maximumDepth = 128

    /// Parses a text.
    ///
    /// Strict RFC 8259: UTF-8 without byte-order mark, no duplicate names, no trailing commas. Linear in the length.
    ///
    /// - Parameters:
    ///   - text: one JSON value, with white space around it at most.
    ///   - allowingNonFinite: accept `NaN`, `Infinity` and `-Infinity`, as Python writes them.
    public init(parsing text: String, allowingNonFinite: Bool = false) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), allowingNonFinite: allowingNonFinite)
    }

    /// Parses the bytes of a text; see ``init(parsing:allowingNonFinite:)-(String,_)``.
    public init(parsing bytes: [UInt8], allowingNonFinite: Bool = false) throws(JSONError) {
        self = try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in
            try JSON(parsing: buffer, allowingNonFinite: allowingNonFinite)
        }
    }

    /// Parses the bytes of a text; see ``init(parsing:allowingNonFinite:)-(String,_)``.
    public init(parsing bytes: UnsafeBufferPointer<UInt8>, allowingNonFinite: Bool = false) throws(JSONError) {
        var parser = JSONParser(bytes: bytes, allowsNonFinite: allowingNonFinite)
        self = try parser.parseDocument()
    }
}

/// A recursive-descent parser over bytes in memory; the depth limit bounds the recursion.
private struct JSONParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let allowsNonFinite: Bool
    private var position = 0

    init(bytes: UnsafeBufferPointer<UInt8>, allowsNonFinite: Bool) {
        self.bytes = bytes
        self.allowsNonFinite = allowsNonFinite
    }

    mutating func parseDocument() throws(JSONError) -> JSON {
        skipSpace()
        let value = try parseValue(depth: 0)
        skipSpace()
        if position < bytes.count { throw failure("there is more text after the value") }
        return value
    }

    private func failure(_ problem: String, at offset: Int? = nil) -> JSONError {
        JSONError(problem: problem, byteOffset: offset ?? position)
    }

    /// The next byte, or 0 at the end: no JSON token starts or continues with 0.
    private var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func parseValue(depth: Int) throws(JSONError) -> JSON {
        switch next {
        case UInt8(ascii: "{"): return try parseObject(depth: depth + 1)
        case UInt8(ascii: "["): return try parseArray(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
        case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
        case UInt8(ascii: "n"): return try parseWord("null", .null)
        case UInt8(ascii: "N") where allowsNonFinite: return try parseWord("NaN", .number(.nan))
        case UInt8(ascii: "I") where allowsNonFinite: return try parseWord("Infinity", .number(.infinity))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
        default: throw failure(position < bytes.count ? "this does not begin a value" : "the text ends early")
        }
    }

    private mutating func parseWord(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let count = word.utf8CodeUnitCount
        guard bytes.count - position >= count else { throw failure("the text ends early") }
        for offset in 0..<count where bytes[position + offset] != word.utf8Start[offset] {
            throw failure("this does not begin a value")
        }
        position += count
        return value
    }

    private mutating func parseArray(depth: Int) throws(JSONError) -> JSON {
        try enter(depth)
        var elements: [JSON] = []
        skipSpace()
        if take("]") { return .array(elements) }
        while true {
            skipSpace()
            elements.append(try parseValue(depth: depth))
            skipSpace()
            if take("]") { return .array(elements) }
            if !take(",") { throw failure("an array goes on with a comma or ends with ]") }
        }
    }

    private mutating func parseObject(depth: Int) throws(JSONError) -> JSON {
        try enter(depth)
        var object = JSONObject()
        skipSpace()
        if take("}") { return .object(object) }
        while true {
            skipSpace()
            let start = position
            guard next == UInt8(ascii: "\"") else { throw failure("a member begins with a name in double quotes") }
            let key = try parseString()
            skipSpace()
            if !take(":") { throw failure("a colon follows a name") }
            skipSpace()
            let value = try parseValue(depth: depth)
            if !object.append(key, value) { throw failure("the name \"\(key)\" occurs twice in an object", at: start) }
            skipSpace()
            if take("}") { return .object(object) }
            if !take(",") { throw failure("an object goes on with a comma or ends with }") }
        }
    }

    private mutating func enter(_ depth: Int) throws(JSONError) {
        if depth > JSON.maximumDepth { throw failure("values are nested more than \(JSON.maximumDepth) deep") }
        position += 1
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        if next != UInt8(ascii: character) { return false }
        position += 1
        return true
    }

    // MARK: Strings

    private mutating func parseString() throws(JSONError) -> String {
        let quote = position
        position += 1
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let text = try validated(UnsafeBufferPointer(rebasing: bytes[start..<position]), from: quote)
                position += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try parseEscapedString(from: quote, plainFrom: start) }
            if byte < 0x20 { throw failure("a control character stands in a string without an escape") }
            position += 1
        }
        throw failure("a string has no end", at: quote)
    }

    private func validated(_ part: UnsafeBufferPointer<UInt8>, from quote: Int) throws(JSONError) -> String {
        guard let text = String(validating: part, as: UTF8.self) else {
            throw failure("a string is not valid UTF-8", at: quote)
        }
        return text
    }

    private mutating func parseEscapedString(from quote: Int, plainFrom start: Int) throws(JSONError) -> String {
        var text = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                let result = text.withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) }
                guard let result else { throw failure("a string is not valid UTF-8", at: quote) }
                return result
            case UInt8(ascii: "\\"):
                position += 1
                try parseEscape(into: &text)
            case 0..<0x20:
                throw failure("a control character stands in a string without an escape")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw failure("a string has no end", at: quote)
    }

    private mutating func parseEscape(into text: inout [UInt8]) throws(JSONError) {
        let character = next
        position += 1
        switch character {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(character)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: Array(String(Character(try parseUnicodeEscape())).utf8))
        default: throw failure("this escape does not exist", at: position - 2)
        }
    }

    /// The character of `\uXXXX`, or of two such escapes that are a surrogate pair.
    private mutating func parseUnicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let start = position - 2
        let first = try parseFourDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, next == UInt8(ascii: "\\"), position + 1 < bytes.count,
            bytes[position + 1] == UInt8(ascii: "u")
        else { throw failure("half a surrogate pair stands alone", at: start) }
        position += 2
        let second = try parseFourDigits()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw failure("half a surrogate pair stands alone", at: start) }
        return scalar
    }

    private mutating func parseFourDigits() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            let byte = next
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw failure("\\u needs four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    // MARK: Numbers

    private mutating func parseNumber() throws(JSONError) -> JSON {
        let start = position
        let isNegative = take("-")
        if isNegative, allowsNonFinite, next == UInt8(ascii: "I") {
            return try parseWord("Infinity", .number(-.infinity))
        }
        var magnitude: UInt64 = 0
        var isExact = true
        func accumulate(_ digit: UInt8) {
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
            if overflow || carry { isExact = false } else { magnitude = sum }
        }
        if next == UInt8(ascii: "0") {
            position += 1
            if isDigit(next) { throw failure("a number has a leading zero", at: start) }
        } else {
            guard isDigit(next) else { throw failure("a digit is missing") }
            while isDigit(next) {
                accumulate(next)
                position += 1
            }
        }
        var fractionDigits = 0
        var isWhole = true
        if take(".") {
            isWhole = false
            guard isDigit(next) else { throw failure("a digit is missing") }
            while isDigit(next) {
                accumulate(next)
                position += 1
                fractionDigits += 1
            }
        }
        var exponent = 0
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isWhole = false
            position += 1
            let isExponentNegative = next == UInt8(ascii: "-")
            if isExponentNegative || next == UInt8(ascii: "+") { position += 1 }
            guard isDigit(next) else { throw failure("a digit is missing") }
            while isDigit(next) {
                // Far beyond every Double; the slow path below reads the digits again.
                exponent = min(exponent * 10 + Int(next - UInt8(ascii: "0")), 100_000)
                position += 1
            }
            if isExponentNegative { exponent = -exponent }
        }
        if isWhole, isExact {
            if !isNegative {
                return magnitude <= UInt64(Int64.max) ? .integer(Int64(magnitude)) : .unsigned(magnitude)
            }
            // Minus zero keeps its sign only as a Double.
            if magnitude == 0 { return .number(-0.0) }
            if magnitude <= UInt64(Int64.max) + 1 { return .integer(Int64(truncatingIfNeeded: 0 &- magnitude)) }
        }
        let scale = exponent - fractionDigits
        if isExact, magnitude <= 1 << 53, abs(scale) <= 22 {
            // Both numbers are exact in Double, so one operation rounds correctly (Clinger 1990).
            let base = Double(magnitude)
            let value = scale < 0 ? base / JSONParser.powersOfTen[-scale] : base * JSONParser.powersOfTen[scale]
            return .number(isNegative ? -value : value)
        }
        let digits = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let value = Double(digits), value.isFinite else {
            throw failure("the number exceeds the range of Double", at: start)
        }
        return .number(value)
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}
