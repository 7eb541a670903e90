import Autograd
import Report
import Tensor

extension TransformerModel {
    /// Writes the model as a GGUF file, which llama.cpp runs too.
    ///
    /// Adapters become part of the weights that they change; BERT's pooler has no name in GGUF and is left out.
    ///
    /// ```swift
    /// let metadata = try tokenizer.ggufMetadata(vocabularySize: model.configuration.vocabularySize)
    /// try model.save(gguf: "model.gguf", as: QuantizationPolicy(.q8_0)!, metadata: metadata)
    /// ```
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - policy: which tensor gets which format.
    ///   - metadata: what is written beside the configuration: the tokenizer's, and names.
    ///   - events: hears of every tensor.
    /// - Throws: ``ModelFileError`` also for what GGUF cannot say: another non-linearity than the family's own, windows that
    ///   differ between layers, dynamic rotary scaling.
    public func save(
        gguf path: String, as policy: QuantizationPolicy, metadata: [(key: String, value: GGUFValue)] = [],
        events: some EventSink = SilentSink()
    ) throws(ModelFileError) {
        let described: [(key: String, value: GGUFValue)]
        do { described = try configuration.ggufMetadata() } catch { throw .configuration(error) }
        let given = Set(metadata.map(\.key))
        let all = described.filter { !given.contains($0.key) } + policy.metadata + metadata
        do { try GGUFFile.write(ggufTensors(policy), metadata: all, to: path, events: events) } catch {
            throw .file(error)
        }
    }

    /// All tensors by GGUF's names.
    private func ggufTensors(_ policy: QuantizationPolicy) -> [GGUFTensor] {
        let names = GGUFNames(configuration)
        var tensors: [GGUFTensor] = []
        if let divisors = configuration.rotaryDivisors {
            let divisors = Tensor(divisors.map(Float.init))
            tensors.append(GGUFTensor(name: "rope_freqs.weight", QuantizedTensor(quantizing: divisors, as: .float32)))
        }
        for (path, tensor) in huggingFaceTensors() {
            guard let place = names.place(of: path, shape: tensor.shape) else { continue }
            let format = policy.format(of: place.name, shape: place.shape)
            tensors.append(
                GGUFTensor(name: place.name, format: format, shape: place.shape) {
                    QuantizedTensor(quantizing: place.ordered(tensor), as: format)
                })
        }
        return tensors
    }
}

/// Where GGUF puts the tensors of transformers' files.
private struct GGUFNames {
    /// GGUF's name of each part, without `.weight` and `.bias`.
    private var stems: [String: String] = [:]
    /// The parts whose matrices lie as `[in, out]` in transformers' files.
    private var turned: Set<String> = []
    /// The number of heads of the parts whose rows are in another order.
    private var heads: [String: Int] = [:]

    init(_ configuration: TransformerConfiguration) {
        let source = ParameterNames.huggingFace(configuration.family)
        let target = ParameterNames.gguf(configuration.family)
        for part in [\ParameterNames.tokens, \.positions, \.types, \.embeddingNorm, \.finalNorm, \.head] {
            if !source[keyPath: part].isEmpty { stems[source[keyPath: part]] = target[keyPath: part] }
        }
        let isPermuted = configuration.family == .llama || configuration.family == .mistral
        for layer in 0..<configuration.layerCount {
            let (from, to) = (source.block(layer), target.block(layer))
            for part in [\ParameterNames.queryNorm, \.keyNorm, \.attentionNorm, \.feedForwardNorm] {
                if !source[keyPath: part].isEmpty { stems[from + source[keyPath: part]] = to + target[keyPath: part] }
            }
            let maps =
                [\ParameterNames.attentionOutput, \.gate, \.up, \.down].map {
                    (source[keyPath: $0], target[keyPath: $0])
                } + zip(source.attentionInputs, target.attentionInputs).map { ($0, $1) }
            for (name, ggufName) in maps where !name.isEmpty {
                stems[from + name] = to + ggufName
                if source.inputsFirst { turned.insert(from + name) }
            }
            if isPermuted {
                heads[from + source.attentionInputs[0]] = configuration.headCount
                heads[from + source.attentionInputs[1]] = configuration.keyHeadCount
            }
        }
    }

    /// A tensor's name and shape in GGUF, and how its elements get into that order.
    struct Place: Sendable {
        let name: String
        let shape: TensorShape
        let isTurned: Bool
        let heads: Int?

        /// The elements in GGUF's order.
        func ordered(_ tensor: Tensor<Float>) -> Tensor<Float> {
            if isTurned { return tensor.transposed().contiguous() }
            guard let heads else { return tensor }
            // Row 2 i + r of a head from row `half · r + i`, so that neighbours turn together.
            let rows = shape[0]
            let split = tensor.reshaped([heads, 2, rows / heads / 2, tensor.count / rows])
            return split.permuted([0, 2, 1, 3]).contiguous().reshaped(shape)
        }
    }

    /// Where a tensor goes; nil if GGUF has no place for it.
    func place(of path: String, shape: TensorShape) -> Place? {
        guard let dot = path.lastIndex(of: "."), let stem = stems[String(path[..<dot])] else { return nil }
        let part = String(path[..<dot])
        let isTurned = turned.contains(part) && shape.rank == 2
        return Place(
            name: stem + path[dot...], shape: isTurned ? [shape[1], shape[0]] : shape, isTurned: isTurned,
            heads: heads[part])
    }
}
