import GoldenSupport
import Tensor
import Testing
import Tokenizers

@Suite("Hostile texts take linear time", .serialized)
struct LinearTimeTests {
    private static let names = [
        "smollm2", "minilm", "bpe-qwen2-nfc", "unigram-t5like", "bpe-bytefallback-llama2like",
    ]

    /// Quadratic work on 10 MB would take hours; a linear pass takes seconds; there is room for slow machines.
    @Test("10 MB of one character, of newlines, of marks", arguments: names)
    func oneCharacter(name: String) throws {
        let tokenizer = try TokenizerFiles.load(name)
        for unit in ["a", " ", "\n", "'", "<", "1", "\u{301}", "é", "中"] {
            let size = ["a", " ", "\n"].contains(unit) ? 10_000_000 : 1_000_000
            let text = String(repeating: unit, count: size / unit.utf8.count)
            let clock = ContinuousClock()
            let time = clock.measure { _ = tokenizer.encode(text) }
            #expect(time < .seconds(60), "\(name): \(unit.debugDescription) took \(time)")
        }
    }

    @Test("a pattern for the regex engine, on 10 MB of spaces and letters")
    func regexEngine() throws {
        let tokenizer = try splitting(#"(?: ?\p{L}+| ?[^\s\p{L}]+|\s+(?!\S)|\s+)"#)
        for unit in ["a", " ", "\n"] {
            let clock = ContinuousClock()
            let time = clock.measure { _ = tokenizer.encode(String(repeating: unit, count: 10_000_000) + "x") }
            #expect(time < .seconds(60), "\(unit.debugDescription) took \(time)")
        }
    }

    private func splitting(_ pattern: String) throws -> Tokenizer {
        let file: JSON = [
            "pre_tokenizer": [
                "type": "Split", "behavior": "Isolated", "invert": false, "pattern": ["Regex": .string(pattern)],
            ],
            "model": ["type": "WordLevel", "vocab": ["<unk>": 0], "unk_token": "<unk>"],
        ]
        return try Tokenizer(json: file.utf8())
    }

    @Test("patterns that grow beyond measure are refused")
    func largePatterns() {
        for pattern in [
            "(?:(?:(?:(?:(?:){1000}){1000}){1000}){1000}){1000}", "(?:(?:(?:ab){1000}){1000}){1000}",
            "(?:(?:(?:(?:|){0,1000}){0,1000}){0,1000}){0,1000}",
        ] {
            #expect(throws: TokenizerError.self) { try splitting(pattern) }
        }
    }

    @Test("a pattern that tries all ways at every place comes to an end")
    func backtracking() throws {
        let tokenizer = try splitting("(?:a*)*b|(?:a|a)*c")
        let clock = ContinuousClock()
        let time = clock.measure { _ = tokenizer.encode(String(repeating: "a", count: 20_000)) }
        #expect(time < .seconds(60), "\(time)")
    }

    @Test("a streamed run of broken bytes costs the same for every token")
    func streaming() throws {
        let tokenizer = try TokenizerFiles.load("bpe-bytefallback-llama2like")
        let id = try #require(tokenizer.id(ofToken: "<0xFF>"))
        // The file calls its byte tokens special.
        var decoder = StreamingDecoder(tokenizer, skipSpecialTokens: false)
        var text = ""
        for _ in 0..<10_000 { text += try decoder.append(id) }
        text += decoder.finish()
        #expect(text.unicodeScalars.count == 10_000)
    }
}
