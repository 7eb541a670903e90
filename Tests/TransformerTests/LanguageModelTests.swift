import Autograd
import GoldenSupport
import Report
import Tensor
import Testing
import Tokenizers
import Transformer

@Suite("Language models")
struct LanguageModelTests {
    /// A model with random weights and a real tokenizer.
    private func language() throws -> LanguageModel {
        let tokenizer = try Tokenizer(
            contentsOf: "\(Golden.packageDirectory)/Tests/Golden/core/tokenizers/files/bpe-gpt2.tokenizer.json")
        let configuration = TransformerConfiguration(
            family: .qwen2, vocabularySize: tokenizer.vocabularySize, hiddenSize: 16, layerCount: 2, headCount: 2,
            maximumPositions: 128)
        return try LanguageModel(TransformerModel(configuration, key: RandomKey(seed: 1)), tokenizer)
    }

    private func options(_ count: Int, stop: [String] = []) throws -> GenerationOptions {
        GenerationOptions(
            sampling: try SamplingOptions(temperature: 1, seed: 5), maximumTokens: count, endTokens: [],
            stopStrings: stop)
    }

    @Test("pieces make up the text, and the text is that of the tokens")
    func streaming() async throws {
        let language = try language()
        var (text, ids): (String, [Int]) = ("", [])
        let stream = try language.generate("Hello", options: options(30))
        for try await piece in stream {
            text += piece.text
            ids.append(piece.token.id)
        }
        #expect(ids.count == 30)
        #expect(try text.utf8.elementsEqual(language.tokenizer.decode(ids).utf8))
        #expect(try stream.text().utf8.elementsEqual(text.utf8))
    }

    @Test("a stop string ends the text before it, wherever tokens are cut")
    func stopStrings() throws {
        let language = try language()
        let whole = Array(try language.generate("Hello", options: options(30)).text())
        for start in stride(from: 2, to: whole.count - 4, by: 3) {
            let stop = String(whole[start..<start + 3])
            let text = try language.generate("Hello", options: options(30, stop: [stop])).text()
            let expected = String(whole).split(separator: stop, maxSplits: 1, omittingEmptySubsequences: false)[0]
            #expect(text == String(expected), "\(stop)")
        }
    }

    @Test("a cancelled task gets no further token")
    func cancellation() async throws {
        let language = try language()
        let stream = try language.generate("Hello", options: options(100))
        let task = Task {
            var count = 0
            do {
                for try await _ in stream {
                    count += 1
                    if count == 3 { withUnsafeCurrentTask { $0?.cancel() } }
                }
            } catch is CancellationError { return count }
            return -1
        }
        #expect(try await task.value == 3)
    }

    @Test("completions are what prompts get alone, with progress, several samples each")
    func completions() throws {
        let language = try language()
        let prompts = [[5, 6, 7], [8], [9, 10], [11, 12, 13, 14]]
        let sink = RecordingSink()
        let all = try language.complete(prompts, options: options(8), samples: 2, batchSize: 3, events: sink)
        #expect(all.count == 8)
        for (index, completion) in all.enumerated() {
            var own = try options(8)
            own.sampling = own.sampling.seeded(5 + UInt64(index))
            let alone = try language.generate(tokens: prompts[index / 2], options: own).text()
            #expect(completion.text.utf8.elementsEqual(alone.utf8), "\(index)")
        }
        #expect(sink.events.last == .finished(name: "completions"))
        let token = Cancellation()
        token.cancel()
        #expect(throws: CancellationError.self) { try language.complete(prompts, cancellation: token) }
    }

    @Test("a known beginning changes nothing")
    func prefixes() throws {
        let language = try language()
        let prefixes = PrefixCache()
        for prompt in [[5, 6, 7, 8], [5, 6, 7, 8], [5, 6, 9], [5, 6, 7, 8, 10, 11], [5]] {
            let known = try language.generate(tokens: prompt, options: options(6), prefixes: prefixes).text()
            let fresh = try language.generate(tokens: prompt, options: options(6)).text()
            #expect(known.utf8.elementsEqual(fresh.utf8), "\(prompt)")
        }
        #expect(prefixes.byteCount > 0)
    }

    @Test("prefixes belong to one model: other weights, adapters or shapes are an error until all is forgotten")
    func foreignPrefixes() throws {
        let language = try language()
        let prefixes = PrefixCache()
        func generate(_ model: TransformerModel) throws -> String {
            var other = language
            other.model = model
            return try other.generate(tokens: [5, 6, 7], options: options(3), prefixes: prefixes).text()
        }
        let own = try generate(language.model)
        let fresh = TransformerModel(language.model.configuration, key: RandomKey(seed: 2))
        var trained = language.model
        trained.updateParameters { path, parameter in
            if path == "model.norm.weight" { parameter.update { $0 = $0 * 2 } }
        }
        var adapters = LowRankAdapters(for: language.model, key: RandomKey(seed: 3))
        let adapted = language.model.adapted(by: adapters)
        for model in [fresh, trained, adapted] {
            let error = #expect(throws: GenerationError.self) { try generate(model) }
            guard case .foreignPrefixes? = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
        let copy = language.model
        #expect(try generate(copy) == own)
        prefixes.removeAll()
        #expect(prefixes.byteCount == 0)
        _ = try generate(adapted)
        _ = try generate(adapted)
        adapters.updateParameters { _, parameter in parameter.update { $0 = $0 + 1 } }
        #expect(throws: GenerationError.self) { try generate(language.model.adapted(by: adapters)) }
        #expect(throws: GenerationError.self) { try generate(language.model) }
    }

    @Test("an encoder generates nothing")
    func encoder() throws {
        let bert = try GoldenModels.model("bert-tiny")
        var language = try language()
        let error = #expect(throws: GenerationError.self) { try LanguageModel(bert, language.tokenizer) }
        guard case .encoder? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        language.model = bert
        #expect(throws: GenerationError.self) { try language.generate("Hello") }
    }

    @Test("a chat without a template throws")
    func noTemplate() throws {
        let language = try language()
        #expect(throws: GenerationError.self) { try language.generate(chat: [.user("Hi")]) }
    }
}
