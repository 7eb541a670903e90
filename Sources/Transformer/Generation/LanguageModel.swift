import Glibc
import Tensor
import Tokenizers

/// A decoder with its tokenizer: text in, text out.
///
/// ```swift
/// let model = try LanguageModel(gguf: "SmolLM2-135M-Instruct.Q4_1.gguf")
/// let options = GenerationOptions(sampling: try .init(temperature: 0.7, topP: 0.9, seed: 1))
/// for try await piece in try model.generate(chat: [.user("Hi")], options: options) { print(piece, terminator: "") }
/// ```
public struct LanguageModel: Sendable {
    /// The network.
    public var model: TransformerModel

    /// Turns text into tokens and back.
    public let tokenizer: Tokenizer

    /// The text that the model expects for a conversation, if it knows any.
    public let chatTemplate: ChatTemplate?

    /// The tokens that end a text.
    public var endTokens: [Int]

    /// Puts a network and a tokenizer together.
    ///
    /// - Throws: ``GenerationError/notADecoder`` for an encoder, ``GenerationError/chatTemplate(_:)`` if the tokenizer's
    ///   template cannot be parsed.
    public init(_ model: TransformerModel, _ tokenizer: Tokenizer) throws(GenerationError) {
        guard model.configuration.family.isCausal else { throw .notADecoder }
        self.model = model
        self.tokenizer = tokenizer
        endTokens = model.configuration.endTokens
        do { chatTemplate = try tokenizer.chatTemplate() } catch { throw .chatTemplate(error) }
        // Chats end with a token of their own, which the configuration of the network may not know.
        if let end = tokenizer.configuration.eosToken.flatMap({ tokenizer.id(ofToken: $0) }), !endTokens.contains(end) {
            endTokens.append(end)
        }
    }

    /// Reads a folder in Hugging Face's layout: config.json, generation_config.json if there is one, the weights and the
    /// tokenizer.
    public init(folder: String) throws {
        let model = try TransformerModel(folder: folder)
        let tokenizer: Tokenizer
        do { tokenizer = try Tokenizer(directory: folder) } catch { throw ModelFileError.tokenizer(error) }
        try self.init(model, tokenizer)
        let path = "\(folder)/generation_config.json"
        guard access(path, R_OK) == 0 else { return }
        let json: JSON
        do { json = try MappedFile(contentsOf: path).json() } catch { throw ModelFileError.file(error) }
        let more =
            json["eos_token_id"]?.arrayValue?.compactMap(\.intValue)
            ?? [json["eos_token_id"]?.intValue].compactMap { $0 }
        for token in more where !endTokens.contains(token) { endTokens.append(token) }
    }

    /// Reads a GGUF file, which has its tokenizer in it; quantised weights stay quantised.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - precision: how it computes with quantised weights.
    public init(gguf path: String, precision: GGUFPrecision = .quantized) throws {
        let file: GGUFFile
        do { file = try GGUFFile(contentsOf: path) } catch { throw ModelFileError.file(error) }
        let model = try TransformerModel(gguf: file, precision: precision)
        let tokenizer: Tokenizer
        do { tokenizer = try Tokenizer(gguf: file) } catch { throw ModelFileError.tokenizer(error) }
        try self.init(model, tokenizer)
    }

    /// The tokens of a conversation that end with the model's turn. The template's special tokens count; what looks like one
    /// inside a message is ordinary characters.
    ///
    /// - Throws: ``GenerationError/noChatTemplate``, ``GenerationError/chatTemplate(_:)``.
    public func tokens(chat: [ChatMessage], tools: [JSON]? = nil) throws(GenerationError) -> [Int] {
        guard let chatTemplate else { throw .noChatTemplate }
        do {
            return tokenizer.encode(
                try tokenizer.chatText(of: chat, template: chatTemplate, addGenerationPrompt: true, tools: tools))
        } catch { throw .chatTemplate(error) }
    }

    /// Generates what follows a text, piece by piece. Special tokens in the text are ordinary characters.
    public func generate(
        _ prompt: String, options: GenerationOptions = GenerationOptions(), prefixes: PrefixCache? = nil
    ) throws(GenerationError) -> GenerationStream {
        try generate(tokens: tokenizer.encode(prompt), options: options, prefixes: prefixes)
    }

    /// Generates the model's answer in a conversation, piece by piece.
    public func generate(
        chat: [ChatMessage], options: GenerationOptions = GenerationOptions(), prefixes: PrefixCache? = nil
    ) throws(GenerationError) -> GenerationStream {
        try generate(tokens: tokens(chat: chat), options: options, prefixes: prefixes)
    }

    /// Generates what follows some tokens, piece by piece.
    ///
    /// - Parameters:
    ///   - prompt: the tokens, at least one.
    ///   - options: how the text goes on and when it ends.
    ///   - prefixes: remembers the past of prompts, so that a conversation's next turn costs its new tokens only.
    public func generate(
        tokens prompt: [Int], options: GenerationOptions = GenerationOptions(), prefixes: PrefixCache? = nil
    ) throws(GenerationError) -> GenerationStream {
        var options = options
        options.endTokens = options.endTokens ?? endTokens
        return try GenerationStream(self, prompt, options, prefixes)
    }
}
