/// Finds the fields of RFC 4180 text; line ends may be LF, CRLF or CR.
struct CSVScanner {
    /// Where a field lies and what follows it.
    struct Field {
        /// The first byte of the content, behind the opening quote.
        var start: Int
        /// The byte behind the content.
        var end: Int
        /// Where the next field or record starts.
        var next: Int
        var endsRecord: Bool
        var isQuoted: Bool
        var hasEscapedQuotes: Bool
    }

    let base: UnsafePointer<UInt8>
    let count: Int
    let delimiter: UInt8

    private static let quote: UInt8 = UInt8(ascii: "\"")
    private static let lineFeed: UInt8 = 10
    private static let carriageReturn: UInt8 = 13

    /// What stands at a position right behind a field; nil where the field goes on.
    @inline(__always)
    func end(at position: Int) -> (next: Int, endsRecord: Bool)? {
        if position == count { return (count, true) }
        let byte: UInt8 = base[position]
        if byte == delimiter { return (position + 1, false) }
        if byte == Self.lineFeed { return (position + 1, true) }
        if byte == Self.carriageReturn {
            let pair: Bool = position + 1 < count && base[position + 1] == Self.lineFeed
            return (position + (pair ? 2 : 1), true)
        }
        return nil
    }

    /// The field that starts at a position.
    func field(at start: Int) throws(CSVFault) -> Field {
        if start < count, base[start] == Self.quote { return try quotedField(at: start) }
        var i: Int = start
        while i < count {
            let byte: UInt8 = base[i]
            if byte == delimiter || byte == Self.lineFeed || byte == Self.carriageReturn { break }
            i += 1
        }
        let end = end(at: i) ?? (count, true)
        return Field(
            start: start, end: i, next: end.next, endsRecord: end.endsRecord, isQuoted: false, hasEscapedQuotes: false)
    }

    private func quotedField(at start: Int) throws(CSVFault) -> Field {
        var i: Int = start + 1
        var escaped: Bool = false
        while true {
            while i < count, base[i] != Self.quote { i += 1 }
            if i == count { throw CSVFault(.unterminatedQuote, start) }
            if i + 1 < count, base[i + 1] == Self.quote {
                escaped = true
                i += 2
                continue
            }
            guard let end = end(at: i + 1) else { throw CSVFault(.textAfterQuote, i + 1) }
            return Field(
                start: start + 1, end: i, next: end.next, endsRecord: end.endsRecord, isQuoted: true,
                hasEscapedQuotes: escaped)
        }
    }

    /// All fields of the record that starts at a position.
    func record(at start: Int) throws(CSVFault) -> [Field] {
        var fields: [Field] = []
        var position: Int = start
        while true {
            let field: Field = try field(at: position)
            fields.append(field)
            position = field.next
            if field.endsRecord { return fields }
        }
    }

    /// The position behind line ends at `position`.
    func skippingBlankLines(_ position: Int) -> Int {
        var i: Int = position
        while i < count, base[i] == Self.lineFeed || base[i] == Self.carriageReturn { i += 1 }
        return i
    }

    /// The end of the record whose successor starts at `next`.
    func recordEnd(_ next: Int) -> Int {
        var i: Int = next
        while i > 0, base[i - 1] == Self.lineFeed || base[i - 1] == Self.carriageReturn { i -= 1 }
        return i
    }

    /// The content of a field, doubled quotes made single.
    func text(_ field: Field) -> String {
        if !field.hasEscapedQuotes {
            return String(
                decoding: UnsafeBufferPointer(start: base + field.start, count: field.end - field.start), as: UTF8.self)
        }
        var bytes: [UInt8] = []
        var i: Int = field.start
        while i < field.end {
            bytes.append(base[i])
            i += base[i] == Self.quote ? 2 : 1
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The content without spaces and tabs at its ends.
    func trimmed(_ field: Field) -> Range<Int> {
        var start: Int = field.start
        var end: Int = field.end
        while start < end, base[start] == 32 || base[start] == 9 { start += 1 }
        while end > start, base[end - 1] == 32 || base[end - 1] == 9 { end -= 1 }
        return start..<end
    }

    /// The content as a number: a decimal, or inf or infinity in any case; nil otherwise.
    func number(_ field: Field) -> Double? {
        let range: Range<Int> = trimmed(field)
        if let number = decimalNumber(base, from: range.lowerBound, to: range.upperBound) {
            return number.end == range.upperBound ? number.value : nil
        }
        if range.count < 3 || range.count > 9 { return nil }
        let bytes = UnsafeBufferPointer(start: base + range.lowerBound, count: range.count)
        switch String(decoding: bytes, as: UTF8.self).lowercased() {
        case "inf", "+inf", "infinity", "+infinity": return .infinity
        case "-inf", "-infinity": return -.infinity
        default: return nil
        }
    }
}
