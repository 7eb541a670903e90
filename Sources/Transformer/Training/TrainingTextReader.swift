import Tensor
import Tokenizers

/// Makes training documents of texts, prompts with completions, and conversations.
///
/// ```swift
/// let reader = try TrainingTextReader(tokenizer)
/// let documents = try reader.documents(jsonLines: "chats.jsonl")
/// ```
public struct TrainingTextReader: Sendable {
    private let tokenizer: Tokenizer
    private let template: ChatTemplate?
    /// The token after each document, if any.
    public var endToken: Int?

    /// Uses a tokenizer and its chat template.
    ///
    /// - Throws: ``ChatTemplateError`` if the template cannot be parsed.
    public init(_ tokenizer: Tokenizer) throws(ChatTemplateError) {
        self.tokenizer = tokenizer
        template = try tokenizer.chatTemplate()
        endToken = tokenizer.configuration.eosToken.flatMap { tokenizer.id(ofToken: $0) }
    }

    /// A text, every token of which counts. Special tokens in it are ordinary characters.
    public func document(text: String) -> TrainingDocument {
        TrainingDocument(tokenizer.encode(text, addSpecialTokens: false) + (endToken.map { [$0] } ?? []))
    }

    /// A completion that shall follow a prompt; only the completion counts.
    public func document(prompt: String, completion: String) -> TrainingDocument {
        let first = tokenizer.encode(prompt, addSpecialTokens: false)
        let second = tokenizer.encode(completion, addSpecialTokens: false) + (endToken.map { [$0] } ?? [])
        let counts = Array(repeating: false, count: first.count) + Array(repeating: true, count: second.count)
        return TrainingDocument(first + second, isTarget: counts)
    }

    /// A conversation in the words of the chat template; what the assistant says counts, with what ends its turns. What
    /// looks like a special token inside a message is ordinary characters.
    ///
    /// - Throws: ``TrainingDataError`` if there is no template, it fails, or a longer conversation does not begin like a
    /// shorter one, so that nobody can tell where a turn begins.
    public func document(chat: [ChatMessage]) throws(TrainingDataError) -> TrainingDocument {
        guard let template else { throw TrainingDataError("the tokenizer has no chat template") }
        func render(_ count: Int, asks: Bool = false) throws(TrainingDataError) -> ChatText {
            do {
                return try tokenizer.chatText(
                    of: Array(chat.prefix(count)), template: template, addGenerationPrompt: asks)
            } catch { throw TrainingDataError("the chat template failed: \(error)") }
        }
        let whole = try render(chat.count)
        let text = whole.text
        let encoding = tokenizer.encoding(of: whole)
        var counts = Array(repeating: false, count: encoding.count)
        for (index, message) in chat.enumerated() where message.role == "assistant" {
            let (before, after) = (try render(index, asks: true).text, try render(index + 1).text)
            guard after.utf8.starts(with: before.utf8), text.utf8.starts(with: after.utf8) else {
                throw TrainingDataError(
                    "message \(index + 1): the template writes it differently in a longer conversation")
            }
            let turn = before.utf8.count..<after.utf8.count
            for (token, range) in encoding.offsets.enumerated() where turn.contains(range.lowerBound) {
                counts[token] = true
            }
        }
        return TrainingDocument(encoding.ids, isTarget: counts)
    }

    /// The documents of a file with a JSON object on each line: `{"text": ...}`, `{"prompt": ..., "completion": ...}` or
    /// `{"messages": [{"role": ..., "content": ...}, ...]}`. Empty lines are skipped.
    ///
    /// - Throws: ``TrainingDataError`` with the file and the line.
    public func documents(jsonLines path: String) throws(TrainingDataError) -> [TrainingDocument] {
        let bytes: [UInt8]
        do { bytes = try MappedFile(contentsOf: path).array } catch { throw TrainingDataError("\(error)") }
        var documents: [TrainingDocument] = []
        for (number, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            do throws(TrainingDataError) {
                let json: JSON
                do { json = try JSON(parsing: Array(line)) } catch { throw TrainingDataError("\(error)") }
                documents.append(try document(json))
            } catch {
                throw TrainingDataError("\(path), line \(number + 1): \(error.problem)")
            }
        }
        return documents
    }

    private func document(_ json: JSON) throws(TrainingDataError) -> TrainingDocument {
        if let text = json["text"]?.stringValue { return document(text: text) }
        if let prompt = json["prompt"]?.stringValue, let completion = json["completion"]?.stringValue {
            return document(prompt: prompt, completion: completion)
        }
        guard let messages = json["messages"]?.arrayValue else {
            throw TrainingDataError("there is neither \"text\" nor \"prompt\" with \"completion\" nor \"messages\"")
        }
        var chat: [ChatMessage] = []
        for (index, message) in messages.enumerated() {
            guard let role = message["role"]?.stringValue, let content = message["content"]?.stringValue else {
                throw TrainingDataError("message \(index + 1) has no texts \"role\" and \"content\"")
            }
            chat.append(ChatMessage(role: role, content: content))
        }
        return try document(chat: chat)
    }
}

/// Why training data could not be read.
public struct TrainingDataError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, and where.
    public var problem: String

    init(_ problem: String) { self.problem = problem }

    /// The problem as a sentence.
    public var description: String { "The training data cannot be used: \(problem)." }
}
