import Tensor
import Tokenizers

/// A tokenizer.json, and what it makes of a text with a little of everything and of the input itself.
func readTokenizer(_ bytes: [UInt8]) throws {
    let tokenizer = try Tokenizer(json: bytes)
    let own = String(decoding: bytes.prefix(64), as: UTF8.self)
    for text in ["Hello, wörld! 12 the[MASK]cat\n\n  <s> 🙂e\u{301}\u{0}", own] { try checkTokens(tokenizer, text) }
    let pair = tokenizer.encoding(of: "ab é", and: "x", truncation: tokenizer.truncation)
    try require(pair.ids.count == pair.typeIDs.count, "tokenizer: ids and types differ in number")
    _ = tokenizer.encodings(of: ["a", "bb cc"])
}

private func checkTokens(_ tokenizer: Tokenizer, _ text: String) throws {
    let ids = tokenizer.encode(text, allowSpecial: .all)
    let encoding = tokenizer.encoding(of: text, allowSpecial: .all)
    try require(encoding.ids == ids, "tokenizer: other ids with offsets than without")
    try require(encoding.offsets.count == ids.count, "tokenizer: ids and offsets differ in number")
    let end = text.utf8.count
    try require(
        encoding.offsets.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= end },
        "tokenizer: offsets outside the text")
    try require(ids.allSatisfy { $0 >= 0 && $0 < tokenizer.vocabularySize }, "tokenizer: an id outside the vocabulary")
    for skips in [true, false] {
        // An id that the post-processor adds need not be one of the vocabulary.
        guard let whole = try? tokenizer.decode(ids, skipSpecialTokens: skips) else { continue }
        var decoder = StreamingDecoder(tokenizer, skipSpecialTokens: skips)
        var parts = ""
        for id in ids { parts += try decoder.append(id) }
        parts += decoder.finish()
        // A run of byte tokens may turn out not to be UTF-8 after some of it was shown.
        try require(
            parts.utf8.elementsEqual(whole.utf8) || whole.unicodeScalars.contains("\u{FFFD}"),
            "tokenizer: another text is streamed")
    }
}

/// A chat template, rendered for a conversation with tools and for one that lacks what it may ask for.
func readTemplate(_ bytes: [UInt8]) throws {
    let template = try ChatTemplate(String(decoding: bytes, as: UTF8.self))
    let tool: JSON = ["type": "function", "function": ["name": "f", "parameters": ["type": "object"]]]
    let call: JSONObject = ["tool_calls": [["function": ["name": "f", "arguments": ["x": 1.5, "y": [nil, true]]]]]]
    let messages = [
        ChatMessage.system(" Be brief.\n"), .user("Höw \"are\" <you>?"),
        ChatMessage(role: "assistant", content: "", extra: call),
    ]
    let others: JSONObject = [
        "l": [3, 1, 2], "d": ["k": "v"], "s": " Hello World ", "n": nil, "ms": [["role": "user"]],
    ]
    _ = try? template.render(others, now: 1_700_000_000)
    let text = try template.render(
        messages: messages, addGenerationPrompt: true, tools: [tool], variables: ["bos_token": "<s>"])
    try require(text.utf8.count <= 64 << 20, "template: the text is longer than the limit")
}
