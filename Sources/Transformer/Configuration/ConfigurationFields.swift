import Tensor

/// Reads the fields of a configuration and notes everything that is wrong, so that one error can report it all.
///
/// A field that is missing or wrong gives a stand-in value; the caller throws before anybody uses it.
struct ConfigurationFields {
    /// A field's value, as JSON and GGUF metadata have it in common.
    struct Value {
        var int: Int?
        var double: Double?
        var bool: Bool?
        var string: String?
        var list: [Int]?
        var text: String
    }

    private let lookUp: (String) -> Value?
    private(set) var problems: [ConfigurationError.Problem] = []

    /// Reads an object of JSON; null counts as absent.
    init(_ json: JSON, prefix: String = "") {
        lookUp = { key in
            guard let value = json[key], !value.isNull else { return nil }
            return Value(
                int: value.intValue, double: value.doubleValue, bool: value.boolValue, string: value.stringValue,
                list: value.arrayValue.map { $0.compactMap(\.intValue) }, text: (try? value.text()) ?? "not readable")
        }
        self.prefix = prefix
    }

    /// Reads the metadata of a GGUF file.
    init(_ file: GGUFFile, prefix: String) {
        lookUp = { key in
            guard let value = file[prefix + key] else { return nil }
            return Value(
                int: value.intValue, double: value.doubleValue, bool: value.boolValue, string: value.stringValue,
                list: value.arrayValue.map { $0.compactMap(\.intValue) }, text: "\(value)")
        }
        self.prefix = prefix
    }

    /// What stands before the names of fields in messages.
    private let prefix: String

    /// Whether a field is there and not null.
    func has(_ key: String) -> Bool { lookUp(key) != nil }

    /// Notes a problem.
    mutating func note(_ field: String, _ problem: String, expected: String? = nil) {
        // What follows from a first problem is none of its own.
        if problems.contains(where: { $0.field == prefix + field }) { return }
        problems.append(.init(field: prefix + field, problem: problem, expected: expected))
    }

    /// Notes the problems that another reader or the configuration itself found.
    mutating func note(_ more: [ConfigurationError.Problem]) { problems += more }

    private mutating func read<Result>(
        _ key: String, _ fallback: Result?, _ expected: String, standIn: Result, _ convert: (Value) -> Result?
    ) -> Result {
        guard let value = lookUp(key) else {
            if let fallback { return fallback }
            note(key, "is missing", expected: expected)
            return standIn
        }
        guard let result = convert(value) else {
            note(key, "is \(value.text)", expected: expected)
            return fallback ?? standIn
        }
        return result
    }

    /// A positive whole number up to a limit.
    mutating func size(_ key: String, default fallback: Int? = nil, most: Int = 1 << 30) -> Int {
        read(key, fallback, "a positive whole number up to \(most)", standIn: 1) { value in
            value.int.flatMap { (1...most).contains($0) ? $0 : nil }
        }
    }

    /// The number of layers. Limited before anybody makes room for so many.
    mutating func layerCount(_ key: String) -> Int { size(key, most: 100_000) }

    /// A positive whole number, if the field is there.
    mutating func optionalSize(_ key: String) -> Int? { has(key) ? size(key) : nil }

    /// A whole number from 0 on.
    mutating func count(_ key: String, default fallback: Int) -> Int {
        read(key, fallback, "a whole number from 0 on", standIn: fallback) { $0.int.flatMap { $0 >= 0 ? $0 : nil } }
    }

    /// A token; nil if the field is not there or -1, which some files have for none.
    mutating func token(_ key: String) -> Int? {
        guard has(key), lookUp(key)?.int != -1 else { return nil }
        return read(key, nil, "a token", standIn: 0) { $0.int.flatMap { $0 >= 0 ? $0 : nil } }
    }

    /// One token or a list of them.
    mutating func tokens(_ key: String) -> [Int] {
        guard has(key), lookUp(key)?.int != -1 else { return [] }
        return read(key, nil, "a token or a list of tokens", standIn: []) { $0.list ?? $0.int.map { [$0] } }
    }

    /// A finite number.
    mutating func number(_ key: String, default fallback: Double? = nil) -> Double {
        read(key, fallback, "a number", standIn: 1) { $0.double.flatMap { $0.isFinite ? $0 : nil } }
    }

    /// A truth value.
    mutating func flag(_ key: String, default fallback: Bool) -> Bool {
        read(key, fallback, "true or false", standIn: fallback) { $0.bool }
    }

    /// A text.
    mutating func text(_ key: String, default fallback: String? = nil) -> String {
        read(key, fallback, "a text", standIn: "") { $0.string }
    }

    /// Notes a setting that changes what the model computes and is not supported.
    mutating func requireFlag(_ key: String, _ wanted: Bool) {
        if flag(key, default: wanted) != wanted {
            note(key, "is \(!wanted)", expected: "\(wanted): no other is supported")
        }
    }

    /// Throws if anything was noted.
    func check(_ path: String) throws(ConfigurationError) {
        if !problems.isEmpty { throw ConfigurationError(path: path, problems: problems) }
    }
}
