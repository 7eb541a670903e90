import Glibc
import GoldenSupport
import Tensor
import Testing
import Tokenizers

@Suite("Training a byte-level BPE vocabulary")
struct TrainingTests {
    @Test("learns the tokens and merges of the tokenizers package")
    func agreement() throws {
        for folder in try Golden.folders(topic: "core/tokenizers") {
            guard let file = try? folder.index("training.json") else { continue }
            let corpus = try #require(file["corpus"]).strings
            for json in try #require(file["cases"]?.arrayValue) {
                var trainer = BPETrainer(vocabularySize: try #require(json["vocabulary_size"]?.intValue))
                trainer.minimumFrequency = try #require(json["minimum_frequency"]?.intValue)
                trainer.maximumTokenLength = json["maximum_token_length"]?.intValue
                trainer.includesAllBytes = json["all_bytes"] == true
                trainer.specialTokens = ["<|begin|>", "<|end|>"]
                let style = try #require(json["style"]?.stringValue)
                trainer.splitting = ["llama3": .llama3, "qwen2": .qwen2][style] ?? .gpt2
                let trained = try trainer.train(on: corpus)
                #expect(sameBytes(trained.tokens, json["tokens"]?.strings ?? []), "\(style)")
                let merges = try #require(json["merges"]?.arrayValue).map(\.strings)
                #expect(trained.merges.count == merges.count)
                for (merge, expected) in zip(trained.merges, merges) {
                    #expect(sameBytes([trained.tokens[merge.left], trained.tokens[merge.right]], expected))
                }
            }
        }
    }

    @Test("a trained tokenizer gives every text back, and its file reads the same")
    func roundTrip() throws {
        var trainer = BPETrainer(vocabularySize: 400)
        trainer.specialTokens = ["<|end|>"]
        trainer.splitting = .qwen2
        let trained = try trainer.train(on: ["low lower lowest", "new newer newest, 123 café"])
        let tokenizer = try trained.tokenizer()
        let path = "/tmp/martlet-trained-\(getpid()).json"
        defer { unlink(path) }
        try trained.write(to: path)
        let read = try Tokenizer(contentsOf: path)
        for text in ["", "newest lowest", "ünïcode 🙂 \0\n\n  x", "<|end|>"] {
            let ids = tokenizer.encode(text)
            #expect(try tokenizer.decode(ids, skipSpecialTokens: false) == text)
            #expect(read.encode(text) == ids)
        }
        #expect(tokenizer.encode("<|end|>", allowSpecial: .all) == [0])
    }

    @Test("nothing to learn from gives the bytes; a pattern that is not supported is an error")
    func extremes() throws {
        #expect(try BPETrainer(vocabularySize: 1000).train(on: []).tokens.count == 256)
        #expect(try BPETrainer(vocabularySize: 0).train(on: ["aaaa"]).merges.isEmpty)
        var trainer = BPETrainer(vocabularySize: 300)
        trainer.splitting = .regex("(")
        #expect(throws: TokenizerError.self) { try trainer.train(on: ["x"]) }
    }
}
