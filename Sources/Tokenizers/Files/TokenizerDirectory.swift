import Glibc
import Tensor

extension Tokenizer {
    /// Reads the tokenizer of a model's folder: tokenizer.json if there is one, else vocab.txt (WordPiece), else the
    /// metadata of the folder's only GGUF file; and, beside it, tokenizer_config.json and chat_template.jinja.
    ///
    /// ```swift
    /// let tokenizer = try Tokenizer(directory: "SmolLM2-135M-Instruct")
    /// let template = try tokenizer.chatTemplate()
    /// ```
    public init(directory: String) throws(TokenizerError) {
        func exists(_ name: String) -> Bool { access("\(directory)/\(name)", R_OK) == 0 }
        var configuration = TokenizerConfiguration()
        var lowercases = true
        if exists("tokenizer_config.json") {
            let path = "\(directory)/tokenizer_config.json"
            do {
                let json = try MappedFile(contentsOf: path).json()
                configuration = TokenizerConfiguration(json)
                lowercases = json["do_lower_case"]?.boolValue ?? true
            } catch { throw TokenizerError(path: path, problem: error.problem, byteOffset: error.byteOffset) }
        }
        if exists("chat_template.jinja") {
            let path = "\(directory)/chat_template.jinja"
            do {
                configuration.chatTemplate = String(
                    decoding: try MappedFile(contentsOf: path).array, as: UTF8.self)
            } catch { throw TokenizerError(path: path, problem: error.problem) }
        }
        if exists("tokenizer.json") {
            try self.init(contentsOf: "\(directory)/tokenizer.json")
        } else if exists("vocab.txt") {
            try self.init(wordPieceVocabulary: "\(directory)/vocab.txt", lowercase: lowercases)
        } else {
            let files = Tokenizer.fileNames(in: directory).filter { $0.hasSuffix(".gguf") }
            guard files.count == 1 else {
                throw TokenizerError(
                    path: directory, problem: "the folder has no tokenizer",
                    expected: "tokenizer.json, vocab.txt or one GGUF file")
            }
            let file: GGUFFile
            do { file = try GGUFFile(contentsOf: "\(directory)/\(files[0])") } catch {
                throw TokenizerError(
                    path: error.path, problem: error.problem, byteOffset: error.byteOffset, field: error.field,
                    expected: error.expected)
            }
            try self.init(gguf: file)
            if configuration == TokenizerConfiguration() { return }
        }
        self.configuration = configuration
    }

    private static func fileNames(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names.sorted()
    }

    /// Reads a vocab.txt, one WordPiece token a line, as BERT's tokenizer uses it.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - lowercase: whether the vocabulary has no capital letters.
    public init(wordPieceVocabulary path: String, lowercase: Bool = true) throws(TokenizerError) {
        let bytes: [UInt8]
        do { bytes = try MappedFile(contentsOf: path).array } catch {
            throw TokenizerError(path: path, problem: error.problem)
        }
        if let offset = bytes.withUnsafeBufferPointer({ firstInvalidUTF8($0) }) {
            throw TokenizerError(path: path, problem: "the text is not valid UTF-8", byteOffset: offset)
        }
        var vocabulary = Vocabulary()
        vocabulary.reserve(tokens: bytes.count / 8, bytes: bytes.count)
        var id: Int32 = 0
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            var line = bytes[start..<end]
            while let last = line.last, last == 0x0D || last == 0x20 || last == 0x09 { line.removeLast() }
            vocabulary.append(line, id: id)
            id += 1
            start = end + 1
        }
        if case .repeatedToken(let token) = vocabulary.index() {
            throw TokenizerError(path: path, problem: "the token \"\(token)\" occurs twice")
        }
        var added: [AddedToken] = []
        for name in ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] {
            if let id = vocabulary.id(of: name) { added.append(AddedToken(name, id: Int(id), isSpecial: true)) }
        }
        guard let unknown = vocabulary.id(of: "[UNK]"), let classifier = vocabulary.id(of: "[CLS]"),
            let separator = vocabulary.id(of: "[SEP]")
        else {
            throw TokenizerError(path: path, problem: "a special token is missing", expected: "[UNK], [CLS] and [SEP]")
        }
        self.init(
            normalizer: .bert(BertNormalizer(lowercase: lowercase)), preTokenizer: .bert,
            model: .wordPiece(
                WordPieceModel(
                    vocabulary: vocabulary, unknownID: unknown, continuingPrefix: Array("##".utf8),
                    maximumWordLength: 100)),
            postProcessor: .bert(separator: Int(separator), classifier: Int(classifier)),
            decoder: .wordPiece(prefix: Array("##".utf8), cleansUp: true), addedTokens: added, padding: nil,
            truncation: nil)
    }
}
