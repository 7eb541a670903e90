import Glibc
import Tensor
import Tokenizers

extension SentenceEncoder {
    /// Reads a folder of sentence-transformers: the encoder, its tokenizer, and sentence_bert_config.json, modules.json and
    /// the modules Pooling, Dense and Normalize where they are there.
    ///
    /// - Throws: ``ModelFileError`` for a model that is no encoder, and for modules and settings that are not supported.
    public init(folder: String) throws(ModelFileError) {
        let model = try TransformerModel(folder: folder)
        guard model.configuration.family == .bert else {
            throw SentenceEncoder.problem(
                "\(folder)/config.json", "model_type", "is \(model.configuration.family.rawValue)",
                expected: "bert: an encoder")
        }
        let tokenizer: Tokenizer
        do { tokenizer = try Tokenizer(directory: folder) } catch { throw .tokenizer(error) }
        let modules = try SentenceModules(folder: folder)

        var maximumTokens: Int?
        let settingsPath = "\(folder)/sentence_bert_config.json"
        if let json = try SentenceEncoder.json(settingsPath) {
            var fields = ConfigurationFields(json)
            maximumTokens = fields.optionalSize("max_seq_length")
            if fields.problems.isEmpty, let maximumTokens, maximumTokens < 2 {
                fields.note("max_seq_length", "is \(maximumTokens)", expected: "2 or more")
            }
            do { try fields.check(settingsPath) } catch { throw .configuration(error) }
        }
        var pooling = Pooling.mean
        let poolingPath = "\(folder)/\(modules.pooling)/config.json"
        if let json = try SentenceEncoder.json(poolingPath) {
            var fields = ConfigurationFields(json)
            pooling = fields.pooling()
            do { try fields.check(poolingPath) } catch { throw .configuration(error) }
        }
        var maps: [SentenceMap] = []
        for path in modules.maps {
            let inputs = maps.last?.weight.shape[0] ?? model.configuration.hiddenSize
            maps.append(try SentenceMap(folder: "\(folder)/\(path)", inputs: inputs))
        }
        self.init(
            model, tokenizer, maximumTokens: maximumTokens, pooling: pooling, maps: maps,
            normalizes: modules.normalizes)
    }

    /// The content of a file, or nil if it is not there.
    fileprivate static func json(_ path: String) throws(ModelFileError) -> JSON? {
        guard access(path, F_OK) == 0 else { return nil }
        do { return try MappedFile(contentsOf: path).json() } catch { throw .file(error) }
    }

    static func problem(
        _ path: String, _ field: String, _ problem: String, expected: String
    ) -> ModelFileError {
        .configuration(
            ConfigurationError(path: path, problems: [.init(field: field, problem: problem, expected: expected)]))
    }
}

/// What a modules.json says: a transformer, pooling, any number of maps, and whether vectors get the length 1 at the end.
private struct SentenceModules {
    /// The folder of the pooling's settings.
    var pooling = "1_Pooling"
    /// The folders of the maps in order.
    var maps: [String] = []
    /// Whether vectors get the length 1, as they do without a modules.json.
    var normalizes = true

    init(folder: String) throws(ModelFileError) {
        let path = "\(folder)/modules.json"
        guard let json = try SentenceEncoder.json(path) else { return }
        guard let modules = json.arrayValue else {
            throw SentenceEncoder.problem(path, "the file", "is no list", expected: "a list of modules")
        }
        normalizes = false
        for (position, module) in modules.enumerated() {
            let type = module["type"]?.stringValue ?? ""
            let place = module["path"]?.stringValue ?? ""
            switch (lastName(type), position) {
            case ("Transformer", 0) where place.isEmpty: break
            case ("Pooling", 1): pooling = place
            case ("Dense", 2...) where !normalizes: maps.append(place)
            case ("Normalize", 2...) where !normalizes: normalizes = true
            default:
                throw SentenceEncoder.problem(
                    path, "[\(position)]", "is \"\(type)\" with the path \"\(place)\"",
                    expected: "Transformer with an empty path, Pooling, any number of Dense, Normalize, in this order")
            }
        }
        if modules.count < 2 {
            throw SentenceEncoder.problem(
                path, "the file", "has \(modules.count) modules", expected: "a Transformer and a Pooling")
        }
    }
}
