import Glibc
import Tensor
import Tokenizers

/// A tokenizer with its files: learned from data, or taken over as it is.
struct TokenizerFiles {
    let tokenizer: Tokenizer
    private let files: [(name: String, bytes: [UInt8])]

    /// What may belong to a tokenizer in a folder.
    private static let names = [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt", "chat_template.jinja",
        "generation_config.json",
    ]
    private static let endToken = "<|endoftext|>"

    /// The tokenizer of a new model.
    init(_ shape: NewModelArguments, _ data: [String]) throws {
        if let path = shape.tokenizer {
            self = try TokenizerFiles(path: path)
            return
        }
        var trainer = BPETrainer(vocabularySize: shape.vocabulary ?? 257)
        trainer.specialTokens = [TokenizerFiles.endToken]
        // Without merges, every byte is a token.
        let trained = try trainer.train(on: shape.vocabulary == nil ? [] : data.map { try TrainingData.text(of: $0) })
        var tokenizer = try trained.tokenizer()
        tokenizer.configuration.bosToken = TokenizerFiles.endToken
        tokenizer.configuration.eosToken = TokenizerFiles.endToken
        let configuration: JSON = [
            "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": .string(TokenizerFiles.endToken),
            "eos_token": .string(TokenizerFiles.endToken),
        ]
        self.init(
            tokenizer: tokenizer,
            files: [("tokenizer.json", try trained.json().utf8()), ("tokenizer_config.json", try configuration.utf8())])
    }

    /// The tokenizer of a tokenizer.json or of a folder.
    init(path: String) throws {
        if path.hasSuffix(".json") {
            self.init(
                tokenizer: try Tokenizer(contentsOf: path),
                files: [("tokenizer.json", try MappedFile(contentsOf: path).array)])
            return
        }
        let present = TokenizerFiles.names.filter { access("\(path)/\($0)", R_OK) == 0 }
        self.init(
            tokenizer: try Tokenizer(directory: path),
            files: try present.map { ($0, try MappedFile(contentsOf: "\(path)/\($0)").array) })
    }

    private init(tokenizer: Tokenizer, files: [(name: String, bytes: [UInt8])]) {
        self.tokenizer = tokenizer
        self.files = files
    }

    /// Puts the files into a folder that exists.
    func write(to folder: String) throws {
        for file in files { try AtomicFile.write(to: "\(folder)/\(file.name)", file.bytes) }
    }
}
