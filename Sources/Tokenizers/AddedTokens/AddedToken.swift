/// A token that is found in the text before the model sees it, such as `<|im_start|>` or `[MASK]`.
public struct AddedToken: Sendable, Hashable {
    /// The text of the token.
    public var content: String
    /// The token's id.
    public var id: Int
    /// It counts only where no word character touches it.
    public var isSingleWord: Bool
    /// It swallows the white space on its left.
    public var stripsLeft: Bool
    /// It swallows the white space on its right.
    public var stripsRight: Bool
    /// It is looked for in the normalised text, not in the original.
    public var isNormalized: Bool
    /// It steers the model: user text must not contain it, and decoding may leave it out.
    public var isSpecial: Bool

    /// Creates a token.
    public init(
        _ content: String, id: Int, isSpecial: Bool = false, isNormalized: Bool = false, isSingleWord: Bool = false,
        stripsLeft: Bool = false, stripsRight: Bool = false
    ) {
        self.content = content
        self.id = id
        self.isSingleWord = isSingleWord
        self.stripsLeft = stripsLeft
        self.stripsRight = stripsRight
        self.isNormalized = isNormalized
        self.isSpecial = isSpecial
    }
}

/// Which special tokens a text may contain.
///
/// Text from users must not steer a model: written by a user, `<|im_end|>` should be twelve characters, not the end of
/// the message. Added tokens that are not special are always found.
public enum SpecialTokenPolicy: Sendable, Hashable {
    /// Special tokens in the text are ordinary characters.
    case none
    /// Every special token in the text counts: for text made by a chat template.
    case all
    /// Only these special tokens count.
    case only(Set<String>)

    func allows(_ token: AddedToken) -> Bool {
        if !token.isSpecial { return true }
        switch self {
        case .none: return false
        case .all: return true
        // A set of strings compares canonical equivalents as equal; the names of special tokens are ASCII.
        case .only(let names): return names.contains(token.content)
        }
    }
}
