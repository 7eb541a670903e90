/// Bytes of valid UTF-8 in memory.
typealias UTF8Buffer = UnsafeBufferPointer<UInt8>

extension UnsafePointer<UInt8> {
    /// The scalar that begins at a position of valid UTF-8, and its length in bytes.
    @inline(__always)
    func scalar(at position: Int) -> (value: UInt32, length: Int) {
        let first = UInt32(self[position])
        if first < 0x80 { return (first, 1) }
        let second = UInt32(self[position + 1]) & 0x3F
        if first < 0xE0 { return ((first & 0x1F) << 6 | second, 2) }
        let third = UInt32(self[position + 2]) & 0x3F
        if first < 0xF0 { return ((first & 0x0F) << 12 | second << 6 | third, 3) }
        return ((first & 0x07) << 18 | second << 12 | third << 6 | UInt32(self[position + 3]) & 0x3F, 4)
    }

    /// The start of the scalar that ends before a position of valid UTF-8.
    @inline(__always)
    func scalarStart(before position: Int) -> Int {
        var start = position - 1
        while self[start] & 0xC0 == 0x80 { start -= 1 }
        return start
    }
}

/// The length of the scalar that a lead byte of valid UTF-8 begins.
@inline(__always)
func utf8Length(ofLead byte: UInt8) -> Int {
    byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
}

extension [UInt8] {
    /// Appends a scalar in UTF-8.
    @inline(__always)
    mutating func append(scalar value: UInt32) {
        if value < 0x80 {
            append(UInt8(truncatingIfNeeded: value))
        } else if value < 0x800 {
            append(UInt8(truncatingIfNeeded: 0xC0 | value >> 6))
            append(UInt8(truncatingIfNeeded: 0x80 | value & 0x3F))
        } else {
            if value < 0x10000 {
                append(UInt8(truncatingIfNeeded: 0xE0 | value >> 12))
            } else {
                append(UInt8(truncatingIfNeeded: 0xF0 | value >> 18))
                append(UInt8(truncatingIfNeeded: 0x80 | value >> 12 & 0x3F))
            }
            append(UInt8(truncatingIfNeeded: 0x80 | value >> 6 & 0x3F))
            append(UInt8(truncatingIfNeeded: 0x80 | value & 0x3F))
        }
    }
}

/// How many of the bytes at a position form a valid scalar: 1 to 4; else 0 if they are the beginning of one that the end
/// of the bytes cuts off, or minus the number of bytes that one U+FFFD replaces.
///
/// The bad bytes that one U+FFFD stands for are the longest beginning of a valid sequence (Unicode 3.9, "maximal subpart").
func utf8Step(_ bytes: UTF8Buffer, at position: Int) -> Int {
    let first = bytes[position]
    if first < 0x80 { return 1 }
    let length: Int
    var lowest: UInt8 = 0x80
    var highest: UInt8 = 0xBF
    switch first {
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, lowest) = (3, 0xA0)
    case 0xED: (length, highest) = (3, 0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, lowest) = (4, 0x90)
    case 0xF4: (length, highest) = (4, 0x8F)
    case 0xF1...0xF3: length = 4
    default: return -1
    }
    for offset in 1..<length {
        if position + offset == bytes.count { return 0 }
        let byte = bytes[position + offset]
        if byte < lowest || byte > highest { return -offset }
        lowest = 0x80
        highest = 0xBF
    }
    return length
}

/// Where the first byte stands that is not valid UTF-8, or nil.
func firstInvalidUTF8(_ bytes: UTF8Buffer) -> Int? {
    var position = 0
    let count = bytes.count
    while position < count {
        // Eight ASCII bytes at a time: most of a vocabulary file is ASCII.
        if position + 8 <= count {
            let word = UnsafeRawPointer(bytes.baseAddress!).loadUnaligned(fromByteOffset: position, as: UInt64.self)
            if word & 0x8080_8080_8080_8080 == 0 {
                position += 8
                continue
            }
        }
        let step = utf8Step(bytes, at: position)
        if step <= 0 { return position }
        position += step
    }
    return nil
}
