import GoldenSupport
import Tensor
import Testing
import Tokenizers

@Suite("Files that are damaged or unknown")
struct BadFileTests {
    private func failure(_ text: String) -> TokenizerError? {
        do {
            _ = try Tokenizer(json: Array(text.utf8), named: "t.json")
            return nil
        } catch { return error }
    }

    private static let model = #""model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}"#

    @Test(
        "an error names the file, the field and what was expected",
        arguments: [
            (#"{}"#, "model"),
            (#"{"model": {"type": "Fancy", "vocab": {}}}"#, "model.type"),
            (#"{"model": {"type": "BPE", "merges": []}}"#, "model.vocab"),
            (#"{"model": {"type": "BPE", "vocab": {"a": 0, "a": 1}, "merges": []}}"#, "model.vocab"),
            (#"{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}"#, "model.vocab"),
            (#"{"model": {"type": "BPE", "vocab": {"a": 1.5}, "merges": []}}"#, "model.vocab"),
            (#"{"model": {"type": "BPE", "vocab": {"a": 99999999999}, "merges": []}}"#, "model.vocab"),
            (#"{"model": {"type": "BPE", "vocab": {"a": 2000000000}, "merges": []}}"#, "model.vocab"),
            (#"{"model": {"type": "BPE", "vocab": {"a": 0, "b": 0}, "merges": []}}"#, "model.vocab"),
            (#"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}}"#, "model.merges[0]"),
            (#"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}}"#, "model.merges"),
            (#"{"model": {"type": "WordPiece", "vocab": {"a": 0}}}"#, "model.unk_token"),
            (#"{"model": {"type": "Unigram", "vocab": [["a", 0]], "unk_id": 1}}"#, "model.unk_id"),
            (#"{"model": {"type": "Unigram", "vocab": [["a", "b"]], "unk_id": 0}}"#, "model.vocab"),
            (#"{"normalizer": {"type": "Fancy"}, \#(model)}"#, "normalizer.type"),
            (
                #"{"normalizer": {"type": "Precompiled", "precompiled_charsmap": "!"}, \#(model)}"#,
                "normalizer.precompiled_charsmap"
            ),
            (
                #"{"normalizer": {"type": "Replace", "pattern": {"Regex": "("}, "content": ""}, \#(model)}"#,
                "normalizer.pattern.Regex"
            ),
            (
                #"{"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Fancy"}]}, \#(model)}"#,
                "pre_tokenizer.pretokenizers[0].type"
            ),
            (
                #"{"pre_tokenizer": {"type": "Split", "pattern": {"String": ""}, "behavior": "Removed"}, \#(model)}"#,
                "pre_tokenizer.pattern.String"
            ),
            (#"{"pre_tokenizer": {"type": "Punctuation", "behavior": "Lost"}, \#(model)}"#, "pre_tokenizer.behavior"),
            (
                #"{"post_processor": {"type": "BertProcessing", "sep": ["x"], "cls": ["y", 1]}, \#(model)}"#,
                "post_processor.sep"
            ),
            (#"{"decoder": {"type": "Fancy"}, \#(model)}"#, "decoder.type"),
            (#"{"added_tokens": [{"content": "x"}], \#(model)}"#, "added_tokens[0].id"),
            (#"{"padding": {"strategy": "Sometimes"}, \#(model)}"#, "padding.strategy"),
            (#"{"truncation": {"strategy": "LongestFirst"}, \#(model)}"#, "truncation.max_length"),
        ])
    func fields(text: String, field: String) throws {
        let error = try #require(failure(text), "\(text) was read")
        #expect(error.field == field, "\(error)")
        #expect(error.description.hasPrefix("t.json: "))
    }

    @Test("text that is no JSON is an error with its place")
    func syntax() throws {
        let deep = String(repeating: "[", count: 100_000)
        for text in [
            "", "[]", "{", #"{"model": }"#, #"{"model": {"vocab": {"a" 0}}}"#,
            #"{"model": {"vocab": {"\q": 0}, "merges": []}}"#,
            #"{"model": {"vocab": {"\ud800": 0}, "merges": []}}"#, #"{\#(BadFileTests.model)} x"#,
            #"{"x": \#(deep)"#, #"{"added_tokens": \#(deep), \#(BadFileTests.model)}"#,
            #"{"x": 1, "x": 2, \#(BadFileTests.model)}"#,
        ] {
            #expect(failure(text)?.byteOffset != nil || failure(text)?.field != nil, "\(text.prefix(60))")
        }
        #expect(throws: TokenizerError.self) { try Tokenizer(json: [0x7B, 0xFF, 0x7D]) }
        #expect(throws: TokenizerError.self) { try Tokenizer(contentsOf: "/nowhere/tokenizer.json") }
        #expect(throws: TokenizerError.self) { try Tokenizer(contentsOf: "/") }
    }

    @Test("sequences nested without end are refused")
    func nesting() {
        var steps = #"{"type": "NFC"}"#
        for _ in 0..<50 { steps = #"{"type": "Sequence", "normalizers": [\#(steps)]}"# }
        #expect(failure(#"{"normalizer": \#(steps), \#(BadFileTests.model)}"#) != nil)
    }

    @Test("damaged files are refused or read, never a crash")
    func mutations() throws {
        let originals = try ["bpe-gpt2", "bpe-bytefallback-llama2like", "unigram-t5like", "wordpiece-cased"].map {
            try TokenizerFiles.bytes($0)
        }
        var files = originals
        for folder in try Golden.folders(topic: "core/tokenizers").prefix(1) {
            for entry in try folder.index("components.json")["tokenizers"]?.arrayValue ?? [] {
                files.append(try #require(entry["file"]).utf8())
            }
        }
        var random = Xorshift(state: 11)
        var refused = 0
        let rounds = 3000
        for round in 0..<rounds {
            let bytes = mutate(files[round % files.count], &random)
            do {
                let tokenizer = try Tokenizer(json: bytes)
                let ids = tokenizer.encode("Hello, wörld! 12 the[MASK]cat\n\n  <s> 🙂", allowSpecial: .all)
                _ = try? tokenizer.decode(ids)
                _ = tokenizer.encoding(of: "ab é", and: "x", truncation: tokenizer.truncation)
            } catch {
                refused += 1
                #expect(!error.problem.isEmpty)
            }
        }
        #expect(refused > rounds / 10)
        #expect(refused < rounds)
    }

    @Test("damaged templates are refused or rendered, never a crash")
    func templateMutations() throws {
        let folder = try #require(try Golden.folders(topic: "core/tokenizers").first)
        let index = try folder.index("jinja.json")
        let sources = try #require(index["cases"]?.arrayValue).compactMap {
            $0["template"]?.stringValue.map { Array($0.utf8) }
        }
        let variables = try #require(index["variables"]?.objectValue)
        var random = Xorshift(state: 12)
        var rendered = 0
        for round in 0..<4000 {
            let source = String(decoding: mutate(sources[round % sources.count], &random), as: UTF8.self)
            do {
                _ = try ChatTemplate(source).render(variables)
                rendered += 1
            } catch { #expect(error.line > 0 && error.column > 0) }
        }
        #expect(rendered > 0)
    }

    /// A small deterministic generator (Marsaglia, Xorshift RNGs, 2003).
    private struct Xorshift: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    /// Flips bits, writes other bytes, cuts and doubles.
    private func mutate(_ bytes: [UInt8], _ random: inout Xorshift) -> [UInt8] {
        var result = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) where !result.isEmpty {
            // Components stand at the start: aim there half of the time.
            let limit = Bool.random(using: &random) ? result.count : min(result.count, 900)
            let position = Int.random(in: 0..<limit, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: result[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: result[position] = Array("0123456789\"{}[],:\\-".utf8).randomElement(using: &random)!
            case 2:
                result.removeSubrange(position..<min(position + Int.random(in: 1...20, using: &random), result.count))
            case 3: result.insert(contentsOf: result[position..<min(position + 12, result.count)], at: position)
            case 4:
                let source = Int.random(in: 0..<result.count, using: &random)
                result.insert(contentsOf: result[source..<min(source + 40, result.count)], at: position)
            default: result.removeLast(min(result.count, Int.random(in: 1...64, using: &random)))
            }
        }
        return result
    }
}
