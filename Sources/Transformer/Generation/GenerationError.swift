import Tokenizers

/// Why text could not be generated.
public enum GenerationError: Error, Sendable, CustomStringConvertible {
    /// An encoder cannot generate.
    case notADecoder
    /// A prompt has no tokens.
    case emptyPrompt
    /// A token is not in the model's vocabulary.
    case unknownToken(id: Int, vocabularySize: Int)
    /// A prompt is longer than the model's context.
    case promptTooLong(count: Int, limit: Int)
    /// The model gave NaN or infinity.
    case invalidLogits(value: Float)
    /// No token may come next: the constraint allows none, or biases exclude all.
    case nothingAllowed
    /// The model has no chat template.
    case noChatTemplate
    /// The chat template failed.
    case chatTemplate(ChatTemplateError)
    /// The tokenizer has no such token.
    case tokenizer(TokenizerError)

    /// The error as a sentence.
    public var description: String {
        switch self {
        case .notADecoder: "The model is an encoder, which generates nothing."
        case .emptyPrompt: "The prompt has no tokens."
        case .unknownToken(let id, let size): "The token \(id) is not one of the model's \(size)."
        case .promptTooLong(let count, let limit): "The prompt has \(count) tokens; the model's context holds \(limit)."
        case .invalidLogits(let value): "The model gave the logit \(value)."
        case .nothingAllowed: "No token may come next."
        case .noChatTemplate: "The model has no chat template."
        case .chatTemplate(let error): "The chat template failed: \(error)."
        case .tokenizer(let error): "\(error)"
        }
    }
}
