import Glibc
import Tensor
import Tokenizers

/// What a path leads to, told by its content.
enum FileContent {
    case gguf(GGUFFile)
    case safetensors(SafetensorsFile)
    case shards(ShardedSafetensors, path: String)
    case npy(AnyTensor, path: String)
    case npz([(name: String, tensor: AnyTensor)], path: String)
    case tokenizer(Tokenizer, path: String)
    case configuration(JSON, path: String)
    case modelFolder(String)
    case adapterFolder(String)
    case runFolder(String)

    init(of path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { throw CommandError("\(path): \(String(cString: strerror(errno)))") }
        if status.st_mode & S_IFMT == S_IFDIR {
            self = try FileContent(folder: path)
            return
        }
        let start = try MappedFile(contentsOf: path).withUnsafeBytes { Array($0.prefix(4096)) }
        if start.starts(with: "GGUF".utf8) {
            self = .gguf(try GGUFFile(contentsOf: path))
        } else if start.starts(with: [0x93] + "NUMPY".utf8) {
            self = .npy(try AnyTensor(contentsOf: path), path: path)
        } else if start.starts(with: [0x50, 0x4B]) {
            self = .npz(try NPZ.read(path), path: path)
        } else if start.count > 8, start[8] == UInt8(ascii: "{"), start[6] == 0, start[7] == 0 {
            self = .safetensors(try SafetensorsFile(contentsOf: path))
        } else if start.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") {
            self = try FileContent(json: MappedFile(contentsOf: path).json(), path: path)
        } else {
            throw CommandError(
                "\(path) is none of what is known: GGUF, safetensors, npy, npz, tokenizer.json, config.json or a folder of them."
            )
        }
    }

    private init(folder: String) throws(CommandError) {
        func has(_ name: String) -> Bool { access("\(folder)/\(name)", R_OK) == 0 }
        if has("adapter_config.json") {
            self = .adapterFolder(folder)
        } else if has("config.json") {
            self = .modelFolder(folder)
        } else if has("checkpoints") {
            self = .runFolder(folder)
        } else {
            throw CommandError(
                "\(folder) is a folder without config.json, adapter_config.json or checkpoints: no model is in it.")
        }
    }

    private init(json: JSON, path: String) throws {
        if json["weight_map"] != nil {
            self = .shards(try ShardedSafetensors(index: path), path: path)
        } else if json["model"]?.objectValue != nil {
            self = .tokenizer(try Tokenizer(contentsOf: path), path: path)
        } else {
            self = .configuration(json, path: path)
        }
    }

    /// The tokenizer, if there is one.
    func tokenizer() throws -> Tokenizer? {
        switch self {
        case .gguf(let file): try Tokenizer(gguf: file)
        case .tokenizer(let tokenizer, _): tokenizer
        case .modelFolder(let folder): try Tokenizer(directory: folder)
        default: nil
        }
    }
}
