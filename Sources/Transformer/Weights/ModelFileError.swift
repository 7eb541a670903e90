import NN
import Tensor
import Tokenizers

/// Why a model could not be read from, or written to, a folder or a file.
public enum ModelFileError: Error, Sendable, CustomStringConvertible {
    /// The configuration is missing, wrong or not supported; lists everything.
    case configuration(ConfigurationError)
    /// The tensors are not those of the model; lists everything that differs.
    case weights(TensorMismatch)
    /// A file could not be read or written.
    case file(TensorFileError)
    /// The tokenizer could not be read.
    case tokenizer(TokenizerError)

    /// The error as a sentence.
    public var description: String {
        switch self {
        case .configuration(let error): "\(error)"
        case .weights(let mismatch): mismatch.description
        case .file(let error): "\(error)"
        case .tokenizer(let error): "\(error)"
        }
    }
}
