import Tensor

/// A conversation in the words of a chat template, which knows where a message merely says what looks like a special
/// token: written by a user, `<|im_end|>` is ten characters, not the end of the message.
///
/// ```swift
/// let text = try tokenizer.chatText(of: [.user("Hi")], template: template, addGenerationPrompt: true)
/// let ids = tokenizer.encode(text)
/// ```
public struct ChatText: Sendable, Hashable {
    /// The text.
    public let text: String
    /// Where special tokens begin that are ordinary characters, in bytes of UTF-8.
    let literals: Set<Int>
}

extension Tokenizer {
    /// The text of a conversation.
    ///
    /// - Parameters:
    ///   - messages: the conversation; what it says of tools and calls is ordinary text too.
    ///   - template: the words around it.
    ///   - addGenerationPrompt: end with what tells the model that it is its turn.
    ///   - tools: descriptions of the functions that the model may call; nil if it has none.
    /// - Throws: ``ChatTemplateError``.
    public func chatText(
        of messages: [ChatMessage], template: ChatTemplate, addGenerationPrompt: Bool = false, tools: [JSON]? = nil
    ) throws(ChatTemplateError) -> ChatText {
        let marks = SpecialTokenMarks(addedTokens, avoiding: messages, tools)
        let rendered = try template.render(
            messages: messages.map { message in
                ChatMessage(
                    role: message.role, content: marks.marking(message.content),
                    extra: marks.marking(message.extra))
            }, addGenerationPrompt: addGenerationPrompt, tools: tools?.map(marks.marking),
            variables: chatTemplateVariables)
        return marks.removed(from: rendered)
    }

    /// The tokens of a conversation; the template's own special tokens count, and no others.
    public func encode(_ chat: ChatText) -> [Int] { encoding(of: chat, wantsOffsets: false).ids }

    /// The tokens of a conversation with the places they stand for.
    public func encoding(of chat: ChatText) -> Encoding { encoding(of: chat, wantsOffsets: true) }

    private func encoding(of chat: ChatText, wantsOffsets: Bool) -> Encoding {
        var text = chat.text
        return text.withUTF8 { buffer in
            var run = Run(textLength: buffer.count, wantsOffsets: wantsOffsets)
            run.literals = chat.literals
            self.run(buffer, .all, &run)
            if wantsOffsets { return Encoding(ids: run.ids, offsets: run.offsets, typeID: 0) }
            var encoding = Encoding()
            encoding.ids = run.ids.map(Int.init)
            return encoding
        }
    }
}

/// Marks in messages, each after the first character of what looks like a special token; they go through the template
/// with the messages and come out where the messages are.
private struct SpecialTokenMarks {
    private let tokens: [[UInt8]]
    private let mark: [UInt8]

    /// Chooses a mark that occurs nowhere: a character for private use.
    init(_ tokens: [AddedToken], avoiding messages: [ChatMessage], _ tools: [JSON]?) {
        self.tokens = tokens.filter { $0.isSpecial && !$0.content.isEmpty }.map { Array($0.content.utf8) }
        var used: Set<UInt32> = []
        func look(_ text: String) { used.formUnion(text.unicodeScalars.lazy.map(\.value).filter { $0 >= 0xF0000 }) }
        func look(_ json: JSON) {
            if let text = json.stringValue { look(text) }
            for element in json.arrayValue ?? [] { look(element) }
            for member in json.objectValue ?? [:] {
                look(member.key)
                look(member.value)
            }
        }
        for message in messages {
            look(message.content)
            look(.object(message.extra))
        }
        tools?.forEach { look($0) }
        let free = (0xF0000...0xFFFFD).first { !used.contains($0) } ?? 0xFFFFD
        mark = Array(String(Unicode.Scalar(free).map(Character.init) ?? "\u{F0000}").utf8)
    }

    func marking(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var pending = -1
        for position in bytes.indices {
            if position == pending { result += mark }
            if tokens.contains(where: { bytes[position...].starts(with: $0) }) {
                pending = position + 1
                while pending < bytes.count, bytes[pending] & 0xC0 == 0x80 { pending += 1 }
            }
            result.append(bytes[position])
        }
        if pending == bytes.count { result += mark }
        return String(decoding: result, as: UTF8.self)
    }

    func marking(_ json: JSON) -> JSON {
        if let text = json.stringValue { return .string(marking(text)) }
        if let array = json.arrayValue { return .array(array.map(marking)) }
        if let object = json.objectValue { return .object(marking(object)) }
        return json
    }

    func marking(_ object: JSONObject) -> JSONObject {
        var result = JSONObject()
        for member in object { result[marking(member.key)] = marking(member.value) }
        return result
    }

    func removed(from text: String) -> ChatText {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var literals: Set<Int> = []
        var position = 0
        while position < bytes.count {
            if bytes[position...].starts(with: mark) {
                var start = result.count - 1
                while start > 0, result[start] & 0xC0 == 0x80 { start -= 1 }
                literals.insert(max(start, 0))
                position += mark.count
            } else {
                result.append(bytes[position])
                position += 1
            }
        }
        return ChatText(text: String(decoding: result, as: UTF8.self), literals: literals)
    }
}
