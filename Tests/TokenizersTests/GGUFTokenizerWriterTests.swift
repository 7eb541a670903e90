import GoldenSupport
import Tensor
import Testing
import Tokenizers

@Suite("Tokenizers as GGUF metadata")
struct GGUFTokenizerWriterTests {
    /// Every text of the golden files in every language.
    private func texts() throws -> [String] {
        try Golden.folders(topic: "core/tokenizers").flatMap {
            try $0.index("tokenizers.json")["split_texts"]?.strings ?? []
        }
    }

    @Test(
        "what was written gives the same tokens when it is read",
        arguments: [
            "smollm2", "bpe-gpt2", "bpe-llama3", "bpe-qwen2-nfc", "minilm",
            "bpe-bytefallback-llama2like",
        ])
    func roundTrip(name: String) throws {
        var original = try TokenizerFiles.load(name)
        original.configuration.chatTemplate = "{{ x }}"
        original.configuration.namedChatTemplates = ["tools": "{{ y }}"]
        let size = original.vocabularySize + 3
        let metadata = try original.ggufMetadata(vocabularySize: size)
        let file = try GGUFFile(bytes: GGUFFile.bytes([], metadata: metadata))
        #expect(file["tokenizer.ggml.tokens"]?.arrayValue?.count == size)
        #expect(file["tokenizer.ggml.token_type"]?.arrayValue?.last == .int32(5))
        let again = try Tokenizer(gguf: file)
        #expect(again.configuration.chatTemplate == "{{ x }}")
        #expect(again.configuration.namedChatTemplates == ["tools": "{{ y }}"])
        for text in try texts() {
            let ids = original.encode(text, allowSpecial: .all)
            #expect(again.encode(text, allowSpecial: .all) == ids, "\(text.debugDescription)")
            #expect(sameBytes(try again.decode(ids), try original.decode(ids)), "\(text.debugDescription)")
        }
    }

    @Test("a learned tokenizer can be written too, also one without merges")
    func learned() throws {
        for size in [257, 300] {
            var trainer = BPETrainer(vocabularySize: size)
            trainer.specialTokens = ["<|endoftext|>"]
            let original = try trainer.train(on: ["the quick brown fox and the lazy dog and the cat"]).tokenizer()
            let file = try GGUFFile(bytes: GGUFFile.bytes([], metadata: original.ggufMetadata()))
            let again = try Tokenizer(gguf: file)
            #expect(again.encode("the dog, é") == original.encode("the dog, é"))
        }
    }

    @Test("what GGUF has no words for is an error")
    func refusals() throws {
        // Without [CLS] and [SEP] around texts, which GGUF takes for granted with WordPiece.
        for name in ["unigram-t5like", "wordpiece-cased"] {
            let tokenizer = try TokenizerFiles.load(name)
            #expect(throws: TokenizerError.self) { try tokenizer.ggufMetadata() }
        }
        let gpt2 = try TokenizerFiles.load("bpe-gpt2")
        let error = #expect(throws: TokenizerError.self) { try gpt2.ggufMetadata(vocabularySize: 3) }
        #expect(error?.description.contains("3 of the model") == true)
        var trainer = BPETrainer(vocabularySize: 257)
        trainer.splitting = .regex("[a-z]+")
        let own = try trainer.train(on: []).tokenizer()
        let unnamed = #expect(throws: TokenizerError.self) { try own.ggufMetadata() }
        #expect(unnamed?.field == "pre_tokenizer")
    }
}
