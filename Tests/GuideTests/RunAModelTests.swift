import Glibc
import Tensor
import Testing
import Tokenizers
import Transformer

@Suite("The guide to running a model")
struct RunAModelTests {
    @Test("is the code of this file")
    func text() throws { try Guides.expect("RunAModel", in: #filePath) }

    @Test(
        "works",
        .enabled(if: RealModels.smolLM2 != nil && RealModels.miniLM != nil, Comment(rawValue: RealModels.advice)))
    func code() async throws {
        let path = try #require(RealModels.smolLM2)
        let encoderFolder = try #require(RealModels.miniLM)
        let smallerPath = "/tmp/martlet-guide-\(UInt32.random(in: 0...UInt32.max)).gguf"
        defer { unlink(smallerPath) }

        let language = try LanguageModel(gguf: path)
        let text = try language.generate("The capital of France is").text()
        #expect(text.hasPrefix(" Paris"))

        let sampling = try SamplingOptions(temperature: 0.7, topP: 0.95, seed: 1)
        var options = GenerationOptions(sampling: sampling, maximumTokens: 24, stopStrings: ["\n\n"])
        for try await piece in try language.generate("Once upon a time", options: options) {
            print(piece.text, terminator: "")
        }

        let prefixes = PrefixCache(capacity: 4)
        var messages: [ChatMessage] = [.user("Name a colour.")]
        let answer = try language.generate(chat: messages, options: options, prefixes: prefixes).text()
        messages += [.assistant(answer), .user("Another one.")]
        let next = try language.generate(chat: messages, options: options, prefixes: prefixes).text()
        #expect(!answer.isEmpty && !next.isEmpty)

        let trie = TokenTrie(language.tokenizer, vocabularySize: language.model.configuration.vocabularySize)
        options.constraint = try FormConstraint.regex("(red|green|blue)", trie)
        let colour = try language.generate(chat: messages, options: options).text()
        #expect(["red", "green", "blue"].contains(colour))

        let prompts = ["The sun is", "Water is"].map { language.tokenizer.encode($0) }
        let completions = try language.complete(prompts, options: GenerationOptions(maximumTokens: 8), samples: 2)
        for completion in completions { print(completion.logProbability, completion.text) }
        #expect(completions.count == 4)

        let encoder = try SentenceEncoder(folder: encoderFolder)
        let vectors = try encoder.encode(["The weather is lovely today.", "It's so sunny outside!"])  // [2, 384]
        let similarities = vectors.matmul(vectors.transposed())
        #expect(abs(similarities[0, 1] - 0.666) < 1e-3)

        if let policy = QuantizationPolicy(.q8_0) {
            let size = language.model.configuration.vocabularySize
            let metadata = try language.tokenizer.ggufMetadata(vocabularySize: size)
            try language.model.save(gguf: smallerPath, as: policy, metadata: metadata)
        }
        let again = try LanguageModel(gguf: smallerPath)
        #expect(
            try again.generate("The capital of France is", options: GenerationOptions(maximumTokens: 2)).text()
                == " Paris.")
    }
}
