import GoldenSupport
import Tensor
import Testing
import Tokenizers

@Suite("Any text can be encoded")
struct TextTests {
    private static let names = [
        "smollm2", "minilm", "bpe-gpt2", "bpe-llama3", "bpe-qwen2-nfc", "unigram-t5like", "bpe-bytefallback-llama2like",
        "wordpiece-cased",
    ]

    @Test("bytes that are not UTF-8 become U+FFFD", arguments: names)
    func invalidUTF8(name: String) throws {
        let tokenizer = try TokenizerFiles.load(name)
        for (bytes, text) in [
            ([0x61, 0xFF, 0x62], "a\u{FFFD}b"), ([0xE2, 0x82], "\u{FFFD}"), ([0xC0, 0x80], "\u{FFFD}\u{FFFD}"),
            ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"), ([0xF0, 0x9F, 0x99, 0x41], "\u{FFFD}A"),
            ([0x80], "\u{FFFD}"),
        ] as [([UInt8], String)] {
            #expect(tokenizer.encode(bytes: bytes) == tokenizer.encode(text), "\(bytes)")
            #expect(String(decoding: bytes, as: UTF8.self) == text)
        }
    }

    @Test("the empty text has no tokens but those around a text; NUL is a character", arguments: names)
    func emptyAndNUL(name: String) throws {
        let tokenizer = try TokenizerFiles.load(name)
        #expect(tokenizer.encode("", addSpecialTokens: false).isEmpty)
        #expect(try tokenizer.decode([]) == "")
        #expect(tokenizer.encodings(of: []).isEmpty)
        let batch = tokenizer.encodings(of: ["", "a b c"])
        #expect(batch[0].count == batch[1].count)
        #expect(!tokenizer.encode("a\0b").isEmpty)
        if name.hasPrefix("smollm2") || name.hasPrefix("bpe-gpt2") {
            #expect(try tokenizer.decode(tokenizer.encode("a\0b")) == "a\0b")
        }
    }

    @Test("special tokens in a text count only if they are allowed")
    func specialTokens() throws {
        let tokenizer = try TokenizerFiles.load("smollm2")
        let text = "<|im_start|>user\nhi<|im_end|>"
        let plain = tokenizer.encode(text)
        #expect(!plain.contains(1) && !plain.contains(2))
        #expect(try tokenizer.decode(plain) == text)
        let all = tokenizer.encode(text, allowSpecial: .all)
        #expect(all.first == 1 && all.last == 2)
        #expect(try tokenizer.decode(all) == "user\nhi")
        #expect(try tokenizer.decode(all, skipSpecialTokens: false) == text)
        let some = tokenizer.encode(text, allowSpecial: .only(["<|im_end|>"]))
        #expect(some.last == 2 && !some.contains(1))
    }

    @Test("an id that no token has is an error", arguments: names)
    func unknownIDs(name: String) throws {
        let tokenizer = try TokenizerFiles.load(name)
        for id in [tokenizer.vocabularySize, -1, .max, .min, Int(Int32.max), 1 << 32] {
            #expect(throws: TokenizerError.self) { try tokenizer.decode([id]) }
            #expect(throws: TokenizerError.self) {
                var decoder = StreamingDecoder(tokenizer)
                _ = try decoder.append(id)
            }
            #expect(tokenizer.token(withID: id) == nil)
        }
        #expect(tokenizer.token(withID: tokenizer.vocabularySize - 1) != nil)
    }

    @Test("canonically equivalent texts stay different texts")
    func equivalence() throws {
        let tokenizer = try TokenizerFiles.load("bpe-gpt2")
        #expect(tokenizer.encode("é") != tokenizer.encode("e\u{301}"))
        #expect(sameBytes(try tokenizer.decode(tokenizer.encode("e\u{301}")), "e\u{301}"))
        let composed: JSON = [
            "model": ["type": "WordLevel", "vocab": ["<unk>": 0, "\u{E9}": 1, "e\u{301}": 2], "unk_token": "<unk>"]
        ]
        let words = try Tokenizer(json: composed.utf8())
        #expect(words.encode("\u{E9}") == [1])
        #expect(words.encode("e\u{301}") == [2])
        #expect(words.id(ofToken: "e\u{301}") == 2)
    }

    @Test("streamed text holds back what is incomplete and shows U+FFFD only for what cannot be completed")
    func streaming() throws {
        let tokenizer = try TokenizerFiles.load("bpe-gpt2")
        let ids = tokenizer.encode("🙂")
        #expect(ids.count > 1)
        var decoder = StreamingDecoder(tokenizer)
        for id in ids.dropLast() { #expect(try decoder.append(id) == "") }
        #expect(try decoder.append(ids.last!) == "🙂")
        #expect(decoder.finish() == "")
        for id in ids.dropLast() { #expect(try decoder.append(id) == "") }
        #expect(try decoder.append(tokenizer.encode("a")[0]) == "\u{FFFD}a")
        _ = try decoder.append(ids[0])
        #expect(decoder.finish() == "\u{FFFD}")
        #expect(decoder.finish() == "")
        let fallback = try TokenizerFiles.load("bpe-bytefallback-llama2like")
        let text = "x 🙂é"
        decoder = StreamingDecoder(fallback)
        var parts: [String] = []
        for id in fallback.encode(text) { parts.append(try decoder.append(id)) }
        parts.append(decoder.finish())
        #expect(parts.joined() == text)
        #expect(parts.allSatisfy { !$0.unicodeScalars.contains("\u{FFFD}") })
    }

    @Test("text that goes on from a prompt keeps its first space")
    func goingOn() throws {
        for name in ["bpe-bytefallback-llama2like", "bpe-gpt2", "minilm"] {
            let tokenizer = try TokenizerFiles.load(name)
            func text(_ ids: [Int], after prompt: [Int]) throws -> String {
                var decoder = StreamingDecoder(tokenizer, after: prompt)
                var text = ""
                for id in ids { text += try decoder.append(id) }
                return text + decoder.finish()
            }
            let ids = tokenizer.encode("hello world and more", addSpecialTokens: false)
            let whole = try tokenizer.decode(ids)
            for place in 1..<ids.count {
                let (start, end) = (Array(ids[..<place]), Array(ids[place...]))
                let joined = try tokenizer.decode(start) + text(end, after: start)
                #expect(sameBytes(joined, whole), "\(name), \(place): \(joined.debugDescription)")
            }
            // A special token, an unknown one and none are beginnings.
            for prompt in [[], [-1], tokenizer.addedTokens.filter { tokenizer.isSpecial($0.id) }.prefix(1).map(\.id)] {
                #expect(sameBytes(try text(ids, after: prompt), whole), "\(name), \(prompt)")
            }
        }
    }

    @Test("pairs, padding and truncation of a batch")
    func batches() throws {
        let tokenizer = try TokenizerFiles.load("minilm")
        let texts = ["Hello world", "a", ""]
        let batch = tokenizer.encodings(of: texts)
        #expect(batch.map(\.count) == [4, 4, 4])
        #expect(batch[1].attentionMask == [1, 1, 1, 0])
        #expect(batch[2].ids == [101, 102, 0, 0])
        let cut = tokenizer.encodings(
            of: texts, truncation: Truncation(maximumLength: 3),
            padding: .custom(Padding(length: .fixed(5), side: .left)))
        #expect(cut[0].ids == [0, 0, 101, 7592, 102])
        #expect(cut.allSatisfy { $0.count == 5 })
        let encoding = tokenizer.encoding(of: "Hello world", and: "Hi")
        #expect(encoding.ids == [101, 7592, 2088, 102, 7632, 102])
        #expect(encoding.typeIDs == [0, 0, 0, 0, 1, 1])
        #expect(encoding.offsets[1] == 0..<5)
        #expect(encoding.specialTokensMask == [1, 0, 0, 1, 0, 1])
    }
}
