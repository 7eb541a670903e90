import Glibc
import GoldenSupport
import NN
import Tensor
import Testing
import Transformer

@Suite("Models in folders")
struct FolderTests {
    @Test("a saved model is the same when it is read again")
    func saving() throws {
        for folder in try GoldenModels.folders() {
            let temporary = TemporaryFolder()
            let model = try TransformerModel(folder: folder.path)
            try model.save(to: "\(temporary.path)/model")
            let again = try TransformerModel(folder: "\(temporary.path)/model")
            #expect(again.configuration == model.configuration)
            for (a, b) in zip(model.namedTensors(), again.namedTensors()) {
                #expect(a.path == b.path && a.tensor == b.tensor, "\(a.path)")
            }
            let names = try SafetensorsFile(contentsOf: "\(temporary.path)/model/model.safetensors").entries.map(\.name)
            let original = try SafetensorsFile(contentsOf: "\(folder.path)/model.safetensors").entries.map(\.name)
            #expect(Set(names) == Set(original))
        }
    }

    @Test("several files with an index are one model, and names may lack their root")
    func layouts() throws {
        let folder = try GoldenModels.folder("llama-tiny")
        let temporary = TemporaryFolder()
        let file = try SafetensorsFile(contentsOf: "\(folder.path)/model.safetensors")
        let tensors = try file.entries.map { (name: $0.name, tensor: try file.tensor(named: $0.name)) }
        let half = tensors.count / 2
        try SafetensorsFile.write(Array(tensors[..<half]), to: "\(temporary.path)/a.safetensors")
        try SafetensorsFile.write(Array(tensors[half...]), to: "\(temporary.path)/b.safetensors")
        var map: JSONObject = [:]
        for (index, tensor) in tensors.enumerated() {
            map[tensor.name] = .string(index < half ? "a.safetensors" : "b.safetensors")
        }
        try AtomicFile.write(
            to: "\(temporary.path)/model.safetensors.index.json", JSON.object(["weight_map": .object(map)]).utf8())
        try AtomicFile.write(
            to: "\(temporary.path)/config.json", MappedFile(contentsOf: folder.file("config.json")).array)
        let model = try GoldenModels.model("llama-tiny")
        #expect(
            try TransformerModel(folder: temporary.path)(TokenBatch([5, 6])).value == model(TokenBatch([5, 6])).value)

        let bare = TemporaryFolder()
        let short = tensors.map { (name: $0.name.replacing("model.", with: ""), tensor: $0.tensor) }
        try SafetensorsFile.write(short, to: "\(bare.path)/model.safetensors")
        try AtomicFile.write(to: "\(bare.path)/config.json", MappedFile(contentsOf: folder.file("config.json")).array)
        #expect(try TransformerModel(folder: bare.path)(TokenBatch([5, 6])).value == model(TokenBatch([5, 6])).value)
    }

    @Test("norms of the first BERT files are called gamma and beta")
    func olderNames() throws {
        let folder = try GoldenModels.folder("bert-tiny")
        let temporary = TemporaryFolder()
        let file = try SafetensorsFile(contentsOf: "\(folder.path)/model.safetensors")
        let tensors = try file.entries.map { entry in
            let name = entry.name.replacing("LayerNorm.weight", with: "LayerNorm.gamma").replacing(
                "LayerNorm.bias", with: "LayerNorm.beta")
            return (name: name, tensor: try file.tensor(named: entry.name))
        }
        #expect(tensors.contains { $0.name.hasSuffix("gamma") })
        try SafetensorsFile.write(tensors, to: "\(temporary.path)/model.safetensors")
        try AtomicFile.write(
            to: "\(temporary.path)/config.json", MappedFile(contentsOf: folder.file("config.json")).array)
        let batch = TokenBatch([5, 6, 7])
        let model = try TransformerModel(folder: temporary.path)
        #expect(model.hiddenStates(batch).value == (try GoldenModels.model("bert-tiny")).hiddenStates(batch).value)
    }

    @Test("one file counts before an index, and saving removes the index and its files")
    func staleIndex() throws {
        let temporary = TemporaryFolder()
        let path = temporary.path
        let model = try GoldenModels.model("llama-tiny")
        let other = TransformerModel(model.configuration, key: RandomKey(seed: 1))
        func writeShards(_ model: TransformerModel) throws {
            let tensors = model.namedTensors().map { (name: $0.path, tensor: AnyTensor($0.tensor)) }
            try SafetensorsFile.write(Array(tensors[..<5]), to: "\(path)/model-00001-of-00002.safetensors")
            try SafetensorsFile.write(Array(tensors[5...]), to: "\(path)/model-00002-of-00002.safetensors")
            var map: JSONObject = [:]
            for (index, tensor) in tensors.enumerated() {
                map[tensor.name] = .string("model-0000\(index < 5 ? 1 : 2)-of-00002.safetensors")
            }
            try AtomicFile.write(
                to: "\(path)/model.safetensors.index.json", JSON.object(["weight_map": .object(map)]).utf8())
        }
        let batch = TokenBatch([5, 6])
        try model.save(to: path)
        try writeShards(other)
        #expect(try TransformerModel(folder: path)(batch).value == model(batch).value)

        // A model in several files is read, and written over itself.
        unlink("\(path)/model.safetensors")
        let read = try TransformerModel(folder: path)
        #expect(read(batch).value == other(batch).value)
        try AtomicFile.write(to: "\(path)/tokenizer.json", [1])
        try SafetensorsFile.write([], to: "\(path)/other.safetensors")
        try read.save(to: path)
        #expect(entries(of: path) == ["config.json", "model.safetensors", "other.safetensors", "tokenizer.json"])
        #expect(try TransformerModel(folder: path)(batch).value == other(batch).value)

        // An index that names files elsewhere removes none of them.
        let outside = TemporaryFolder()
        try SafetensorsFile.write([], to: "\(outside.path)/x.safetensors")
        let places: JSON = ["weight_map": ["a": .string("\(outside.path)/x.safetensors"), "b": "model.safetensors"]]
        try AtomicFile.write(to: "\(path)/model.safetensors.index.json", places.utf8())
        try model.save(to: path)
        #expect(entries(of: outside.path) == ["x.safetensors"])
        #expect(try TransformerModel(folder: path)(batch).value == model(batch).value)
    }

    @Test("missing, unexpected and misshaped tensors are reported together")
    func mismatches() throws {
        let folder = try GoldenModels.folder("qwen3-tiny")
        let temporary = TemporaryFolder()
        let file = try SafetensorsFile(contentsOf: "\(folder.path)/model.safetensors")
        var tensors: [(name: String, tensor: AnyTensor)] = []
        for entry in file.entries where entry.name != "model.norm.weight" {
            let tensor = try file.tensor(named: entry.name)
            let isWrong = entry.name == "model.layers.0.self_attn.q_norm.weight"
            tensors.append((entry.name, isWrong ? AnyTensor(Tensor<Float>(zeros: [3])) : tensor))
        }
        tensors.append(("model.extra", AnyTensor(Tensor<Float>(zeros: [1]))))
        try SafetensorsFile.write(tensors, to: "\(temporary.path)/model.safetensors")
        try AtomicFile.write(
            to: "\(temporary.path)/config.json", MappedFile(contentsOf: folder.file("config.json")).array)
        let error = #expect(throws: ModelFileError.self) { try TransformerModel(folder: temporary.path) }
        guard case .weights(let mismatch) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(mismatch.missing == ["model.norm.weight"])
        #expect(mismatch.unexpected == ["model.extra"])
        #expect(mismatch.misshaped.map(\.name) == ["model.layers.0.self_attn.q_norm.weight"])
        #expect(throws: ModelFileError.self) { try TransformerModel(folder: "/nowhere") }
        #expect(throws: ModelFileError.self) { try TransformerModel(gguf: "\(temporary.path)/config.json") }
    }

    @Test("adapters go to a PEFT folder and back, and merge into the weights")
    func adapters() throws {
        for name in ["llama-tiny", "gpt2-tiny"] {
            let model = try GoldenModels.model(name)
            var adapters = LowRankAdapters(
                for: model, settings: .init(rank: 2, alpha: 4, isRankStabilized: true), key: RandomKey(seed: 1))
            let batch = TokenBatch([5, 6, 7])
            #expect(model.adapted(by: adapters)(batch).value == model(batch).value)
            adapters.updateParameters { path, parameter in
                if path.hasSuffix("lora_B.weight") {
                    parameter.update { $0 = Tensor(randomNormal: $0.shape, key: RandomKey(seed: 2)) }
                }
            }
            let adapted = model.adapted(by: adapters)
            let temporary = TemporaryFolder()
            try adapters.save(to: temporary.path, of: model)
            let again = try LowRankAdapters(folder: temporary.path, for: model)
            #expect(again.paths == adapters.paths)
            #expect(model.adapted(by: again)(batch).value == adapted(batch).value)
            let problem = Golden.mismatch(
                actual: AnyTensor(adapted.merged()(batch).value), expected: AnyTensor(adapted(batch).value), rtol: 1e-4,
                atol: 1e-4)
            #expect(problem == nil, "\(problem ?? "")")
            #expect(model.adapted(by: adapters).withoutAdapters()(batch).value == model(batch).value)
        }
    }
}

@Suite("Which maps adapters change")
struct AdapterTargetTests {
    private func adapters(_ model: TransformerModel, _ targets: Set<String>? = nil) -> LowRankAdapters {
        LowRankAdapters(for: model, settings: .init(rank: 2, targets: targets), key: RandomKey(seed: 1))
    }

    /// The settings that PEFT gets.
    private func settings(_ adapters: LowRankAdapters, _ model: TransformerModel) throws -> JSON {
        let folder = TemporaryFolder()
        try adapters.save(to: folder.path, of: model)
        #expect(try LowRankAdapters(folder: folder.path, for: model).paths == adapters.paths)
        return try MappedFile(contentsOf: "\(folder.path)/adapter_config.json").json()
    }

    @Test("attention's maps are not those of the other part with the same last name")
    func attention() throws {
        for (name, maps, count) in [("gpt2-tiny", "attn", 2), ("bert-tiny", "attention", 4), ("llama-tiny", "attn", 4)]
        {
            let model = try GoldenModels.model(name)
            let paths = adapters(model).paths
            #expect(paths.count == count * model.configuration.layerCount)
            #expect(paths.allSatisfy { $0.contains(maps) }, "\(name)")
        }
    }

    @Test("targets are endings of whole names, as PEFT takes them")
    func endings() throws {
        let model = try GoldenModels.model("gpt2-tiny")
        let layers = model.configuration.layerCount
        #expect(adapters(model, ["attn.c_proj"]).paths == (0..<layers).map { "transformer.h.\($0).attn.c_proj" })
        #expect(adapters(model, ["c_proj"]).paths.count == 2 * layers)
        #expect(adapters(model, ["transformer.h.1.mlp.c_fc"]).paths == ["transformer.h.1.mlp.c_fc"])
    }

    @Test("a saved folder names what is adapted and no more, with the task of the model")
    func saved() throws {
        let gpt2 = try GoldenModels.model("gpt2-tiny")
        var json = try settings(adapters(gpt2), gpt2)
        #expect(json["target_modules"] == ["attn.c_proj", "c_attn"] && json["task_type"] == "CAUSAL_LM")
        json = try settings(adapters(gpt2, ["c_proj"]), gpt2)
        #expect(json["target_modules"] == ["c_proj"])
        json = try settings(adapters(gpt2, ["1.attn.c_attn"]), gpt2)
        #expect(json["target_modules"] == ["1.attn.c_attn"])
        let bert = try GoldenModels.model("bert-tiny")
        json = try settings(adapters(bert), bert)
        #expect(json["target_modules"] == ["attention.output.dense", "key", "query", "value"])
        #expect(json["task_type"] == "FEATURE_EXTRACTION")
    }
}

/// An empty folder that goes away with the object.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/martlet-transformer-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    }

    deinit { removeTree(path) }
}

private func removeTree(_ path: String) {
    for name in entries(of: path) where unlink("\(path)/\(name)") != 0 { removeTree("\(path)/\(name)") }
    rmdir(path)
}

@Suite("Models in GGUF files")
struct GGUFModelTests {
    @Test("a GGUF file of a checkpoint is the checkpoint, and can be saved as one")
    func values() throws {
        let folder = try Golden.folders(topic: "core/gguf-models")[0]
        for name in ["llama-tiny", "llama31-tiny", "qwen2-tiny", "qwen3-tiny", "gpt2-tiny", "bert-tiny"] {
            let model = try TransformerModel(gguf: folder.file("\(name).gguf"))
            let original = try GoldenModels.model(name)
            let batch = TokenBatch([[5, 6, 7, 8], [9, 10]])
            func agree(_ a: TransformerModel) -> String? {
                Golden.mismatch(
                    actual: AnyTensor(a.hiddenStates(batch).value),
                    expected: AnyTensor(original.hiddenStates(batch).value),
                    rtol: 1e-4, atol: 1e-4)
            }
            #expect(agree(model) == nil, "\(name): \(agree(model) ?? "")")
            let temporary = TemporaryFolder()
            if name == "llama31-tiny" {
                // config.json has no words for divisors of single frequencies.
                #expect(throws: ModelFileError.self) { try model.save(to: temporary.path) }
                continue
            }
            try model.save(to: temporary.path)
            let again = try TransformerModel(folder: temporary.path)
            #expect(agree(again) == nil, "\(name): \(agree(again) ?? "")")
        }
    }
}
