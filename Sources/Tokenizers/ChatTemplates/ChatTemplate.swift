import Tensor

/// A message of a conversation.
public struct ChatMessage: Sendable, Hashable {
    /// Who speaks: `system`, `user`, `assistant` or `tool`.
    public var role: String
    /// What is said.
    public var content: String
    /// What else a template may read, such as `tool_calls` or `name`.
    public var extra: JSONObject

    /// Creates a message.
    public init(role: String, content: String, extra: JSONObject = [:]) {
        self.role = role
        self.content = content
        self.extra = extra
    }

    /// A message that sets the scene.
    public static func system(_ content: String) -> ChatMessage { ChatMessage(role: "system", content: content) }
    /// A message of the user.
    public static func user(_ content: String) -> ChatMessage { ChatMessage(role: "user", content: content) }
    /// A message of the model.
    public static func assistant(_ content: String) -> ChatMessage { ChatMessage(role: "assistant", content: content) }

    var json: JSON {
        var object: JSONObject = ["role": .string(role), "content": .string(content)]
        for member in extra { object[member.key] = member.value }
        return .object(object)
    }
}

/// The text that a model expects for a conversation, as a template in a part of the Jinja language.
///
/// ```swift
/// let template = try ChatTemplate("{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}")
/// let text = try template.render(messages: [.user("Hi")], addGenerationPrompt: true)   // <user>Hi
/// ```
///
/// The language is what the templates of published models use, with transformers' settings: `trim_blocks`,
/// `lstrip_blocks`, loop controls, `tojson` without HTML escapes, `raise_exception`, `strftime_now`, `{% generation %}`.
/// There is no `include`, `import`, `extends` and no recursive loop. A template comes with a model's files, so its work and
/// its output are bounded.
public struct ChatTemplate: Sendable {
    /// The template's text.
    public let source: String
    private let statements: [TemplateStatement]

    /// Parses a template.
    public init(_ source: String) throws(ChatTemplateError) {
        self.source = source
        var parser = try TemplateParser(source)
        statements = try parser.parse()
    }

    /// The text of a conversation.
    ///
    /// - Parameters:
    ///   - messages: the conversation.
    ///   - addGenerationPrompt: end with what tells the model that it is its turn.
    ///   - tools: descriptions of the functions that the model may call; nil if it has none.
    ///   - variables: further variables, such as `bos_token` or `enable_thinking`.
    public func render(
        messages: [ChatMessage], addGenerationPrompt: Bool = false, tools: [JSON]? = nil, variables: JSONObject = [:]
    ) throws(ChatTemplateError) -> String {
        var all: JSONObject = [
            "messages": .array(messages.map(\.json)), "add_generation_prompt": .bool(addGenerationPrompt),
        ]
        if let tools { all["tools"] = .array(tools) }
        for variable in variables { all[variable.key] = variable.value }
        return try render(all)
    }

    /// The text of the template for some variables.
    ///
    /// - Parameters:
    ///   - variables: the variables by name.
    ///   - now: seconds since 1970 for `strftime_now`; nil for the clock.
    public func render(_ variables: JSONObject, now: Int? = nil) throws(ChatTemplateError) -> String {
        let values = Dictionary(variables.map { ($0.key, TemplateValue($0.value)) }, uniquingKeysWith: { $1 })
        return try TemplateRenderer(variables: values, now: now).render(statements)
    }
}

extension Tokenizer {
    /// The chat template of the tokenizer's folder or GGUF file; nil if there is none.
    public func chatTemplate() throws(ChatTemplateError) -> ChatTemplate? {
        guard let source = configuration.chatTemplate else { return nil }
        return try ChatTemplate(source)
    }

    /// The variables that transformers gives to every template: the names of the special tokens.
    public var chatTemplateVariables: JSONObject {
        var result = JSONObject()
        for (name, token) in [
            ("bos_token", configuration.bosToken), ("eos_token", configuration.eosToken),
            ("pad_token", configuration.padToken), ("unk_token", configuration.unknownToken),
        ] {
            if let token { result[name] = .string(token) }
        }
        return result
    }
}
