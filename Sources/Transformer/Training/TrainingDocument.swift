/// The tokens of a text and which of them a model shall learn to predict.
public struct TrainingDocument: Sendable, Hashable {
    /// The tokens.
    public var tokens: [Int]
    /// Whether each token counts in the loss.
    public var isTarget: [Bool]

    /// Pairs tokens with what counts; nil for all.
    public init(_ tokens: [Int], isTarget: [Bool]? = nil) {
        self.tokens = tokens
        self.isTarget = isTarget ?? Array(repeating: true, count: tokens.count)
    }
}
