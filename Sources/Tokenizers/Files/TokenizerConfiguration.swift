import Tensor

/// What stands beside a tokenizer: the chat template and the names of special tokens, from tokenizer_config.json,
/// chat_template.jinja or the metadata of a GGUF file.
public struct TokenizerConfiguration: Sendable, Hashable {
    /// The source of the chat template.
    public var chatTemplate: String?
    /// Further templates by name, such as `tool_use`.
    public var namedChatTemplates: [String: String] = [:]
    /// The token that begins a text.
    public var bosToken: String?
    /// The token that ends one.
    public var eosToken: String?
    /// The token that fills a batch.
    public var padToken: String?
    /// The token for what is unknown.
    public var unknownToken: String?

    /// Creates an empty configuration.
    public init() {}

    /// Reads the members of a tokenizer_config.json; what is missing stays nil.
    init(_ json: JSON) {
        // A special token is a string or an AddedToken object.
        func token(_ key: String) -> String? { json[key]?.stringValue ?? json[key]?["content"]?.stringValue }
        bosToken = token("bos_token")
        eosToken = token("eos_token")
        padToken = token("pad_token")
        unknownToken = token("unk_token")
        chatTemplate = json["chat_template"]?.stringValue
        for entry in json["chat_template"]?.arrayValue ?? [] {
            guard let name = entry["name"]?.stringValue, let source = entry["template"]?.stringValue else { continue }
            if name == "default" { chatTemplate = source } else { namedChatTemplates[name] = source }
        }
    }
}
