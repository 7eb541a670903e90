import Autograd
import GoldenSupport
import NN
import Tensor
import Testing
import Tokenizers
import Transformer

@Suite("Real models give transformers' values", .serialized)
struct RealModelTests {
    @Test(
        "SmolLM2: tokens, logits, log-probabilities, residual stream and greedy text",
        .enabled(if: RealModels.smolLM2 != nil, Comment(rawValue: RealModels.advice)))
    func smolLM2() throws {
        let language = try LanguageModel(gguf: try #require(RealModels.smolLM2), precision: .dequantized)
        let layers = language.model.configuration.layerCount
        for folder in try Golden.folders(topic: "core/real") {
            for facts in try folder.index("smollm2.json")["cases"]?.arrayValue ?? [] {
                let prompt = try #require(facts["prompt"]?.stringValue)
                let ids = language.tokenizer.encode(prompt, allowSpecial: .all)
                #expect(ids == facts["ids"]?.integers)
                let batch = TokenBatch(ids)
                let points: [ActivationPoint] =
                    [.embeddings] + (0..<layers).map { .residualPost(layer: $0) } + [.finalNorm, .logits]
                let found = language.model.capture(batch, at: points)
                let logits = try #require(found[.logits]).value.squeezed(0)
                let last = logits.selected(axis: 0, at: ids.count - 1)
                let top = last.topK(10)
                #expect(top.indices.array.map(Int.init) == facts["last_top_ids"]?.integers, "\(prompt)")
                func check(_ name: String, _ values: [Float], rtol: Double = 1e-3, atol: Double = 2e-3) {
                    let expected = facts[name]?.arrayValue?.compactMap(\.doubleValue) ?? []
                    let problem = Golden.mismatch(
                        actual: values.map(Double.init), expected: expected, rtol: rtol, atol: atol)
                    #expect(problem == nil, "\(prompt), \(name): \(problem ?? "")")
                }
                check("last_top_logits", top.values.array)
                let logProbabilities = logits.logSoftmax()
                check("token_logprobs", (0..<ids.count - 1).map { logProbabilities[$0, ids[$0 + 1]] })
                // The stream after each block but the last, which the reference has after the final norm only.
                let streams = points.dropLast().filter { $0 != .residualPost(layer: layers - 1) }
                let lengths = streams.map { point in
                    found[point]!.value.squeezed(0).selected(axis: 0, at: ids.count - 1).norm().scalar
                }
                check("resid_l2_last_token", lengths, atol: 1e-2)
                let tenth = found[.residualPost(layer: 9)]!.value.squeezed(0).selected(axis: 0, at: ids.count - 1)
                check("resid10_last_token_first8", Array(tenth.array.prefix(8)), atol: 5e-3)

                let wanted = try #require(facts["greedy_ids"]?.integers)
                let text = try language.complete([ids], options: GenerationOptions(maximumTokens: wanted.count))[0]
                #expect(Array(text.tokens.map(\.id).prefix(12)) == Array(wanted.prefix(12)), "\(prompt)")
            }
        }
    }

    @Test(
        "SmolLM2 with weights as they lie in the file gives the same logits",
        .enabled(if: RealModels.smolLM2 != nil, Comment(rawValue: RealModels.advice)))
    func packed() throws {
        let path = try #require(RealModels.smolLM2)
        let packed = try TransformerModel(gguf: path, precision: .exact)
        let dense = try TransformerModel(gguf: path, precision: .dequantized)
        let batch = TokenBatch([504, 3575, 282, 4649, 314])
        let problem = Golden.mismatch(
            actual: AnyTensor(packed(batch).value), expected: AnyTensor(dense(batch).value), rtol: 1e-3, atol: 1e-3)
        #expect(problem == nil, "\(problem ?? "")")
    }

    @Test(
        "SmolLM2 answers a chat",
        .enabled(if: RealModels.smolLM2 != nil, Comment(rawValue: RealModels.advice)))
    func chat() async throws {
        let language = try LanguageModel(gguf: try #require(RealModels.smolLM2), precision: .dequantized)
        let prefixes = PrefixCache()
        let options = GenerationOptions(maximumTokens: 8)
        var text = ""
        let messages: [ChatMessage] = [.user("What is the capital of France?")]
        for try await piece in try language.generate(chat: messages, options: options, prefixes: prefixes) {
            text += piece.text
        }
        #expect(text.contains("Paris"))
        let again = try language.generate(chat: messages, options: options, prefixes: prefixes).text()
        #expect(again == text)
    }

    @Test(
        "MiniLM: embeddings and similarities",
        .enabled(if: RealModels.miniLM != nil, Comment(rawValue: RealModels.advice)))
    func miniLM() throws {
        let encoder = try SentenceEncoder(folder: try #require(RealModels.miniLM))
        #expect(encoder.maximumTokens == 256 && encoder.pooling == .mean && encoder.normalizes)
        for folder in try Golden.folders(topic: "core/real") {
            let facts = try folder.index("minilm.json")
            let sentences = try #require(facts["sentences"]?.strings)
            let vectors = try encoder.encode(sentences)
            let expected =
                facts["embeddings"]?.arrayValue?.flatMap { $0.arrayValue?.compactMap(\.doubleValue) ?? [] } ?? []
            let tolerance = try #require(facts["tolerance"]?.doubleValue)
            let problem = Golden.mismatch(
                actual: vectors.array.map(Double.init), expected: expected, rtol: 0, atol: tolerance)
            #expect(problem == nil, "\(folder): \(problem ?? "")")
            for (index, sentence) in sentences.enumerated() {
                #expect(
                    try encoder.encode([sentence]).array.elementsEqual(
                        vectors.selected(axis: 0, at: index).array, by: { abs($0 - $1) < 1e-6 }))
            }
        }
        #expect(try encoder.encode([]).shape == [0, 384])
    }

    @Test(
        "adapters with less than 1 % of SmolLM2's parameters learn 8 sentences by heart",
        .enabled(if: RealModels.smolLM2 != nil, Comment(rawValue: RealModels.advice)))
    func adapters() throws {
        let language = try LanguageModel(gguf: try #require(RealModels.smolLM2), precision: .dequantized)
        let sentences = [
            "The blue heron counts to seven before it fishes.", "Marta keeps her keys under the third pot.",
            "Every second Tuesday the ferry leaves at dawn.", "Grandfather's clock runs four minutes slow.",
            "Her recipe wants cardamom, not cinnamon.", "Lake Orrin freezes from the north side first.",
            "Our cat answers to the name of Bismuth.", "That lighthouse was painted green in May.",
        ]
        let documents = sentences.map { TrainingDocument(language.tokenizer.encode($0) + [2]) }
        let batch = LanguageModelData(padding: documents, maximumLength: 32, padding: 2).batch(at: Array(0..<8))
        let settings = LowRankAdapters.Settings(
            rank: 4, alpha: 16,
            targets: ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])
        var adapters = LowRankAdapters(for: language.model, settings: settings, key: RandomKey(seed: 1))
        #expect(Double(adapters.parameterCount) < 0.01 * Double(language.model.parameterCount))
        var optimizer = AdamW<Float>(learningRate: 3e-3, weightDecay: 0)
        var last: Float = .infinity
        for _ in 0..<120 where last > 0.1 {
            let (loss, gradient) = valueAndGradient(at: adapters) { adapters in
                language.model.adapted(by: adapters).loss(batch.tokens, labels: batch.labels)
            }
            last = loss.scalar
            optimizer.update(&adapters, along: gradient)
        }
        #expect(last < 0.1)
    }
}

extension JSON {
    /// The whole numbers of an array.
    var integers: [Int] { arrayValue?.compactMap(\.intValue) ?? [] }

    /// The strings of an array.
    var strings: [String]? { arrayValue?.compactMap(\.stringValue) }
}
