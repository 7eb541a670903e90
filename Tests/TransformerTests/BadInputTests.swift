import Autograd
import Glibc
import GoldenSupport
import NN
import Tensor
import Testing
import Transformer

@Suite("Bad input to transformers")
struct BadInputTests {
    fileprivate static func small(_ family: TransformerFamily) -> TransformerModel {
        let configuration = TransformerConfiguration(
            family: family, vocabularySize: 16, hiddenSize: 8, layerCount: 1, headCount: 2, maximumPositions: 4)
        return TransformerModel(configuration, key: RandomKey(seed: 1))
    }

    // MARK: Files

    @Test(
        "a config.json that is cut off, nested without end, repeated or no object is an error with the path",
        arguments: [
            "", "{", "[]", "3", "null", #"{"model_type": "llama", "model_type": "gpt2"}"#, #"{"model_type": 3}"#,
            String(repeating: "[", count: 200), "{\"a\":" + String(repeating: "[", count: 100_000),
        ])
    func texts(text: String) throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/config.json"
        try AtomicFile.write(to: path, Array(text.utf8))
        let error = #expect(throws: ConfigurationError.self) { try TransformerConfiguration(contentsOf: path) }
        #expect(error?.path == path && error?.problems.isEmpty == false)
        #expect(throws: ModelFileError.self) { try TransformerModel(folder: folder.path) }
    }

    @Test(
        "sizes beyond measure are refused before anybody makes room for them",
        arguments: [
            "num_hidden_layers", "vocab_size", "hidden_size", "num_attention_heads", "intermediate_size",
            "num_key_value_heads", "head_dim", "max_position_embeddings",
        ])
    func sizes(field: String) throws {
        for value in [JSON.integer(.max), .integer(1 << 31), 0, -1, 1.5, "8", [], nil] as [JSON] {
            var json: JSONObject = [
                "model_type": "llama", "vocab_size": 9, "hidden_size": 8, "num_hidden_layers": 1,
                "num_attention_heads": 2, "intermediate_size": 8,
            ]
            // Null is as good as absent, where a field may be.
            if value.isNull, json[field] == nil { continue }
            json[field] = value
            let error = #expect(throws: ConfigurationError.self) {
                try TransformerConfiguration(huggingFace: .object(json))
            }
            #expect(error?.problems.contains { $0.field == field } == true, "\(field) = \(value)")
        }
    }

    @Test("weights that are cut off or not there are errors with the file")
    func weights() throws {
        let folder = TemporaryFolder()
        try Self.small(.llama).save(to: folder.path)
        let path = "\(folder.path)/model.safetensors"
        let whole = try MappedFile(contentsOf: path).array
        for count in [0, 7, 100, whole.count - 1] {
            try AtomicFile.write(to: path, Array(whole[..<count]))
            let error = #expect(throws: ModelFileError.self) { try TransformerModel(folder: folder.path) }
            #expect(error?.description.contains(path) == true)
        }
        unlink(path)
        #expect(throws: ModelFileError.self) { try TransformerModel(folder: folder.path) }
        let gguf = "\(folder.path)/x.gguf"
        try Self.small(.llama).save(gguf: gguf, as: QuantizationPolicy(.float32)!)
        let file = try MappedFile(contentsOf: gguf).array
        for count in stride(from: 0, to: file.count, by: 97) {
            try AtomicFile.write(to: gguf, Array(file[..<count]))
            #expect(throws: ModelFileError.self) { try TransformerModel(gguf: gguf) }
        }
    }

    @Test("weights that are not finite load; sampling from them throws")
    func notFinite() throws {
        let folder = TemporaryFolder()
        var model = Self.small(.llama)
        model.updateParameters { path, parameter in
            if path == "model.norm.weight" { parameter.update { $0 = Tensor(repeating: .nan, shape: $0.shape) } }
        }
        try model.save(to: folder.path)
        var decoder = BatchDecoder(try TransformerModel(folder: folder.path))
        let number = try decoder.add([1])
        #expect(decoder.step().isEmpty && decoder.isIdle)
        guard case .invalidLogits = decoder.takeFailure(of: number) else { throw GenerationError.emptyPrompt }
    }

    @Test("adapters that do not fit or are not supported are refused, with all that is wrong")
    func adapters() throws {
        let model = Self.small(.llama)
        let folder = TemporaryFolder()
        #expect(throws: ModelFileError.self) { try LowRankAdapters(folder: folder.path, for: model) }
        try LowRankAdapters(for: model, settings: .init(rank: 2), key: RandomKey(seed: 1)).save(
            to: folder.path, of: model)
        _ = try LowRankAdapters(folder: folder.path, for: model)
        let path = "\(folder.path)/adapter_config.json"
        let good = try MappedFile(contentsOf: path).json().objectValue ?? [:]
        for (field, value) in [
            ("peft_type", "IA3"), ("r", 0), ("r", "two"), ("lora_alpha", "much"), ("use_dora", true), ("bias", "all"),
            ("rank_pattern", ["q_proj": 4]), ("modules_to_save", ["lm_head"]),
        ] as [(String, JSON)] {
            var json = good
            json[field] = value
            try AtomicFile.write(to: path, JSON.object(json).utf8())
            let error = #expect(throws: ModelFileError.self) { try LowRankAdapters(folder: folder.path, for: model) }
            #expect(error?.description.contains(field) == true, "\(field): \(String(describing: error))")
        }
        var json = good
        json["r"] = 3
        try AtomicFile.write(to: path, JSON.object(json).utf8())
        let error = #expect(throws: ModelFileError.self) { try LowRankAdapters(folder: folder.path, for: model) }
        guard case .weights(let mismatch) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(mismatch.misshaped.count == 8)
        try AtomicFile.write(to: path, Array("{".utf8))
        #expect(throws: ModelFileError.self) { try LowRankAdapters(folder: folder.path, for: model) }
        try AtomicFile.write(to: path, JSON.object(good).utf8())
        #expect(throws: ModelFileError.self) { try LowRankAdapters(folder: folder.path, for: Self.small(.gpt2)) }
    }

    // MARK: Tokens

    @Test("a token that the vocabulary lacks ends the program with a message")
    func unknownTokens() async {
        await #expect(processExitsWith: .failure) { _ = BadInputTests.small(.llama)(TokenBatch([1, 16])) }
        await #expect(processExitsWith: .failure) { _ = BadInputTests.small(.llama)(TokenBatch([1, -1])) }
    }

    @Test("a row longer than learned positions reach ends the program with a message; rotary positions go on")
    func tooLong() async {
        await #expect(processExitsWith: .failure) { _ = BadInputTests.small(.gpt2)(TokenBatch([1, 2, 3, 4, 5])) }
        let logits = Self.small(.llama)(TokenBatch([1, 2, 3, 4, 5]))
        #expect(logits.shape == [1, 5, 16])
    }

    @Test("no sequences and no tokens give logits without elements", arguments: [TransformerFamily.llama, .gpt2])
    func nothing(family: TransformerFamily) {
        let model = Self.small(family)
        #expect(model(TokenBatch([[Int]]())).shape == [0, 0, 16])
        #expect(model(TokenBatch([[], []])).shape == [2, 0, 16])
        #expect(model.loss(TokenBatch([3])).scalar.isNaN)
        let (sum, count) = model.negativeLogLikelihood(TokenBatch([3]))
        #expect(sum == 0 && count == 0)
    }

    // MARK: Sampling

    @Test("more candidates than tokens are all tokens")
    func largeTopK() throws {
        var decoder = BatchDecoder(Self.small(.llama))
        try decoder.add([1], options: GenerationOptions(sampling: try SamplingOptions(topK: 1000, seed: 1)))
        #expect(decoder.step().count == 1)
    }

    @Test("biases that exclude every token end their sequence alone")
    func nothingAllowed() throws {
        var decoder = BatchDecoder(Self.small(.llama))
        let bias = Dictionary(uniqueKeysWithValues: (0..<16).map { ($0, -Float.infinity) })
        let good = try decoder.add([1, 2])
        let bad = try decoder.add([1], options: GenerationOptions(sampling: try SamplingOptions(logitBias: bias)))
        let last = try decoder.add([3])
        #expect(decoder.step().map(\.sequence) == [good, last])
        guard case .nothingAllowed = decoder.takeFailure(of: bad) else { throw GenerationError.emptyPrompt }
        #expect(decoder.takeFailure(of: bad) == nil)
        #expect(decoder.step().map(\.sequence) == [good, last])
    }
}
