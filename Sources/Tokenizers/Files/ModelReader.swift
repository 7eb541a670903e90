import Tensor

/// Reads the `model` of a tokenizer.json.
struct ModelReader {
    let file: String
    let bytes: UTF8Buffer
    /// The last pre-tokeniser leaves bytes as they are.
    let endsWithByteLevel: Bool

    /// Where each member of the model stands.
    let values: [String: Range<Int>]

    func read() throws(TokenizerError) -> TokenModel {
        var small = JSONObject()
        for (key, range) in values where key != "vocab" && key != "merges" {
            small[key] = try parseJSON(file, bytes, range, "model.\(key)")
        }
        let fields = try ComponentFields(.object(small), file: file, path: "model")
        // Files from before 2021 do not name the type.
        let type = try fields.string("type", default: inferredType(fields))
        switch type {
        case "BPE": return .bpe(try bpe(fields))
        case "WordPiece":
            let vocabulary = try vocabulary()
            return .wordPiece(
                WordPieceModel(
                    vocabulary: vocabulary,
                    unknownID: try unknownID(fields, vocabulary, default: "[UNK]"),
                    continuingPrefix: try fields.bytes("continuing_subword_prefix", default: "##"),
                    maximumWordLength: try fields.count("max_input_chars_per_word", default: 100)))
        case "WordLevel":
            let vocabulary = try vocabulary()
            return .wordLevel(
                vocabulary, unknownID: try unknownID(fields, vocabulary, default: "<unk>"))
        case "Unigram": return .unigram(try unigram(fields))
        default: throw fields.unknown("model", type, "BPE, WordPiece, WordLevel or Unigram")
        }
    }

    private func inferredType(_ fields: ComponentFields) -> String? {
        if values["merges"] != nil { return "BPE" }
        if fields.object["unk_id"] != nil { return "Unigram" }
        if fields.object["max_input_chars_per_word"] != nil { return "WordPiece" }
        return nil
    }

    private func unknownID(
        _ fields: ComponentFields, _ vocabulary: Vocabulary, default name: String
    ) throws(TokenizerError) -> Int32 {
        let token = try fields.string("unk_token", default: name)
        guard let id = vocabulary.id(of: token) else {
            throw fields.failure("the vocabulary has no token \"\(token)\"", "unk_token", expected: "a token")
        }
        return id
    }

    private func range(of key: String) throws(TokenizerError) -> Range<Int> {
        guard let range = values[key] else {
            throw TokenizerError(path: file, problem: "the field is missing", field: "model.\(key)")
        }
        return range
    }

    /// `{"token": id, ...}`
    private func vocabulary() throws(TokenizerError) -> Vocabulary {
        let field = "model.vocab"
        let range = try range(of: "vocab")
        var scanner = JSONScanner(path: file, bytes: bytes, position: range.lowerBound)
        var vocabulary = Vocabulary()
        // An entry of a real vocabulary takes about 17 bytes in the file; the tables grow if these are shorter.
        vocabulary.reserve(tokens: range.count / 16, bytes: range.count / 2)
        try scanner.expect("{", field)
        if !scanner.take("}") {
            repeat {
                try scanner.string(field) { vocabulary.appendToToken($0) }
                try scanner.expect(":", field)
                vocabulary.closeToken(id: try scanner.id(field))
            } while scanner.take(",")
            try scanner.expect("}", field)
        }
        return try indexed(vocabulary)
    }

    private func indexed(_ vocabulary: consuming Vocabulary) throws(TokenizerError) -> Vocabulary {
        func failure(_ problem: String, _ expected: String) -> TokenizerError {
            TokenizerError(path: file, problem: problem, field: "model.vocab", expected: expected)
        }
        switch vocabulary.index() {
        case nil: return vocabulary
        case .repeatedToken(let token): throw failure("the token \"\(token)\" occurs twice", "every token once")
        case .badID(let id):
            throw failure(
                "the id \(id) has two tokens or is far above the number of tokens", "one token an id, and few gaps")
        }
    }

    private func bpe(_ fields: ComponentFields) throws(TokenizerError) -> BPEModel {
        let vocabulary = try vocabulary()
        let prefix = try fields.bytes("continuing_subword_prefix", default: "")
        let suffix = try fields.bytes("end_of_word_suffix", default: "")
        var unknown: Int32?
        if case let name = try fields.string("unk_token", default: ""), !name.isEmpty {
            // The reference complains only when it meets something unknown; a byte-level vocabulary never does.
            unknown = vocabulary.id(of: name)
        }
        return BPEModel(
            vocabulary: vocabulary, merges: try merges(vocabulary, prefix),
            isByteLevel: endsWithByteLevel && prefix.isEmpty && suffix.isEmpty, unknownID: unknown,
            fusesUnknown: try fields.bool("fuse_unk", default: false),
            usesByteFallback: try fields.bool("byte_fallback", default: false),
            ignoresMerges: try fields.bool("ignore_merges", default: false), continuingPrefix: prefix,
            endOfWordSuffix: suffix)
    }

    /// `["a b", ...]` or `[["a", "b"], ...]`
    private func merges(_ vocabulary: Vocabulary, _ prefix: [UInt8]) throws(TokenizerError) -> MergeTable {
        let field = "model.merges"
        let range = try range(of: "merges")
        var scanner = JSONScanner(path: file, bytes: bytes, position: range.lowerBound)
        var resolver = MergeResolver(vocabulary, prefixLength: prefix.count)
        func resolve() throws(TokenizerError) {
            guard let rank = resolver.resolve() else { return }
            throw TokenizerError(
                path: file, problem: "a part or the result of the merge is not in the vocabulary",
                field: "\(field)[\(rank)]", expected: "two tokens that make a third")
        }
        try scanner.expect("[", field)
        if scanner.take("]") { return MergeTable([]) }
        var isFirst = true
        repeat {
            let start = scanner.position
            if scanner.next == UInt8(ascii: "[") {
                _ = scanner.take("[")
                try scanner.string(field) { resolver.append($0) }
                resolver.endLeft()
                try scanner.expect(",", field)
                try scanner.string(field) { resolver.append($0) }
                try scanner.expect("]", field)
                resolver.endRight()
            } else {
                try scanner.string(field) { resolver.append($0) }
                // A line of merges.txt that names the version.
                if isFirst, resolver.dropVersion() { continue }
                if !resolver.endLine() {
                    throw scanner.failure("this is not two tokens with a space between", field: field, at: start)
                }
            }
            isFirst = false
            if resolver.isFull { try resolve() }
        } while scanner.take(",")
        try scanner.expect("]", field)
        try resolve()
        return MergeTable(resolver.merges)
    }

    /// `[["token", logarithm of its probability], ...]`
    private func unigram(_ fields: ComponentFields) throws(TokenizerError) -> UnigramModel {
        let field = "model.vocab"
        let range = try range(of: "vocab")
        var scanner = JSONScanner(path: file, bytes: bytes, position: range.lowerBound)
        var vocabulary = Vocabulary()
        var scores: [Double] = []
        try scanner.expect("[", field)
        if !scanner.take("]") {
            repeat {
                try scanner.expect("[", field)
                try scanner.string(field) { vocabulary.appendToToken($0) }
                vocabulary.closeToken(id: Int32(scores.count))
                try scanner.expect(",", field)
                let number = scanner.position
                try scanner.skipValue(field)
                guard let score = UnigramScore.parse(UTF8Buffer(rebasing: bytes[number..<scanner.position])) else {
                    throw scanner.failure("the score is no number", field: field, at: number)
                }
                scores.append(score)
                try scanner.expect("]", field)
            } while scanner.take(",")
            try scanner.expect("]", field)
        }
        let unknown = try fields.optionalCount("unk_id")
        if let unknown, unknown >= scores.count {
            throw fields.failure(
                "the id \(unknown) is not in the vocabulary", "unk_id", expected: "less than \(scores.count)")
        }
        return UnigramModel(
            vocabulary: try indexed(vocabulary), scores: scores, unknownID: unknown.map(Int32.init),
            usesByteFallback: try fields.bool("byte_fallback", default: false))
    }
}

/// Parses a part of a file; the error's offset counts from the start of the file.
func parseJSON(
    _ file: String, _ bytes: UTF8Buffer, _ range: Range<Int>, _ field: String
) throws(TokenizerError) -> JSON {
    do {
        return try JSON(parsing: UTF8Buffer(rebasing: bytes[range]))
    } catch {
        throw TokenizerError(
            path: file, problem: error.problem, byteOffset: range.lowerBound + error.byteOffset, field: field,
            expected: "JSON")
    }
}
