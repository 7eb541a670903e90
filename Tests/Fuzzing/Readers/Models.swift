import Tensor
import Transformer

/// A config.json; what is written of it means the same.
func readConfiguration(_ bytes: [UInt8]) throws {
    let configuration = try TransformerConfiguration(huggingFace: JSON(parsing: bytes))
    try require(configuration.problems.isEmpty, "config: what contradicts itself was accepted")
    guard let written = try? configuration.huggingFaceJSON() else { return }
    let again = try TransformerConfiguration(huggingFace: written)
    try require(again == configuration, "config: another configuration is read back")
}

/// An adapter_config.json beside the adapters of a small model.
func readAdapter(_ bytes: [UInt8]) throws {
    let path = try inputFile(bytes, named: "adapter_config.json")
    let folder = String(path.dropLast("/adapter_config.json".count))
    try SafetensorsFile.write(adapterTensors, to: "\(folder)/adapter_model.safetensors")
    let adapters = try LowRankAdapters(folder: folder, for: adaptedModel)
    try require(adapters.paths.count == 1, "adapter: another number of adapters")
    _ = adaptedModel.adapted(by: adapters)(TokenBatch([1, 2])).value.array
}

private let adaptedModel = TransformerModel(
    TransformerConfiguration(
        family: .llama, vocabularySize: 4, hiddenSize: 4, layerCount: 1, headCount: 1, maximumPositions: 4),
    key: RandomKey(seed: 1))

private let adapterTensors: [(name: String, tensor: AnyTensor)] = [
    ("lora_A", [2, 4] as TensorShape), ("lora_B", [4, 2]),
].map {
    let name = "base_model.model.model.layers.0.self_attn.q_proj.\($0.0).weight"
    return (name, AnyTensor(Tensor<Float>(zeros: $0.1)))
}
