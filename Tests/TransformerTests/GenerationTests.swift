import Autograd
import GoldenSupport
import Report
import Tensor
import Testing
@testable import Transformer

@Suite("Generation")
struct GenerationTests {
    private static let decoders = [
        "gpt2-tiny", "llama-tiny", "llama31-tiny", "mistral-tiny", "qwen2-tiny", "qwen3-tiny",
    ]

    /// The tokens of a sequence alone.
    private func alone(
        _ model: TransformerModel, _ prompt: [Int], _ options: GenerationOptions, chunk: Int = 512
    ) throws -> [BatchDecoder.Token] {
        var decoder = BatchDecoder(model)
        decoder.chunkLength = chunk
        try decoder.add(prompt, options: options)
        var tokens: [BatchDecoder.Token] = []
        while !decoder.isIdle { tokens += decoder.step() }
        return tokens
    }

    private func options(_ count: Int, temperature: Double = 1, seed: UInt64 = 3) throws -> GenerationOptions {
        GenerationOptions(
            sampling: try SamplingOptions(temperature: temperature, seed: seed), maximumTokens: count, endTokens: [])
    }

    @Test("sequences that come and go get what they get alone")
    func batches() throws {
        for name in Self.decoders {
            let model = try GoldenModels.model(name)
            let prompts = [[5, 6, 7, 8], [9], [10, 11, 12, 13, 14, 15, 16], [20, 21]]
            let expected = try prompts.enumerated().map { index, prompt in
                try alone(model, prompt, options(12, seed: UInt64(index))).map(\.id)
            }
            var decoder = BatchDecoder(model)
            var found: [Int: [Int]] = [:]
            for (index, prompt) in prompts.enumerated() {
                try decoder.add(prompt, options: options(12, seed: UInt64(index)))
                for _ in 0..<3 {
                    for token in decoder.step() { found[token.sequence, default: []].append(token.id) }
                }
            }
            while !decoder.isIdle {
                for token in decoder.step() { found[token.sequence, default: []].append(token.id) }
            }
            for (index, tokens) in expected.enumerated() { #expect(found[index] == tokens, "\(name), \(index)") }
        }
    }

    @Test("a prompt in chunks gives the same tokens, with a window too")
    func chunks() throws {
        for name in Self.decoders {
            let model = try GoldenModels.model(name)
            let prompt = (0..<30).map { 3 + $0 * 7 % 80 }
            let whole = try alone(model, prompt, options(10))
            for chunk in [1, 4, 7] {
                #expect(try alone(model, prompt, options(10), chunk: chunk).map(\.id) == whole.map(\.id), "\(name)")
            }
        }
    }

    @Test("log-probabilities are those of the model")
    func logProbabilities() throws {
        let model = try GoldenModels.model("qwen2-tiny")
        var options = try options(6, temperature: 0.5)
        options.alternativeCount = 3
        let tokens = try alone(model, [5, 6], options)
        let logs = model(TokenBatch([5, 6] + tokens.map(\.id))).value.squeezed(0).logSoftmax()
        for (index, token) in tokens.enumerated() {
            #expect(abs(token.logProbability - logs[1 + index, token.id]) < 1e-4)
            let best = logs.selected(axis: 0, at: 1 + index).topK(3)
            #expect(token.alternatives.map(\.id) == best.indices.array.map(Int.init))
        }
    }

    @Test("forks share a past and go on by themselves; what is taken back is forgotten")
    func caches() throws {
        for name in Self.decoders {
            let model = try GoldenModels.model(name)
            func logits(_ tokens: [Int]) -> Tensor<Float> {
                model(TokenBatch(tokens)).value.squeezed(0).selected(axis: 0, at: tokens.count - 1)
            }
            func agree(_ a: Tensor<Float>, _ b: Tensor<Float>) -> Bool {
                Golden.mismatch(actual: AnyTensor(a.squeezed(0)), expected: AnyTensor(b), rtol: 1e-4, atol: 1e-4) == nil
            }
            var first = [KVCache(for: model.configuration)]
            _ = model.nextTokenLogits(after: [[5, 6, 7]], &first)
            var second = first
            #expect(agree(model.nextTokenLogits(after: [[8]], &first), logits([5, 6, 7, 8])), "\(name)")
            #expect(agree(model.nextTokenLogits(after: [[9, 10]], &second), logits([5, 6, 7, 9, 10])), "\(name)")
            second[0].truncate(to: 2)
            #expect(second[0].count == 2)
            #expect(agree(model.nextTokenLogits(after: [[20]], &second), logits([5, 6, 20])), "\(name)")
        }
    }

    @Test("a cache with a window forgets, stays small and gives what the whole text gives")
    func windows() throws {
        let configuration = TransformerConfiguration(
            family: .mistral, vocabularySize: 50, hiddenSize: 16, layerCount: 2, headCount: 2, keyHeadCount: 1,
            maximumPositions: 4096, window: 5)
        let model = TransformerModel(configuration, key: RandomKey(seed: 1))
        let tokens = (0..<1500).map { ($0 * 31 + $0 / 7) % 50 }
        var caches = [KVCache(for: configuration)]
        var last = Tensor<Float>(zeros: [1, 50])
        for start in stride(from: 0, to: tokens.count, by: 3) {
            last = model.nextTokenLogits(after: [Array(tokens[start..<start + 3])], &caches)
        }
        #expect(caches[0].count == 1500)
        #expect(caches[0].byteCount <= 2 * 2 * 4 * 8 * 768)
        #expect(!caches[0].canTruncate(to: 100) && caches[0].canTruncate(to: 1499))
        let whole = model(TokenBatch(tokens)).value.squeezed(0).selected(axis: 0, at: 1499)
        #expect(
            Golden.mismatch(actual: AnyTensor(last.squeezed(0)), expected: AnyTensor(whole), rtol: 1e-4, atol: 1e-5)
                == nil)
    }

    @Test("sequences end by token, by number and by a full context; bad prompts throw")
    func ends() throws {
        let model = try GoldenModels.model("gpt2-tiny")
        let greedy = try alone(model, [5], GenerationOptions(maximumTokens: 5, endTokens: []))
        #expect(greedy.count == 5 && greedy.last?.finish == .maximumTokens)
        let ended = try alone(model, [5], GenerationOptions(maximumTokens: 5, endTokens: [greedy[1].id]))
        #expect(ended.last?.finish == .endToken && ended.count <= 2)
        let full = try alone(model, Array(repeating: 5, count: 60), GenerationOptions(maximumTokens: 50, endTokens: []))
        #expect(full.last?.finish == .contextFull && full.count == 5)
        var decoder = BatchDecoder(model)
        #expect(throws: GenerationError.self) { try decoder.add([]) }
        #expect(throws: GenerationError.self) { try decoder.add([97]) }
        #expect(throws: GenerationError.self) { try decoder.add([-1]) }
        #expect(throws: GenerationError.self) { try decoder.add(Array(repeating: 1, count: 65)) }
        let step = decoder.step()
        #expect(decoder.isIdle && step.isEmpty)
    }

    @Test(
        "next tokens of quantised decoders are bit for bit what the blocks give, also past a window",
        arguments: [TransformerFamily.llama, .mistral, .qwen2, .qwen3])
    func quantizedNextTokens(family: TransformerFamily) throws {
        var configuration = TransformerConfiguration(
            family: family, vocabularySize: 96, hiddenSize: 64, layerCount: 3, headCount: 4, keyHeadCount: 2,
            intermediateSize: 96, maximumPositions: 512)
        if family == .mistral { configuration.windows = [5, 5, 5] }
        let folder = TemporaryFolder()
        let path = folder.path + "/model.gguf"
        try TransformerModel(configuration, key: RandomKey(seed: 4))
            .save(gguf: path, as: #require(QuantizationPolicy(.q4_1)))
        let model = try TransformerModel(gguf: path)
        #expect(NextTokenPass(model) != nil)
        func run(_ hooks: ActivationHooks?, _ companions: Int) throws -> [BatchDecoder.Token] {
            var decoder = BatchDecoder(model)
            decoder.hooks = hooks
            let number = try decoder.add([5, 6, 7], options: options(300))
            for other in 0..<companions { try decoder.add([8 + other, 9], options: options(20 * (other + 1))) }
            var tokens: [BatchDecoder.Token] = []
            while !decoder.isIdle { tokens += decoder.step().filter { $0.sequence == number } }
            return tokens
        }
        let expected = try run(.add(Variable(Float(0)), at: .logits), 0)
        #expect(expected.count == 300)
        #expect(try run(nil, 0) == expected)
        #expect(try run(nil, 3) == expected)
    }

    @Test("NaN in the logits ends the sequence")
    func notANumber() throws {
        let model = try GoldenModels.model("llama-tiny")
        var decoder = BatchDecoder(model)
        decoder.hooks = .add(Variable(Float.nan), at: .finalNorm)
        let number = try decoder.add([5])
        #expect(decoder.step().isEmpty && decoder.isIdle)
        #expect(decoder.takeFailure(of: number) != nil)
    }
}

@Suite("Sampling")
struct SamplingTests {
    @Test("filters leave the probabilities that transformers leaves")
    func filters() throws {
        for folder in try Golden.folders(topic: "core/sampling") {
            let index = try folder.index("sampling.json")
            let tolerance = try #require(index["tolerance"]?.doubleValue)
            for (number, facts) in (index["cases"]?.arrayValue ?? []).enumerated() {
                func setting(_ name: String) -> Double? { facts["settings"]?[name]?.doubleValue }
                let options = try SamplingOptions(
                    temperature: setting("temperature") ?? 1, topK: facts["settings"]?["topK"]?.intValue,
                    topP: setting("topP") ?? 1, minP: setting("minP") ?? 0, typicalP: setting("typicalP") ?? 1,
                    repetitionPenalty: setting("repetitionPenalty") ?? 1)
                let sampler = TokenSampler(options, prompt: facts["seen"]?.integers ?? [])
                let logits = facts["logits"]?.arrayValue?.compactMap(\.doubleValue).map(Float.init) ?? []
                let expected = facts["probabilities"]?.arrayValue?.compactMap(\.doubleValue) ?? []
                let problem = Golden.mismatch(
                    actual: sampler.probabilities(logits), expected: expected, rtol: 0, atol: tolerance)
                #expect(problem == nil, "\(folder), case \(number): \(problem ?? "")")
            }
        }
    }

    @Test("tokens come as often as they are likely; penalties, biases and masks count")
    func frequencies() throws {
        let logits: [Float] = [0, 1, 2, -.infinity]
        var sampler = TokenSampler(try SamplingOptions(seed: 7), prompt: [])
        var counts = [0, 0, 0, 0]
        for _ in 0..<4000 { counts[try logits.withUnsafeBufferPointer { try sampler.next($0, allowed: nil) }] += 1 }
        for (count, share) in zip(counts, [0.0900, 0.2447, 0.6652, 0]) {
            #expect(abs(Double(count) / 4000 - share) < 0.03)
        }

        func greedy(_ options: SamplingOptions, _ draws: Int, mask: TokenMask? = nil) throws -> [Int] {
            var sampler = TokenSampler(options, prompt: [2])
            return try (0..<draws).map { _ in try logits.withUnsafeBufferPointer { try sampler.next($0, allowed: mask) }
            }
        }
        #expect(try greedy(SamplingOptions(temperature: 0, presencePenalty: 1.5), 3) == [2, 1, 2])
        #expect(try greedy(SamplingOptions(temperature: 0, frequencyPenalty: 0.8), 4) == [2, 2, 1, 2])
        #expect(try greedy(SamplingOptions(temperature: 0, logitBias: [0: 5]), 1) == [0])
        var mask = TokenMask(vocabularySize: 4)
        mask.insert(1)
        #expect(try greedy(.greedy, 1, mask: mask) == [1])
        #expect(throws: GenerationError.self) { try greedy(.greedy, 1, mask: TokenMask(vocabularySize: 4)) }
    }

    @Test("settings outside of their range throw")
    func ranges() throws {
        #expect(throws: SamplingError.self) { try SamplingOptions(temperature: -1) }
        #expect(throws: SamplingError.self) { try SamplingOptions(temperature: .nan) }
        #expect(throws: SamplingError.self) { try SamplingOptions(topK: 0) }
        #expect(throws: SamplingError.self) { try SamplingOptions(topP: 0) }
        #expect(throws: SamplingError.self) { try SamplingOptions(topP: 1.1) }
        #expect(throws: SamplingError.self) { try SamplingOptions(minP: -0.1) }
        #expect(throws: SamplingError.self) { try SamplingOptions(typicalP: 0) }
        #expect(throws: SamplingError.self) { try SamplingOptions(repetitionPenalty: 0) }
        #expect(throws: SamplingError.self) { try SamplingOptions(presencePenalty: .infinity) }
        #expect(throws: SamplingError.self) { try SamplingOptions(logitBias: [3: .nan]) }
    }
}
