extension Tokenizer {
    /// The text of tokens.
    ///
    /// - Parameters:
    ///   - ids: tokens; none gives the empty text.
    ///   - skipSpecialTokens: leave special tokens out.
    /// - Throws: ``TokenizerError`` for an id that no token has.
    public func decode(_ ids: some Sequence<Int>, skipSpecialTokens: Bool = true) throws(TokenizerError) -> String {
        if decodesBytes {
            var bytes: [UInt8] = []
            for id in ids where !(skipSpecialTokens && isSpecial(id)) { try appendBytes(of: id, to: &bytes) }
            // Replaces what is not UTF-8 as `repairedUTF8` does, without a second pass.
            return String(decoding: bytes, as: UTF8.self)
        }
        var tokens: [[UInt8]] = []
        for id in ids where !(skipSpecialTokens && isSpecial(id)) {
            guard let token = withToken(id, { Array($0) }) else { throw unknownID(id) }
            tokens.append(token)
        }
        guard let decoder else { return String(decoding: Array(tokens.joined(separator: " ".utf8)), as: UTF8.self) }
        if tokens.isEmpty { return "" }
        return String(decoding: Array(decoder.apply(to: tokens).joined()), as: UTF8.self)
    }

    /// Appends the bytes of a byte-level token.
    func appendBytes(of id: Int, to bytes: inout [UInt8]) throws(TokenizerError) {
        if withToken(id, { ByteAlphabet.decode($0, into: &bytes) }) == nil { throw unknownID(id) }
    }

    private func unknownID(_ id: Int) -> TokenizerError {
        TokenizerError(
            path: "decode", problem: "no token has the id \(id)", expected: "0 to \(vocabularySize - 1)")
    }
}
