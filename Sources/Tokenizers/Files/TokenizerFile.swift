import Tensor

extension Tokenizer {
    /// Reads a tokenizer.json, the file format of Hugging Face's `tokenizers`.
    ///
    /// Every component of the format is read but `UnicodeScripts` and dropout; one that is not known is an error that
    /// names it.
    public init(contentsOf path: String) throws(TokenizerError) {
        let file: MappedFile
        do { file = try MappedFile(contentsOf: path) } catch {
            throw TokenizerError(path: path, problem: error.problem)
        }
        self = try file.withUnsafeBytes { (bytes) throws(TokenizerError) in
            try Tokenizer(json: bytes.assumingMemoryBound(to: UInt8.self), named: path)
        }
    }

    /// Reads the bytes of a tokenizer.json.
    ///
    /// - Parameters:
    ///   - json: the bytes.
    ///   - name: what errors call the file.
    public init(json: [UInt8], named name: String = "tokenizer.json") throws(TokenizerError) {
        self = try json.withUnsafeBufferPointer { (bytes) throws(TokenizerError) in
            try Tokenizer(json: bytes, named: name)
        }
    }

    private init(json bytes: UTF8Buffer, named file: String) throws(TokenizerError) {
        if let offset = firstInvalidUTF8(bytes) {
            throw TokenizerError(
                path: file, problem: "the text is not valid UTF-8", byteOffset: offset, expected: "JSON in UTF-8")
        }
        var scanner = JSONScanner(path: file, bytes: bytes)
        var values: [String: Range<Int>] = [:]
        for member in try scanner.members("the file", nested: "model") { values[member.key] = member.value }
        if scanner.position < bytes.count { throw scanner.failure("there is more text after the value") }

        func fields(_ key: String) throws(TokenizerError) -> ComponentFields? {
            guard let range = values[key] else { return nil }
            let json = try parseJSON(file, bytes, range, key)
            return json.isNull ? nil : try ComponentFields(json, file: file, path: key)
        }
        let normalizer = try fields("normalizer")?.normalizer()
        let preTokenizer = try fields("pre_tokenizer")?.preTokenizer()
        guard let model = values["model"], bytes[model.lowerBound] == UInt8(ascii: "{") else {
            throw TokenizerError(path: file, problem: "the model is missing", field: "model", expected: "an object")
        }
        var modelValues: [String: Range<Int>] = [:]
        for (key, range) in values where key.hasPrefix("model.") { modelValues[String(key.dropFirst(6))] = range }
        var addedTokens: [AddedToken] = []
        if let range = values["added_tokens"] {
            let json = try parseJSON(file, bytes, range, "added_tokens")
            guard let array = json.isNull ? [] : json.arrayValue else {
                throw TokenizerError(
                    path: file, problem: "the value is no array", field: "added_tokens", expected: "an array")
            }
            for (position, json) in array.enumerated() {
                addedTokens.append(
                    try ComponentFields(json, file: file, path: "added_tokens[\(position)]").addedToken())
            }
        }
        // The alphabet must have been written by one of the two only.
        let endsWithByteLevel =
            (preTokenizer?.endsWithByteLevel ?? false) && !(normalizer?.containsByteLevel ?? false)
        let reader = ModelReader(
            file: file, bytes: bytes, endsWithByteLevel: endsWithByteLevel, values: modelValues)
        self.init(
            normalizer: normalizer, preTokenizer: preTokenizer, model: try reader.read(),
            postProcessor: try fields("post_processor")?.postProcessor(), decoder: try fields("decoder")?.decoder(),
            addedTokens: addedTokens, padding: try fields("padding")?.padding(),
            truncation: try fields("truncation")?.truncation())
    }
}
