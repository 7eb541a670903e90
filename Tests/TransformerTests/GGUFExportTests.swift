import GoldenSupport
import Tensor
import Testing
import Transformer

@Suite("Models as GGUF files")
struct GGUFExportTests {
    private static let names = [
        "llama-tiny", "llama31-tiny", "mistral-tiny", "qwen2-tiny", "qwen3-tiny", "gpt2-tiny", "bert-tiny",
    ]
    private static let batch = TokenBatch([[5, 6, 7, 8, 9], [10, 11]])

    private func policy(_ format: BlockFormat) throws -> QuantizationPolicy { try #require(QuantizationPolicy(format)) }

    @Test("in float32 the model is the same to the bit", arguments: names)
    func exact(name: String) throws {
        let model = try GoldenModels.model(name)
        let folder = TemporaryFolder()
        try model.save(gguf: "\(folder.path)/x.gguf", as: policy(.float32))
        let again = try TransformerModel(gguf: "\(folder.path)/x.gguf")
        let (found, wanted) = (again.hiddenStates(Self.batch).value, model.hiddenStates(Self.batch).value)
        if name == "llama31-tiny" {
            // Divisors of frequencies are float32 in a file.
            let problem = Golden.mismatch(actual: AnyTensor(found), expected: AnyTensor(wanted), rtol: 1e-5, atol: 1e-5)
            #expect(problem == nil, "\(problem ?? "")")
        } else {
            #expect(found == wanted)
        }
    }

    @Test("the file is what llama.cpp's converter writes: names, shapes, order of rows, values", arguments: names)
    func reference(name: String) throws {
        if name == "mistral-tiny" { return }
        let folder = TemporaryFolder()
        try GoldenModels.model(name).save(gguf: "\(folder.path)/x.gguf", as: policy(.float32))
        let file = try GGUFFile(contentsOf: "\(folder.path)/x.gguf")
        let reference = try GGUFFile(contentsOf: Golden.folders(topic: "core/gguf-models")[0].file("\(name).gguf"))
        #expect(Set(file.entries.map(\.name)) == Set(reference.entries.map(\.name)))
        for entry in reference.entries {
            let (found, wanted) = (try file.tensor(named: entry.name), try reference.tensor(named: entry.name))
            #expect(found.shape == wanted.shape, "\(entry.name)")
            let problem = Golden.mismatch(
                actual: AnyTensor(found.dequantized()), expected: AnyTensor(wanted.dequantized()), rtol: 1e-6, atol: 0)
            #expect(problem == nil, "\(entry.name): \(problem ?? "")")
        }
        for (key, value) in reference.metadata {
            // The converter of the reference writes key lengths also where they are usual.
            if key.hasSuffix("_length"), file[key] == nil { continue }
            #expect(
                file[key]?.doubleValue == value.doubleValue && file[key]?.stringValue == value.stringValue, "\(key)")
        }
    }

    @Test(
        "a quantised file loads and computes with the numbers that its blocks stand for",
        arguments: QuantizationPolicy.formats)
    func quantized(format: BlockFormat) throws {
        // Rows of 256, so that every format fits.
        let configuration = TransformerConfiguration(
            family: .llama, vocabularySize: 64, hiddenSize: 256, layerCount: 2, headCount: 4, keyHeadCount: 2,
            intermediateSize: 512, maximumPositions: 32)
        let model = TransformerModel(configuration, key: RandomKey(seed: 1))
        let folder = TemporaryFolder()
        let path = "\(folder.path)/x.gguf"
        try model.save(gguf: path, as: policy(format))
        let file = try GGUFFile(contentsOf: path)
        #expect(file.entry(named: "blk.1.ffn_up.weight")?.format == format)
        #expect(file.entry(named: "blk.1.ffn_norm.weight")?.format == .float32)
        let isNarrow = [BlockFormat.q4_0, .q4_1, .q4_K].contains(format)
        #expect(file.entry(named: "token_embd.weight")?.format == (isNarrow ? .q6_K : format))

        // A folder with the numbers that the blocks stand for has the same logits.
        let dense = try TransformerModel(gguf: path, precision: .dequantized)
        try dense.save(to: "\(folder.path)/dense")
        let again = try TransformerModel(folder: "\(folder.path)/dense")
        let logits = dense(Self.batch).value
        #expect(again(Self.batch).value == logits)
        // So has the packed model, but for the order of sums.
        let exact = try TransformerModel(gguf: path, precision: .exact)(Self.batch).value
        let problem = Golden.mismatch(actual: AnyTensor(exact), expected: AnyTensor(logits), rtol: 1e-3, atol: 1e-4)
        #expect(problem == nil, "\(problem ?? "")")
        // And the original is not far.
        let original = model(Self.batch).value
        let error = Double((logits - original).norm().scalar / original.norm().scalar)
        let limit: [BlockFormat: Double] = [.float32: 0, .float16: 1e-3, .bfloat16: 1e-2, .q8_0: 2e-2, .q6_K: 5e-2]
        #expect(error <= limit[format] ?? 0.25, "\(error)")
    }

    @Test("rows that are no whole blocks get the nearest format that holds them")
    func fallbacks() throws {
        func format(_ wanted: BlockFormat, _ name: String, _ columns: Int) throws -> BlockFormat {
            try policy(wanted).format(of: name, shape: [4, columns])
        }
        #expect(try format(.q4_K, "blk.0.ffn_up.weight", 512) == .q4_K)
        #expect(try format(.q4_K, "blk.0.ffn_up.weight", 576) == .q4_1)
        #expect(try format(.q4_K, "token_embd.weight", 576) == .q8_0)
        #expect(try format(.q6_K, "blk.0.ffn_up.weight", 576) == .q8_0)
        #expect(try format(.q8_0, "blk.0.ffn_up.weight", 100) == .float16)
        #expect(try format(.q8_0, "position_embd.weight", 256) == .float32)
        #expect(try policy(.q8_0).format(of: "x", shape: [256]) == .float32)
        #expect(QuantizationPolicy(.q5_K) == nil)
    }

    @Test("a GGUF file is written again in another format, with its metadata and its order of rows")
    func again() throws {
        let source = try Golden.folders(topic: "core/gguf-models")[0].file("llama31-tiny.gguf")
        let folder = TemporaryFolder()
        try GGUFFile(contentsOf: source).write(policy(.q8_0), to: "\(folder.path)/q8.gguf")
        try GGUFFile(contentsOf: "\(folder.path)/q8.gguf").write(policy(.float32), to: "\(folder.path)/f32.gguf")
        let (first, second) = (
            try GGUFFile(contentsOf: "\(folder.path)/q8.gguf"), try GGUFFile(contentsOf: "\(folder.path)/f32.gguf")
        )
        #expect(first["general.file_type"] == .uint32(7) && second["general.file_type"] == .uint32(0))
        #expect(second["llama.block_count"] == (try GGUFFile(contentsOf: source))["llama.block_count"])
        #expect(second.entry(named: "rope_freqs.weight") != nil)
        let a = try TransformerModel(gguf: first, precision: .dequantized)
        let b = try TransformerModel(gguf: second)
        #expect(a(Self.batch).value == b(Self.batch).value)
    }

    @Test("adapters become part of the file; biases of permuted rows follow them")
    func adapters() throws {
        var json = try MappedFile(contentsOf: GoldenModels.folder("llama-tiny").file("config.json")).json().objectValue!
        json["attention_bias"] = true
        let configuration = try TransformerConfiguration(huggingFace: .object(json))
        var model = TransformerModel(configuration, key: RandomKey(seed: 1))
        model.updateParameters { path, parameter in
            if path.hasSuffix("bias") {
                parameter.update { $0 = Tensor(randomNormal: $0.shape, key: RandomKey(seed: 2)) }
            }
        }
        var adapters = LowRankAdapters(for: model, key: RandomKey(seed: 3))
        adapters.updateParameters { path, parameter in
            if path.hasSuffix("lora_B.weight") {
                parameter.update { $0 = Tensor(randomNormal: $0.shape, key: RandomKey(seed: 4)) }
            }
        }
        let adapted = model.adapted(by: adapters)
        let folder = TemporaryFolder()
        try adapted.save(gguf: "\(folder.path)/x.gguf", as: policy(.float32))
        let again = try TransformerModel(gguf: "\(folder.path)/x.gguf")
        #expect(again(Self.batch).value == adapted.merged()(Self.batch).value)
    }

    @Test("what GGUF cannot say is refused, all at once")
    func refusals() throws {
        let configuration = TransformerConfiguration(
            family: .llama, vocabularySize: 8, hiddenSize: 8, layerCount: 1, headCount: 2, maximumPositions: 8,
            activation: .relu, rotary: .init(scaling: .dynamicNTK(factor: 2, originalLength: 8)))
        let model = TransformerModel(configuration, key: RandomKey(seed: 1))
        let error = #expect(throws: ModelFileError.self) {
            try model.save(gguf: "/tmp/martlet-never.gguf", as: QuantizationPolicy(.q8_0)!)
        }
        #expect(error?.description.contains("hidden_act") == true && error?.description.contains("rope_type") == true)
        #expect(throws: ModelFileError.self) {
            try GoldenModels.model("gpt2-tiny").save(gguf: "/nowhere/x.gguf", as: QuantizationPolicy(.q8_0)!)
        }
    }
}
