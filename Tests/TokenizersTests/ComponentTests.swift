import GoldenSupport
import Tensor
import Testing
import Tokenizers

@Suite("Every component agrees with the tokenizers package")
struct ComponentTests {
    @Test("ids, offsets, masks, pairs and texts of small tokenizers")
    func components() throws {
        for folder in try Golden.folders(topic: "core/tokenizers") {
            guard let index = try? folder.index("components.json") else { continue }
            let entries = try #require(index["tokenizers"]?.arrayValue)
            #expect(!entries.isEmpty)
            for entry in entries {
                let name = try #require(entry["name"]?.stringValue)
                let file = try #require(entry["file"]).utf8()
                let tokenizer = try Tokenizer(json: file, named: name)
                let usesBlocks = entry["uses_blocks"]?.boolValue ?? false
                for json in entry["cases"]?.arrayValue ?? [] { try check(json, tokenizer, usesBlocks, name) }
                for json in entry["pairs"]?.arrayValue ?? [] { try checkPair(json, tokenizer, usesBlocks, name) }
            }
        }
    }

    private func check(_ json: JSON, _ tokenizer: Tokenizer, _ usesBlocks: Bool, _ name: String) throws {
        let text = try #require(json["text"]?.stringValue)
        let comment: Comment = "\(name): \(text.debugDescription)"
        var encoding = tokenizer.encoding(
            of: text, allowSpecial: .all, truncation: usesBlocks ? tokenizer.truncation : nil)
        if usesBlocks, let padding = tokenizer.padding {
            var batch = [encoding]
            padding.apply(to: &batch)
            encoding = batch[0]
        }
        #expect(encoding.ids == json["ids"]?.integers, comment)
        #expect(encoding.specialTokensMask == json["special"]?.integers, comment)
        #expect(encoding.attentionMask == json["attention"]?.integers, comment)
        if let offsets = json["offsets"]?.arrayValue {
            #expect(encoding.offsets.map { [$0.lowerBound, $0.upperBound] } == offsets.map(\.integers), comment)
        }
        if !usesBlocks { #expect(tokenizer.encode(text, allowSpecial: .all) == encoding.ids, comment) }
        for (key, skips) in [("decoded", true), ("decoded_all", false)] {
            let decoded = try tokenizer.decode(encoding.ids, skipSpecialTokens: skips)
            #expect(sameBytes(decoded, json[key]?.stringValue ?? "?"), comment)
        }
    }

    private func checkPair(_ json: JSON, _ tokenizer: Tokenizer, _ usesBlocks: Bool, _ name: String) throws {
        let (a, b) = (try #require(json["a"]?.stringValue), try #require(json["b"]?.stringValue))
        var batch = [
            tokenizer.encoding(
                of: a, and: b, allowSpecial: .all, truncation: usesBlocks ? tokenizer.truncation : nil)
        ]
        if usesBlocks { tokenizer.padding?.apply(to: &batch) }
        let comment: Comment = "\(name): \(a) and \(b)"
        #expect(batch[0].ids == json["ids"]?.integers, comment)
        #expect(batch[0].typeIDs == json["type_ids"]?.integers, comment)
        #expect(batch[0].specialTokensMask == json["special"]?.integers, comment)
        #expect(batch[0].attentionMask == json["attention"]?.integers, comment)
    }
}
