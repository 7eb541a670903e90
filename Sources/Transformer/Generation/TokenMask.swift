/// A set of tokens, a bit each.
public struct TokenMask: Sendable, Hashable {
    private var words: [UInt64]
    /// The number of tokens that there are.
    public let vocabularySize: Int

    /// Creates a set of no tokens.
    public init(vocabularySize: Int) {
        self.vocabularySize = vocabularySize
        words = Array(repeating: 0, count: (vocabularySize + 63) / 64)
    }

    /// Whether a token is in the set.
    public func contains(_ token: Int) -> Bool {
        token >= 0 && token < vocabularySize && words[token >> 6] & (1 << UInt64(token & 63)) != 0
    }

    /// Adds a token; one that there is not is ignored.
    public mutating func insert(_ token: Int) {
        if token >= 0, token < vocabularySize { words[token >> 6] |= 1 << UInt64(token & 63) }
    }

    /// Takes a token out.
    public mutating func remove(_ token: Int) {
        if token >= 0, token < vocabularySize { words[token >> 6] &= ~(1 << UInt64(token & 63)) }
    }

    /// Whether there is no token in the set.
    public var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    /// The number of tokens in the set.
    public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }
}
