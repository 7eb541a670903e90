import Tensor

/// An object of a tokenizer.json and the path that leads to it, for errors that name the field.
struct ComponentFields {
    let file: String
    let path: String
    let object: JSONObject

    init(_ json: JSON, file: String, path: String) throws(TokenizerError) {
        guard let object = json.objectValue else {
            throw TokenizerError(path: file, problem: "this is not an object", field: path, expected: "an object")
        }
        self.file = file
        self.path = path
        self.object = object
    }

    func failure(_ problem: String, _ key: String, expected: String? = nil) -> TokenizerError {
        TokenizerError(path: file, problem: problem, field: "\(path).\(key)", expected: expected)
    }

    /// The name of the component.
    func type() throws(TokenizerError) -> String { try string("type") }

    private func value(_ key: String) -> JSON? {
        guard let value = object[key], !value.isNull else { return nil }
        return value
    }

    func string(_ key: String, default fallback: String? = nil) throws(TokenizerError) -> String {
        guard let value = value(key) else {
            if let fallback { return fallback }
            throw failure("the field is missing", key, expected: "a string")
        }
        guard let string = value.stringValue else { throw failure("the value is no string", key, expected: "a string") }
        return string
    }

    func bytes(_ key: String, default fallback: String? = nil) throws(TokenizerError) -> [UInt8] {
        Array(try string(key, default: fallback).utf8)
    }

    func bool(_ key: String, default fallback: Bool? = nil) throws(TokenizerError) -> Bool {
        guard let value = value(key) else {
            if let fallback { return fallback }
            throw failure("the field is missing", key, expected: "true or false")
        }
        guard let bool = value.boolValue else {
            throw failure("the value is no truth value", key, expected: "true or false")
        }
        return bool
    }

    func optionalBool(_ key: String) throws(TokenizerError) -> Bool? { value(key) == nil ? nil : try bool(key) }

    /// A number from 0 to 2^31 - 1.
    func count(_ key: String, default fallback: Int? = nil) throws(TokenizerError) -> Int {
        guard let value = value(key) else {
            if let fallback { return fallback }
            throw failure("the field is missing", key, expected: "a number")
        }
        guard let count = value.intValue, (0...Int(Int32.max)).contains(count) else {
            throw failure("the value is out of range", key, expected: "a number from 0 to 2^31 - 1")
        }
        return count
    }

    func optionalCount(_ key: String) throws(TokenizerError) -> Int? { value(key) == nil ? nil : try count(key) }

    /// A string that is one scalar.
    func scalar(_ key: String, default fallback: String? = nil) throws(TokenizerError) -> UInt32 {
        let scalars = try string(key, default: fallback).unicodeScalars
        guard scalars.count == 1 else { throw failure("the value is not one character", key) }
        return scalars.first!.value
    }

    func array(_ key: String) throws(TokenizerError) -> [JSON] {
        guard let array = value(key)?.arrayValue else {
            throw failure("the value is no array", key, expected: "an array")
        }
        return array
    }

    func fields(_ key: String) throws(TokenizerError) -> ComponentFields {
        guard let value = value(key) else { throw failure("the field is missing", key, expected: "an object") }
        return try ComponentFields(value, file: file, path: "\(path).\(key)")
    }

    /// The objects of an array.
    func list(_ key: String) throws(TokenizerError) -> [ComponentFields] {
        var result: [ComponentFields] = []
        for (position, json) in try array(key).enumerated() {
            result.append(try ComponentFields(json, file: file, path: "\(path).\(key)[\(position)]"))
        }
        return result
    }

    /// A `pattern` that is `{"String": ...}` or `{"Regex": ...}`.
    func pattern(_ key: String) throws(TokenizerError) -> TextPattern {
        let pattern = try fields(key)
        if pattern.object["String"] != nil {
            let literal = try pattern.bytes("String")
            if literal.isEmpty { throw pattern.failure("the text is empty", "String") }
            return .literal(literal)
        }
        let regex = try pattern.string("Regex")
        if let known = KnownPattern(regex: regex) { return .known(known) }
        do { return .regex(try RegexProgram(regex)) } catch {
            throw pattern.failure(
                "\(error.problem), at character \(error.position) of \(regex)", "Regex",
                expected: "a regular expression without captures")
        }
    }

    /// The error for a component that this library does not have.
    func unknown(_ kind: String, _ name: String, _ known: String) -> TokenizerError {
        failure("the \(kind) \"\(name)\" is not known", "type", expected: known)
    }
}
