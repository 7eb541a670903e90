import Glibc
import GoldenSupport
import Tensor
import Testing
import Tokenizers

@Suite("Tokenizers from GGUF metadata and folders")
struct GGUFTokenizerTests {
    /// Writes the header of a GGUF file without tensors.
    private struct Writer {
        var pairs: [(String, (inout [UInt8]) -> Void)] = []

        static func append<Value: FixedWidthInteger>(_ value: Value, _ bytes: inout [UInt8]) {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }

        static func append(_ text: String, _ bytes: inout [UInt8]) {
            append(UInt64(text.utf8.count), &bytes)
            bytes.append(contentsOf: text.utf8)
        }

        mutating func add(_ key: String, _ text: String) {
            pairs.append(
                (
                    key,
                    {
                        Writer.append(UInt32(8), &$0); Writer.append(text, &$0)
                    }
                ))
        }

        mutating func add(_ key: String, _ flag: Bool) {
            pairs.append(
                (
                    key,
                    {
                        Writer.append(UInt32(7), &$0); $0.append(flag ? 1 : 0)
                    }
                ))
        }

        mutating func add(_ key: String, _ number: Int) {
            pairs.append(
                (
                    key,
                    {
                        Writer.append(UInt32(4), &$0); Writer.append(UInt32(number), &$0)
                    }
                ))
        }

        mutating func add(_ key: String, _ texts: [String]) {
            pairs.append(
                (
                    key,
                    { bytes in
                        Writer.append(UInt32(9), &bytes)
                        Writer.append(UInt32(8), &bytes)
                        Writer.append(UInt64(texts.count), &bytes)
                        for text in texts { Writer.append(text, &bytes) }
                    }
                ))
        }

        mutating func add(_ key: String, _ numbers: [Int]) {
            pairs.append(
                (
                    key,
                    { bytes in
                        Writer.append(UInt32(9), &bytes)
                        Writer.append(UInt32(5), &bytes)
                        Writer.append(UInt64(numbers.count), &bytes)
                        for number in numbers { Writer.append(Int32(number), &bytes) }
                    }
                ))
        }

        mutating func add(_ key: String, _ numbers: [Float]) {
            pairs.append(
                (
                    key,
                    { bytes in
                        Writer.append(UInt32(9), &bytes)
                        Writer.append(UInt32(6), &bytes)
                        Writer.append(UInt64(numbers.count), &bytes)
                        for number in numbers { Writer.append(number.bitPattern, &bytes) }
                    }
                ))
        }

        var bytes: [UInt8] {
            var result = Array("GGUF".utf8)
            Writer.append(UInt32(3), &result)
            Writer.append(UInt64(0), &result)
            Writer.append(UInt64(pairs.count), &result)
            for (key, write) in pairs {
                Writer.append(key, &result)
                write(&result)
            }
            return result
        }
    }

    private func model(_ name: String) throws -> (json: JSON, tokens: [String], special: Set<Int>) {
        let json = try JSON(parsing: TokenizerFiles.bytes(name))
        var tokens: [String] = []
        if let vocabulary = json["model"]?["vocab"]?.objectValue {
            tokens = vocabulary.sorted { $0.value.intValue! < $1.value.intValue! }.map(\.key)
        } else {
            tokens = json["model"]?["vocab"]?.arrayValue?.map { $0[0]!.stringValue! } ?? []
        }
        let special = Set(json["added_tokens"]?.arrayValue?.compactMap { $0["id"]?.intValue } ?? [])
        return (json, tokens, special)
    }

    /// Every text of the golden files in every language.
    private func texts() throws -> [String] {
        try Golden.folders(topic: "core/tokenizers").flatMap {
            try $0.index("tokenizers.json")["split_texts"]?.strings ?? []
        }
    }

    private func expectSame(_ a: Tokenizer, _ b: Tokenizer, specials: Bool = false) throws {
        for text in try texts() {
            let ids = a.encode(text, addSpecialTokens: specials, allowSpecial: .all)
            #expect(ids == b.encode(text, addSpecialTokens: specials, allowSpecial: .all), "\(text.debugDescription)")
            #expect(sameBytes(try a.decode(ids, skipSpecialTokens: false), try b.decode(ids, skipSpecialTokens: false)))
        }
    }

    @Test(
        "byte-level BPE equals the tokenizer.json",
        arguments: [
            ("smollm2", "smollm"), ("bpe-gpt2", "gpt-2"), ("bpe-llama3", "smaug-bpe"), ("bpe-qwen2-nfc", "qwen2"),
        ])
    func byteLevel(name: String, pre: String) throws {
        let (json, tokens, special) = try model(name)
        var writer = Writer()
        writer.add("tokenizer.ggml.model", "gpt2")
        writer.add("tokenizer.ggml.pre", pre)
        writer.add("tokenizer.ggml.tokens", tokens)
        writer.add("tokenizer.ggml.token_type", tokens.indices.map { special.contains($0) ? 3 : 1 })
        let merges = try #require(json["model"]?["merges"]?.arrayValue)
        writer.add("tokenizer.ggml.merges", merges.map { $0.stringValue ?? $0.strings.joined(separator: " ") })
        writer.add("tokenizer.ggml.bos_token_id", 1)
        writer.add("tokenizer.chat_template", "{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}")
        let tokenizer = try Tokenizer(gguf: GGUFFile(bytes: writer.bytes))
        try expectSame(tokenizer, TokenizerFiles.load(name))
        let template = try #require(try tokenizer.chatTemplate())
        let text = try template.render(messages: [.user("Hi")], variables: tokenizer.chatTemplateVariables)
        #expect(text == tokens[1] + "Hi")
    }

    @Test("WordPiece with GGUF's marks equals the tokenizer.json")
    func wordPiece() throws {
        let (_, tokens, special) = try model("minilm")
        var writer = Writer()
        writer.add("tokenizer.ggml.model", "bert")
        writer.add(
            "tokenizer.ggml.tokens",
            tokens.enumerated().map { id, token in
                special.contains(id) || token.hasPrefix("[unused")
                    ? token : token.hasPrefix("##") ? String(token.dropFirst(2)) : "\u{2581}" + token
            })
        writer.add(
            "tokenizer.ggml.token_type",
            tokens.indices.map {
                special.contains($0) || tokens[$0].hasPrefix("[unused") ? (special.contains($0) ? 3 : 5) : 1
            })
        try expectSame(Tokenizer(gguf: GGUFFile(bytes: writer.bytes)), TokenizerFiles.load("minilm"), specials: true)
    }

    @Test("Unigram equals the tokenizer.json where the text needs no normalisation")
    func unigram() throws {
        let (json, tokens, special) = try model("unigram-t5like")
        var writer = Writer()
        writer.add("tokenizer.ggml.model", "t5")
        writer.add("tokenizer.ggml.tokens", tokens)
        let scores = try #require(json["model"]?["vocab"]?.arrayValue).map { Float($0[1]!.doubleValue!) }
        writer.add("tokenizer.ggml.scores", scores)
        writer.add("tokenizer.ggml.token_type", tokens.indices.map { special.contains($0) ? 3 : 1 })
        writer.add("tokenizer.ggml.eos_token_id", 2)
        writer.add("tokenizer.ggml.unknown_token_id", 0)
        let tokenizer = try Tokenizer(gguf: GGUFFile(bytes: writer.bytes))
        let reference = try TokenizerFiles.load("unigram-t5like")
        for text in ["the quick brown fox", "reward models", "Katze 22", ""] {
            #expect(tokenizer.encode(text) == reference.encode(text))
        }
    }

    @Test("SentencePiece BPE merges the best score first, leftmost among equals, and falls back to bytes")
    func sentencePiece() throws {
        let pieces: [(String, Float)] = [
            ("<unk>", 0), ("<s>", 0), ("</s>", 0), ("\u{2581}", -10), ("a", -11), ("b", -12), ("ab", -3), ("ba", -2),
            ("aba", -5),
            ("\u{2581}a", -4), ("aa", -6),
        ]
        let bytes = (0..<256).map { "<0x" + (($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true)) + ">" }
        var writer = Writer()
        writer.add("tokenizer.ggml.model", "llama")
        writer.add("tokenizer.ggml.tokens", pieces.map(\.0) + bytes)
        writer.add("tokenizer.ggml.scores", pieces.map(\.1) + bytes.map { _ in Float(0) })
        writer.add("tokenizer.ggml.token_type", [2, 3, 3] + pieces.dropFirst(3).map { _ in 1 } + bytes.map { _ in 6 })
        writer.add("tokenizer.ggml.add_bos_token", true)
        let tokenizer = try Tokenizer(gguf: GGUFFile(bytes: writer.bytes))
        func tokens(_ text: String) -> [String] {
            tokenizer.encode(text, addSpecialTokens: false).compactMap { tokenizer.token(withID: $0) }
        }
        #expect(tokens("ab") == ["\u{2581}", "ab"])
        #expect(tokens("aba") == ["\u{2581}a", "ba"])
        #expect(tokens("aaa") == ["\u{2581}a", "aa"])
        #expect(tokens("é") == ["\u{2581}", "<0xC3>", "<0xA9>"])
        #expect(tokenizer.encode("") == [1])
        #expect(try tokenizer.decode(tokenizer.encode("ab é ba")) == "ab é ba")
    }

    @Test("a folder's tokenizer.json, vocab.txt, configuration and template are found")
    func folders() throws {
        var template = Array("/tmp/martlet-test-XXXXXX".utf8CString)
        let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer {
            for name in ["tokenizer.json", "vocab.txt", "tokenizer_config.json", "chat_template.jinja"] {
                unlink("\(directory)/\(name)")
            }
            rmdir(directory)
        }
        #expect(throws: TokenizerError.self) { try Tokenizer(directory: directory) }
        let (_, tokens, _) = try model("minilm")
        try AtomicFile.write(to: "\(directory)/vocab.txt", Array(tokens.joined(separator: "\n").utf8))
        try expectSame(Tokenizer(directory: directory), TokenizerFiles.load("minilm"), specials: true)
        try AtomicFile.write(to: "\(directory)/tokenizer.json", TokenizerFiles.bytes("bpe-gpt2"))
        try AtomicFile.write(
            to: "\(directory)/tokenizer_config.json",
            Array(#"{"bos_token": {"content": "<|begin|>"}, "eos_token": "<|end|>", "chat_template": "x"}"#.utf8))
        var tokenizer = try Tokenizer(directory: directory)
        #expect(tokenizer.configuration.bosToken == "<|begin|>")
        #expect(tokenizer.configuration.chatTemplate == "x")
        try AtomicFile.write(to: "\(directory)/chat_template.jinja", Array("{{ eos_token }}".utf8))
        tokenizer = try Tokenizer(directory: directory)
        #expect(try tokenizer.chatTemplate()?.render(tokenizer.chatTemplateVariables) == "<|end|>")
        try expectSame(tokenizer, TokenizerFiles.load("bpe-gpt2"))
    }

    @Test("metadata that are missing, damaged or unknown are errors that name the field")
    func badMetadata() throws {
        func failure(_ build: (inout Writer) -> Void) throws -> TokenizerError? {
            var writer = Writer()
            build(&writer)
            let file = try GGUFFile(bytes: writer.bytes)
            do {
                _ = try Tokenizer(gguf: file)
                return nil
            } catch { return error }
        }
        #expect(try failure { _ in }?.field == "tokenizer.ggml.model")
        #expect(try failure { $0.add("tokenizer.ggml.model", "rwkv") }?.field == "tokenizer.ggml.model")
        #expect(try failure { $0.add("tokenizer.ggml.model", "gpt2") }?.field == "tokenizer.ggml.tokens")
        func gpt2(_ merges: [String], _ pre: String) throws -> TokenizerError? {
            try failure {
                $0.add("tokenizer.ggml.model", "gpt2")
                $0.add("tokenizer.ggml.tokens", ["a", "b", "ab"])
                $0.add("tokenizer.ggml.merges", merges)
                $0.add("tokenizer.ggml.pre", pre)
            }
        }
        #expect(try gpt2(["a b"], "gpt-2") == nil)
        #expect(try gpt2(["a b"], "fancy")?.field == "tokenizer.ggml.pre")
        #expect(try gpt2(["b a"], "gpt-2")?.field == "tokenizer.ggml.merges[0]")
        #expect(try gpt2(["a b", "ab"], "gpt-2")?.field == "tokenizer.ggml.merges[1]")
        #expect(
            try failure {
                $0.add("tokenizer.ggml.model", "llama")
                $0.add("tokenizer.ggml.tokens", ["a", "b"])
                $0.add("tokenizer.ggml.scores", [Float(1)])
            }?.field == "tokenizer.ggml.scores")
    }
}
