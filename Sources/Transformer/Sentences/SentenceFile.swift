import Tensor
import Tokenizers

extension SentenceEncoder {
    /// Reads a GGUF file of an encoder, which has its tokenizer in it; quantised weights stay quantised.
    ///
    /// Vectors are pooled as `bert.pooling_type` says (llama.h, `enum llama_pooling_type`) and get length 1, as llama.cpp's do.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - precision: how it computes with quantised weights.
    /// - Throws: ``ModelFileError``, also for a model that is no encoder and a way of pooling that is not supported.
    public init(gguf path: String, precision: GGUFPrecision = .quantized) throws(ModelFileError) {
        let file: GGUFFile
        do { file = try GGUFFile(contentsOf: path) } catch { throw .file(error) }
        let model = try TransformerModel(gguf: file, precision: precision)
        guard model.configuration.family == .bert else {
            throw SentenceEncoder.problem(
                path, "general.architecture", "is \(model.configuration.family.rawValue)",
                expected: "bert: an encoder")
        }
        let tokenizer: Tokenizer
        do { tokenizer = try Tokenizer(gguf: file) } catch { throw .tokenizer(error) }
        let pooling: Pooling
        switch file["bert.pooling_type"]?.intValue ?? 1 {
        case 1: pooling = .mean
        case 2: pooling = .first
        case 3: pooling = .last
        case let other:
            throw SentenceEncoder.problem(path, "bert.pooling_type", "is \(other)", expected: "1, 2 or 3")
        }
        self.init(model, tokenizer, pooling: pooling)
    }
}
