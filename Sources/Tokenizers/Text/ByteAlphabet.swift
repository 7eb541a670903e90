/// The byte-level alphabet of GPT-2: every byte has a visible character of its own.
///
/// Bytes that are visible in Latin-1 stand for themselves, the other 68 for U+0100 upwards in their order; a space is Ġ.
enum ByteAlphabet {
    /// The scalar of each byte.
    static let scalars: [UInt32] = {
        var next: UInt32 = 0x100
        return (UInt32(0)..<256).map { byte in
            switch byte {
            case 33...126, 161...172, 174...255: return byte
            default:
                defer { next += 1 }
                return next
            }
        }
    }()

    /// The byte of each scalar below U+0144, or -1.
    static let bytes: [Int16] = {
        var result = [Int16](repeating: -1, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { result[Int(scalar)] = Int16(byte) }
        return result
    }()

    /// Appends the bytes that a token stands for: all of it through the alphabet, or its own UTF-8 if any scalar is not
    /// in the alphabet, as for added tokens.
    static func decode(_ token: UTF8Buffer, into result: inout [UInt8]) {
        guard let pointer = token.baseAddress else { return }
        let start = result.count
        var position = 0
        while position < token.count {
            let (value, length) = pointer.scalar(at: position)
            guard value < 0x144, case let byte = bytes[Int(value)], byte >= 0 else {
                result.removeLast(result.count - start)
                result.append(contentsOf: token)
                return
            }
            result.append(UInt8(truncatingIfNeeded: byte))
            position += length
        }
    }

    /// Appends bytes written in the alphabet.
    static func encode(_ bytes: UTF8Buffer, into result: inout [UInt8]) {
        for byte in bytes { result.append(scalar: scalars[Int(byte)]) }
    }
}

extension NormalizedText {
    /// The text in the byte-level alphabet, and its pieces moved accordingly; nil stands for all of it.
    func byteLevelEncoded(_ pieces: [Piece]?) -> (text: NormalizedText, pieces: [Piece]) {
        var rewriter = TextRewriter(self)
        var result: [Piece] = []
        bytes.withUnsafeBufferPointer { buffer in
            guard let pointer = buffer.baseAddress else { return }
            for piece in pieces ?? [Piece(0..<buffer.count)] {
                let start = rewriter.bytes.count
                var position = Int(piece.start)
                while position < Int(piece.end) {
                    // Every byte of a scalar stands for the whole scalar.
                    let next = position + utf8Length(ofLead: pointer[position])
                    for i in position..<next {
                        rewriter.append(ByteAlphabet.scalars[Int(pointer[i])], for: position..<next)
                    }
                    position = next
                }
                result.append(Piece(start..<rewriter.bytes.count))
            }
        }
        return (rewriter.finish(), result)
    }
}
