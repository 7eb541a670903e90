extension Tokenizer {
    /// The bytes that a token adds to a text that has begun; nil for special tokens and ids without a token.
    ///
    /// They need not be whole characters. Empty for tokens that add nothing.
    public func bytes(ofToken id: Int) -> [UInt8]? {
        if isSpecial(id) { return nil }
        if decodesBytes {
            var bytes: [UInt8] = []
            return (try? appendBytes(of: id, to: &bytes)) == nil ? nil : bytes
        }
        guard let content = withToken(id, { Array($0) }) else { return nil }
        // A byte of byte fallback: <0x0A>.
        if content.count == 6, content.starts(with: "<0x".utf8), content[5] == UInt8(ascii: ">"),
            let byte = UInt8(String(decoding: content[3..<5], as: UTF8.self), radix: 16)
        {
            return [byte]
        }
        // What a token adds behind itself, since the first of a text may lose its space.
        guard let once = try? decode([id], skipSpecialTokens: false),
            let twice = try? decode([id, id], skipSpecialTokens: false), twice.utf8.count >= once.utf8.count
        else { return nil }
        return Array(twice.utf8.dropFirst(once.utf8.count))
    }
}
