/// WordPiece (Schuster and Nakajima 2012; BERT): the longest token that begins the word, then the longest that goes on.
struct WordPieceModel: Sendable {
    let vocabulary: Vocabulary
    let unknownID: Int32
    let continuingPrefix: [UInt8]
    /// Longer words are unknown, in scalars.
    let maximumWordLength: Int

    /// The length of the longest token in bytes: no longer part of a word need be looked up.
    private let longestToken: Int

    init(vocabulary: Vocabulary, unknownID: Int32, continuingPrefix: [UInt8], maximumWordLength: Int) {
        self.vocabulary = vocabulary
        self.unknownID = unknownID
        self.continuingPrefix = continuingPrefix
        self.maximumWordLength = maximumWordLength
        var longest = 0
        vocabulary.forEach { token, _ in longest = max(longest, token.count) }
        longestToken = longest
    }

    /// The tokens of a word; the unknown token alone if any part of it has none.
    func tokenize(_ word: UTF8Buffer, _ scratch: inout [UInt8], into result: inout TokenBuffer) {
        let mark = result.ids.count
        var length = 0
        for byte in word where byte & 0xC0 != 0x80 { length += 1 }
        var start = length > maximumWordLength ? -1 : 0
        while start >= 0, start < word.count {
            var end = min(word.count, start + longestToken)
            // Not inside a scalar.
            while end < word.count, word[end] & 0xC0 == 0x80 { end += 1 }
            scratch.removeAll(keepingCapacity: true)
            if start > 0 { scratch.append(contentsOf: continuingPrefix) }
            let prefix = scratch.count
            scratch.append(contentsOf: UTF8Buffer(rebasing: word[start..<end]))
            let found: Int32? = scratch.withUnsafeBufferPointer { buffer in
                while end > start {
                    if let id = vocabulary.id(of: UTF8Buffer(rebasing: buffer[..<(prefix + end - start)])) {
                        return id
                    }
                    end = word.baseAddress!.scalarStart(before: end)
                }
                return nil
            }
            if let found {
                result.append(found, end: end)
                start = end
            } else {
                start = -1
            }
        }
        if start < 0 {
            result.ids.removeLast(result.ids.count - mark)
            result.ends.removeLast(result.ends.count - mark)
            result.append(unknownID, end: word.count)
        }
    }
}
