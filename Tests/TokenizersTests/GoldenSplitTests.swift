import GoldenSupport
import Tensor
import Testing
import Tokenizers

@Suite("Pieces agree with the tokenizers package")
struct GoldenSplitTests {
    @Test("every style cuts every text in the same places, by scanner and by regex engine")
    func splits() throws {
        for folder in try Golden.folders(topic: "core/tokenizers") {
            let index = try folder.index("tokenizers.json")
            let texts = try #require(index["split_texts"]).strings
            let regexes = try #require(index["regexes"]?.objectValue)
            for style in try #require(index["splits"]?.objectValue) {
                let expected = try #require(style.value.arrayValue).map(\.strings)
                #expect(expected.count == texts.count)
                for tokenizer in try tokenizers(style.key, regexes) {
                    for (text, pieces) in zip(texts, expected) {
                        let actual = tokenizer.pieces(of: text)
                        #expect(sameBytes(actual, pieces), "\(folder) \(style.key): \(text.debugDescription) \(actual)")
                    }
                }
            }
        }
    }

    /// The ways to cut in a style.
    private func tokenizers(_ style: String, _ regexes: JSONObject) throws -> [Tokenizer] {
        func split(_ regex: String) -> JSON {
            ["type": "Split", "pattern": ["Regex": .string(regex)], "behavior": "Isolated", "invert": false]
        }
        func make(_ preTokenizer: JSON, _ normalizer: JSON = .null) throws -> Tokenizer {
            let file: JSON = [
                "normalizer": normalizer, "pre_tokenizer": preTokenizer,
                "model": ["type": "WordLevel", "vocab": ["<unk>": 0], "unk_token": "<unk>"],
            ]
            return try Tokenizer(json: Array(file.text().utf8))
        }
        switch style {
        case "bert":
            let normalizer: JSON = [
                "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": nil,
                "lowercase": true,
            ]
            return [try make(["type": "BertPreTokenizer"], normalizer)]
        case "smollm":
            let regex = try #require(regexes["gpt2"]?.stringValue)
            return try [regex, "(?:\(regex))"].map { regex in
                try make([
                    "type": "Sequence",
                    "pretokenizers": [["type": "Digits", "individual_digits": true], split(regex)],
                ])
            }
        default:
            let regex = try #require(regexes[style]?.stringValue, "there is no regex for \(style)")
            return try [regex, "(?:\(regex))"].map { try make(split($0)) }
        }
    }
}
