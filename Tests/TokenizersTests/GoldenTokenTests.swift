import GoldenSupport
import Tensor
import Testing
import Tokenizers

@Suite("Tokens agree with the tokenizers package")
struct GoldenTokenTests {
    private static let topic = "core/tokenizers"

    @Test("ids and texts of the real vocabularies")
    func realVocabularies() throws {
        for folder in try Golden.folders(topic: GoldenTokenTests.topic) {
            let cases = try #require(folder.index("tokenizers.json")["cases"]?.objectValue)
            #expect(!cases.isEmpty)
            for member in cases {
                let name = member.key.hasSuffix("_pairs") ? String(member.key.dropLast(6)) : member.key
                let tokenizer = try TokenizerFiles.load(name, near: folder)
                for json in try #require(member.value.arrayValue) {
                    try check(json, tokenizer, "\(folder) \(member.key)")
                }
            }
        }
    }

    @Test("ids and texts of the miniature vocabularies")
    func miniatureVocabularies() throws {
        for folder in try Golden.folders(topic: GoldenTokenTests.topic) {
            let cases = try #require(folder.index("mini_tokenizers.json").objectValue)
            #expect(!cases.isEmpty)
            for member in cases {
                let tokenizer = try TokenizerFiles.load(member.key, near: folder)
                for json in try #require(member.value.arrayValue) {
                    let text = try #require(json["text"]?.stringValue)
                    let ids = tokenizer.encode(text, allowSpecial: .all)
                    #expect(ids == json["ids"]?.integers, "\(folder) \(member.key): \(text.debugDescription)")
                    try checkAgreement(tokenizer, text, ids)
                    try checkDecoding(tokenizer, ids, json, skipSpecialTokens: true, "\(member.key) \(text)")
                }
            }
        }
    }

    /// A case with `ids_special` has ids without and with special tokens, one with only `ids` those of a default call; `a`
    /// and `b` are a pair.
    private func check(_ json: JSON, _ tokenizer: Tokenizer, _ place: String) throws {
        if let a = json["a"]?.stringValue {
            let encoding = tokenizer.encoding(of: a, and: try #require(json["b"]?.stringValue), allowSpecial: .all)
            #expect(encoding.ids == json["ids"]?.integers, "\(place): \(a)")
            #expect(encoding.typeIDs == json["type_ids"]?.integers, "\(place): \(a)")
            return
        }
        let text = try #require(json["text"]?.stringValue)
        let comment = "\(place): \(text.debugDescription)"
        if let special = json["ids_special"] {
            let ids = tokenizer.encode(text, addSpecialTokens: false, allowSpecial: .all)
            #expect(ids == json["ids"]?.integers, "\(comment)")
            let specialIDs = tokenizer.encode(text, allowSpecial: .all)
            #expect(specialIDs == special.integers, "\(comment)")
            try checkAgreement(tokenizer, text, specialIDs)
            try checkDecoding(tokenizer, specialIDs, json, skipSpecialTokens: true, comment)
            if let tokens = json["tokens"]?.strings {
                #expect(sameBytes(ids.compactMap { tokenizer.token(withID: $0) }, tokens), "\(comment)")
            }
        } else {
            let ids = tokenizer.encode(text, allowSpecial: .all)
            #expect(ids == json["ids"]?.integers, "\(comment)")
            try checkAgreement(tokenizer, text, ids)
            try checkDecoding(tokenizer, ids, json, skipSpecialTokens: false, comment)
        }
    }

    /// Every way to encode gives the same tokens, and offsets lie in the text in order.
    private func checkAgreement(_ tokenizer: Tokenizer, _ text: String, _ ids: [Int]) throws {
        let encoding = tokenizer.encoding(of: text, allowSpecial: .all)
        #expect(encoding.ids == ids, "\(text)")
        #expect(tokenizer.encode(bytes: Array(text.utf8), allowSpecial: .all) == ids, "\(text)")
        for offset in encoding.offsets {
            #expect(offset.upperBound <= text.utf8.count, "\(text)")
            let part = Array(text.utf8)[offset]
            #expect(String(validating: part, as: UTF8.self) != nil, "offsets \(offset) cut a character of \(text)")
        }
    }

    private func checkDecoding(
        _ tokenizer: Tokenizer, _ ids: [Int], _ json: JSON, skipSpecialTokens: Bool, _ comment: String
    ) throws {
        let expected = try #require(json["decoded"]?.stringValue)
        let decoded = try tokenizer.decode(ids, skipSpecialTokens: skipSpecialTokens)
        #expect(sameBytes(decoded, expected), "\(comment): \(decoded.debugDescription)")
        var decoder = StreamingDecoder(tokenizer, skipSpecialTokens: skipSpecialTokens)
        var streamed = ""
        for id in ids { streamed += try decoder.append(id) }
        streamed += decoder.finish()
        #expect(sameBytes(streamed, expected), "\(comment): streamed \(streamed.debugDescription)")
    }
}
