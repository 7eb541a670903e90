/// Finds added tokens in a text: at each place the longest, from left to right.
struct AddedTokenMatcher: Sendable {
    private var trie = ByteTrie()
    private var tokens: [AddedToken] = []

    /// Whether there is nothing to find.
    var isEmpty: Bool { trie.isEmpty }

    /// Adds a token that is found by a text, which normalisation may have changed.
    mutating func insert(_ token: AddedToken, as text: [UInt8]) {
        text.withUnsafeBufferPointer { trie.insert($0, value: Int32(tokens.count)) }
        tokens.append(token)
    }

    /// Calls a function with the added tokens in a range and with what lies between them (nil), in order.
    ///
    /// What is found but not allowed, or a special token that is meant literally, stays part of the text, and nothing is looked for inside it.
    func forEachSegment(
        in text: UTF8Buffer, _ range: Range<Int>, _ policy: SpecialTokenPolicy,
        isLiteral: (Range<Int>) -> Bool = { _ in false }, _ body: (AddedToken?, Range<Int>) -> Void
    ) {
        var start = range.lowerBound
        var position = range.lowerBound
        while !isEmpty, position < range.upperBound {
            guard trie.hasKey(beginningWith: text[position]) else {
                position += 1
                continue
            }
            var match: (end: Int, token: Int32)?
            trie.forEachPrefix(of: UTF8Buffer(rebasing: text[..<range.upperBound]), from: position) { end, token in
                match = (end, token)
            }
            guard let match else {
                position += 1
                continue
            }
            let token = tokens[Int(match.token)]
            defer { position = match.end }
            if !policy.allows(token) || (token.isSpecial && isLiteral(position..<match.end)) { continue }
            if token.isSingleWord,
                AddedTokenMatcher.endsWithWord(text, range.lowerBound..<position)
                    || AddedTokenMatcher.beginsWithWord(text, match.end..<range.upperBound)
            {
                continue
            }
            var tokenStart = position
            var tokenEnd = match.end
            let pointer = text.baseAddress!
            while token.stripsLeft, tokenStart > start, case let previous = pointer.scalarStart(before: tokenStart),
                ScalarClass(of: pointer.scalar(at: previous).value).contains(.space)
            {
                tokenStart = previous
            }
            while token.stripsRight, tokenEnd < range.upperBound, case let next = pointer.scalar(at: tokenEnd),
                ScalarClass(of: next.value).contains(.space)
            {
                tokenEnd += next.length
            }
            // The token before may have swallowed the white space that this one begins with.
            if start < tokenStart { body(nil, start..<tokenStart) }
            body(token, max(tokenStart, start)..<max(tokenEnd, start))
            start = max(tokenEnd, start)
        }
        if start < range.upperBound { body(nil, start..<range.upperBound) }
    }

    private static func endsWithWord(_ text: UTF8Buffer, _ range: Range<Int>) -> Bool {
        if range.isEmpty { return false }
        let pointer = text.baseAddress!
        return ScalarClass(of: pointer.scalar(at: pointer.scalarStart(before: range.upperBound)).value)
            .contains(.word)
    }

    private static func beginsWithWord(_ text: UTF8Buffer, _ range: Range<Int>) -> Bool {
        !range.isEmpty && ScalarClass(of: text.baseAddress!.scalar(at: range.lowerBound).value).contains(.word)
    }
}
