/// How the bytes of a text file are read.
public enum TextEncoding: Sendable, Hashable {
    /// UTF-8; other bytes are an error.
    case utf8
    /// Windows-1252, the code page of Western European spreadsheets.
    case windows1252
    /// UTF-8 where the whole file is valid, else Windows-1252.
    case utf8OrWindows1252
}

/// The bytes as UTF-8 without a byte order mark.
func decodedUTF8(_ bytes: [UInt8], encoding: TextEncoding, path: String?) throws(TableError) -> [UInt8] {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
        throw TableError(.unsupportedEncoding("UTF-16"), path: path, line: 1, column: 1)
    }
    let marked: Bool = bytes.starts(with: [0xEF, 0xBB, 0xBF])
    let invalid: Int? = encoding == .windows1252 && !marked ? nil : firstInvalidUTF8(bytes)
    if encoding == .windows1252 && !marked || (invalid != nil && encoding == .utf8OrWindows1252) {
        return windows1252AsUTF8(bytes)
    }
    if let invalid {
        let place = place(of: invalid, in: bytes)
        throw TableError(.invalidUTF8(byte: bytes[invalid]), path: path, line: place.line, column: place.column)
    }
    return marked ? Array(bytes.dropFirst(3)) : bytes
}

/// The line and the byte within it, both from 1, of a byte offset.
func place(of offset: Int, in bytes: [UInt8]) -> (line: Int, column: Int) {
    var line: Int = 1
    var start: Int = 0
    for index in 0..<min(offset, bytes.count) {
        let isLoneReturn: Bool = bytes[index] == 13 && !(index + 1 < bytes.count && bytes[index + 1] == 10)
        if bytes[index] == 10 || isLoneReturn {
            line += 1
            start = index + 1
        }
    }
    return (line, offset - start + 1)
}

/// The offset of the first byte that breaks UTF-8 (Unicode 15, table 3-7); nil where there is none.
private func firstInvalidUTF8(_ bytes: [UInt8]) -> Int? {
    bytes.withUnsafeBytes { buffer in
        var i: Int = 0
        let count: Int = buffer.count
        while i < count {
            // Eight plain ASCII bytes at a time.
            while i + 8 <= count, buffer.loadUnaligned(fromByteOffset: i, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                i += 8
            }
            if i == count { break }
            let lead: UInt8 = buffer[i]
            if lead < 0x80 {
                i += 1
                continue
            }
            let length: Int = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
            if lead < 0xC2 || lead > 0xF4 || i + length > count { return i }
            let second: UInt8 = buffer[i + 1]
            let low: UInt8 = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80
            let high: UInt8 = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF
            if second < low || second > high { return i }
            for k in 2..<max(length, 2) where buffer[i + k] & 0xC0 != 0x80 { return i }
            i += length
        }
        return nil
    }
}

private func windows1252AsUTF8(_ bytes: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count + bytes.count / 8)
    for byte in bytes {
        if byte < 0x80 {
            output.append(byte)
        } else {
            let value: UInt32 = byte < 0xA0 ? windows1252Upper[Int(byte - 0x80)] : UInt32(byte)
            if let scalar = Unicode.Scalar(value) { output.append(contentsOf: Array(String(scalar).utf8)) }
        }
    }
    return output
}

/// Code points of bytes 0x80...0x9F (WHATWG encoding standard, windows-1252).
private let windows1252Upper: [UInt32] = [
    0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160, 0x2039, 0x152, 0x8D, 0x17D, 0x8F,
    0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x2DC, 0x2122, 0x161, 0x203A, 0x153, 0x9D, 0x17E,
    0x178,
]
