/// What is generated after a prompt, and when it ends.
public struct GenerationOptions: Sendable {
    /// How tokens are chosen.
    public var sampling: SamplingOptions
    /// The most tokens, not below 0.
    public var maximumTokens: Int { didSet { maximumTokens = max(0, maximumTokens) } }
    /// The tokens that end a sequence; nil for the model's own.
    public var endTokens: [Int]?
    /// Texts that end a sequence; they are left out, also where they begin inside a token.
    public var stopStrings: [String] { didSet { stopStrings.removeAll(where: \.isEmpty) } }
    /// How many alternatives each token comes with, not below 0.
    public var alternativeCount: Int { didSet { alternativeCount = max(0, alternativeCount) } }
    /// What the text must look like; nil for any.
    public var constraint: (any TokenConstraint)?

    /// Describes what to generate.
    public init(
        sampling: SamplingOptions = .greedy, maximumTokens: Int = 256, endTokens: [Int]? = nil,
        stopStrings: [String] = [], alternativeCount: Int = 0, constraint: (any TokenConstraint)? = nil
    ) {
        self.sampling = sampling
        self.maximumTokens = max(0, maximumTokens)
        self.endTokens = endTokens
        self.stopStrings = stopStrings.filter { !$0.isEmpty }
        self.alternativeCount = max(0, alternativeCount)
        self.constraint = constraint
    }
}

/// Why a sequence ended.
public enum FinishReason: String, Sendable, Hashable {
    /// The model ended it.
    case endToken
    /// The constraint's form is complete and the model has no token to end with.
    case constraint
    /// A stop string came.
    case stopString
    /// It has as many tokens as were asked for.
    case maximumTokens
    /// The model's context is full.
    case contextFull
    /// No next token could be chosen.
    case failure
}
