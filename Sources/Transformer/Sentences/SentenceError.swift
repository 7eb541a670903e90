/// Why sentences could not be encoded.
public enum SentenceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A sentence cannot have so many tokens at most: it needs two at least, and the model's positions hold so many.
    case maximumTokens(Int, limit: Int)

    /// The error as a sentence.
    public var description: String {
        switch self {
        case .maximumTokens(let count, let limit):
            "A sentence cannot have \(count) tokens at most; expected 2 to \(limit)."
        }
    }
}
