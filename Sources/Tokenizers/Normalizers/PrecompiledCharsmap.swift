/// SentencePiece's compiled normalisation rules: a double-array trie (Darts) over UTF-8 and the texts it leads to.
///
/// As in the reference implementation, a grapheme cluster of fewer than six bytes is looked up whole and else scalar by
/// scalar, and of several keys that begin a text the shortest counts.
struct PrecompiledCharsmap: Sendable {
    private let units: [UInt32]
    private let texts: [UInt8]

    /// Reads the binary form; nil if the lengths do not fit.
    init?(_ data: [UInt8]) {
        guard data.count >= 4 else { return nil }
        func word(_ position: Int) -> UInt32 {
            UInt32(data[position]) | UInt32(data[position + 1]) << 8 | UInt32(data[position + 2]) << 16
                | UInt32(data[position + 3]) << 24
        }
        let size = Int(word(0))
        guard size % 4 == 0, size > 0, size <= data.count - 4 else { return nil }
        units = stride(from: 4, to: 4 + size, by: 4).map(word)
        let rest = Array(data[(4 + size)...])
        guard rest.withUnsafeBufferPointer({ firstInvalidUTF8($0) }) == nil else { return nil }
        texts = rest
    }

    func apply(to text: NormalizedText) -> NormalizedText {
        var rewriter = TextRewriter(text)
        text.bytes.withUnsafeBufferPointer { buffer in
            guard let pointer = buffer.baseAddress else { return }
            var position = 0
            func step(_ length: Int) {
                let range = position..<position + length
                if let replacement = transform(UTF8Buffer(rebasing: buffer[range])) {
                    rewriter.append(replacement, for: range)
                } else {
                    rewriter.keep(pointer, range)
                }
                position += length
            }
            while position < buffer.count {
                // A cluster ends before any ASCII character, but CR LF is one.
                if pointer[position] < 0x80, position + 1 == buffer.count || pointer[position + 1] < 0x80,
                    pointer[position] != 0x0D
                {
                    step(1)
                    continue
                }
                // Long enough for every cluster of fewer than six bytes and the scalar that shows where it ends.
                var end = min(position + 12, buffer.count)
                while end < buffer.count, pointer[end] & 0xC0 == 0x80 { end += 1 }
                let window = String(decoding: UTF8Buffer(rebasing: buffer[position..<end]), as: UTF8.self)
                let length = window[window.startIndex..<window.index(after: window.startIndex)].utf8.count
                if length < 6, position + length <= buffer.count,
                    let replacement = transform(UTF8Buffer(rebasing: buffer[position..<position + length]))
                {
                    rewriter.append(replacement, for: position..<position + length)
                    position += length
                } else {
                    let stop = position + length
                    while position < stop { step(utf8Length(ofLead: pointer[position])) }
                }
            }
        }
        return rewriter.finish()
    }

    /// What a text becomes, or nil if no rule applies. Rules begin at their text's first byte; see the type's comment.
    private func transform(_ key: UTF8Buffer) -> ArraySlice<UInt8>? {
        func offset(_ unit: UInt32) -> UInt32 { (unit >> 10) << ((unit & 1 << 9) >> 6) }
        var node = offset(units[0])
        for byte in key {
            if byte == 0 { return nil }
            node ^= UInt32(byte)
            guard Int(node) < units.count else { return nil }
            let unit = units[Int(node)]
            if unit & (1 << 31 | 0xFF) != UInt32(byte) { return nil }
            node ^= offset(unit)
            if unit >> 8 & 1 == 1 {
                guard Int(node) < units.count else { return nil }
                let start = Int(units[Int(node)] & ~(1 << 31))
                // A text never begins inside a scalar in a good file; in a damaged one it would make invalid UTF-8.
                guard start < texts.count, texts[start] & 0xC0 != 0x80 else { return nil }
                let end = texts[start...].firstIndex(of: 0) ?? texts.count
                return texts[start..<end]
            }
        }
        return nil
    }
}
