import Glibc
import Tensor
import Tokenizers
import Transformer

/// Where a model lies: a GGUF file, or a folder in Hugging Face's layout.
enum ModelLocation {
    case file(String)
    case folder(String)

    /// Looks at what a path leads to.
    init(_ path: String) throws(CommandError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw CommandError("\(path): \(String(cString: strerror(errno))); a model is a GGUF file or a folder.")
        }
        if status.st_mode & S_IFMT != S_IFDIR {
            self = .file(path)
        } else if access("\(path)/config.json", R_OK) == 0 || access("\(path)/model.gguf", R_OK) != 0 {
            self = .folder(path)
        } else {
            // What `martlet train --model x.gguf` leaves.
            self = .file("\(path)/model.gguf")
        }
    }

    var path: String {
        switch self {
        case .file(let path), .folder(let path): path
        }
    }

    /// The model with its tokenizer.
    func languageModel(_ precision: GGUFPrecision) throws -> LanguageModel {
        let language =
            switch self {
            case .file(let path): try LanguageModel(gguf: path, precision: precision)
            case .folder(let path): try LanguageModel(folder: path)
            }
        guard language.model.configuration.family.isCausal else {
            throw CommandError("\(path) is an encoder, which cannot write text; `martlet embed` uses it.")
        }
        return language
    }

    /// The tokenizer alone.
    func tokenizer() throws -> Tokenizer {
        switch self {
        case .file(let path): try Tokenizer(gguf: GGUFFile(contentsOf: path))
        case .folder(let path): try Tokenizer(directory: path)
        }
    }
}
