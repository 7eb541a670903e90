import Autograd
import Glibc
import NN
import Tensor

extension TransformerModel {
    /// Reads a folder in Hugging Face's layout: config.json and model.safetensors, or several files with an index.
    ///
    /// Weights of other float types than float32 are converted.
    /// - Throws: ``ModelFileError`` with everything that does not fit: all fields of the configuration, or all tensors.
    public init(folder: String) throws(ModelFileError) {
        let configuration: TransformerConfiguration
        do { configuration = try TransformerConfiguration(contentsOf: "\(folder)/config.json") } catch {
            throw .configuration(error)
        }
        try self.init(folder: folder, configuration)
    }

    /// Reads a folder's weights for a configuration.
    init(folder: String, _ configuration: TransformerConfiguration) throws(ModelFileError) {
        var source: SafetensorsWeights
        do { source = try SafetensorsWeights(folder: folder, configuration.family) } catch { throw .file(error) }
        self.init(configuration, from: &source)
        try source.check(tiesEmbeddings: configuration.tiesEmbeddings)
    }

    /// Reads a GGUF file (architectures llama, qwen2, qwen3, gpt2 and bert).
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - precision: how it computes with quantised weights.
    /// - Throws: ``ModelFileError`` with everything that does not fit.
    public init(gguf path: String, precision: GGUFPrecision = .quantized) throws(ModelFileError) {
        let file: GGUFFile
        do { file = try GGUFFile(contentsOf: path) } catch { throw .file(error) }
        try self.init(gguf: file, precision: precision)
    }

    /// Reads an open GGUF file.
    public init(gguf file: GGUFFile, precision: GGUFPrecision = .quantized) throws(ModelFileError) {
        let configuration: TransformerConfiguration
        do { configuration = try TransformerConfiguration(gguf: file) } catch { throw .configuration(error) }
        var source = GGUFWeights(file, configuration, precision)
        self.init(configuration, from: &source)
        try source.check()
    }

    /// Writes config.json and model.safetensors, which transformers loads, into a folder that is made if need be.
    ///
    /// Once both are there, the index and the files of a model in several files, which they replace, are removed.
    ///
    /// Quantised weights are written as the numbers they stand for, adapters as part of the weights they change.
    public func save(to folder: String) throws(ModelFileError) {
        let json: JSON
        do { json = try configuration.huggingFaceJSON() } catch { throw .configuration(error) }
        if mkdir(folder, 0o777) != 0, errno != EEXIST {
            throw .file(
                TensorFileError(path: folder, problem: "cannot make the folder: \(String(cString: strerror(errno)))"))
        }
        let tensors = huggingFaceTensors().map { (name: $0.path, tensor: AnyTensor($0.tensor)) }
        do {
            try SafetensorsFile.write(tensors, metadata: ["format": "pt"], to: "\(folder)/model.safetensors")
            // A configuration without non-finite numbers can be written.
            let text = (try? json.text(indentation: 2)) ?? ""
            try AtomicFile.write(to: "\(folder)/config.json", Array(text.utf8))
            try SafetensorsWeights.removeShards(from: folder)
        } catch { throw .file(error) }
    }

    /// All tensors as transformers' files have them.
    func huggingFaceTensors() -> [(path: String, tensor: Tensor<Float>)] {
        var plain = merged()
        plain.unpack()
        return plain.namedTensors()
    }

    /// Turns quantised weights into numbers, in the order of rows and columns that transformers expects.
    private mutating func unpack() {
        let inputsFirst = ParameterNames.huggingFace(configuration.family).inputsFirst
        tokens.unpack()
        positions?.unpack()
        types?.unpack()
        head?.weight.unpack()
        pooler?.weight.unpack()
        updateProjections { _, projection in
            projection.weight.unpack()
            guard inputsFirst, !projection.inputsFirst, let dense = projection.weight.dense else { return }
            let turned = WeightMatrix(Variable(dense.value.transposed().contiguous()))
            projection = Projection(weight: turned, bias: projection.bias, inputsFirst: true)
        }
    }
}

extension WeightMatrix {
    fileprivate mutating func unpack() {
        if packed != nil { self = WeightMatrix(Variable(values)) }
    }
}
