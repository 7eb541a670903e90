/// A JSON value (RFC 8259) that loses nothing: objects keep their order, whole numbers stay exact.
///
/// ```swift
/// let config = try JSON(parsing: #"{"layers": 12, "rope": {"base": 1e4}}"#)
/// config["layers"]?.intValue          // 12
/// config["rope"]?["base"]?.doubleValue // 10000.0
/// let text = try JSON.object(["step": 7, "loss": 0.5]).text()   // {"step":7,"loss":0.5}
/// ```
public enum JSON: Sendable, Hashable {
    /// `null`
    case null
    /// `true` or `false`
    case bool(Bool)
    /// A number without fraction and exponent that fits Int64.
    case integer(Int64)
    /// A whole number above `Int64.max` that fits UInt64.
    case unsigned(UInt64)
    /// Any other number.
    case number(Double)
    /// A string of valid Unicode.
    case string(String)
    /// A list of values.
    case array([JSON])
    /// Names with values, in the order of the file.
    case object(JSONObject)
}

/// The members of a JSON object in their order; names are unique and told apart byte by byte.
public struct JSONObject: Sendable {
    /// A name with its value.
    public struct Member: Sendable, Hashable {
        /// The name.
        public var key: String
        /// The value.
        public var value: JSON
    }

    /// The members in order.
    public private(set) var members: [Member] = []
    private var index = NameIndex()

    /// Creates an object without members.
    public init() {}

    /// The value of a name, or nil; assigning replaces it or appends a member. Constant time.
    ///
    /// Assigning nil removes the member, which takes linear time.
    public subscript(key: String) -> JSON? {
        get { position(of: key).map { members[$0].value } }
        set {
            guard let newValue else {
                if let position = position(of: key) {
                    members.remove(at: position)
                    self = JSONObject(unique: members)
                }
                return
            }
            if let position = position(of: key) {
                members[position].value = newValue
            } else {
                _ = append(key, newValue)
            }
        }
    }

    /// Appends a member; false, without a change, if the name is taken.
    mutating func append(_ key: String, _ value: JSON) -> Bool {
        let isNew = index.insertLast(key) { $0 < members.count ? members[$0].key : key }
        if isNew { members.append(Member(key: key, value: value)) }
        return isNew
    }

    private func position(of key: String) -> Int? {
        index.position(of: key) { members[$0].key }
    }

    private init(unique members: [Member]) {
        for member in members { _ = append(member.key, member.value) }
    }
}

extension JSONObject: RandomAccessCollection {
    /// The position of the first member: 0.
    public var startIndex: Int { 0 }

    /// The number of members.
    public var endIndex: Int { members.count }

    /// The member at a position.
    public subscript(position: Int) -> Member { members[position] }
}

extension JSONObject: Hashable, ExpressibleByDictionaryLiteral {
    /// Whether two objects have the same members in the same order.
    public static func == (lhs: JSONObject, rhs: JSONObject) -> Bool { lhs.members == rhs.members }

    /// Feeds the members into a hasher.
    public func hash(into hasher: inout Hasher) { hasher.combine(members) }

    /// Creates an object from a literal; traps if a name occurs twice.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        for (key, value) in elements where !append(key, value) { trap("JSONObject: the name \(key) occurs twice") }
    }
}

// MARK: - Reading values

extension JSON {
    /// The value of a name, or nil if this is not an object or has no such member.
    public subscript(key: String) -> JSON? { objectValue?[key] }

    /// The element at a position, or nil if this is not an array or is shorter.
    public subscript(position: Int) -> JSON? {
        guard case .array(let elements) = self, elements.indices.contains(position) else { return nil }
        return elements[position]
    }

    /// Whether this is `null`.
    public var isNull: Bool { self == .null }

    /// The string, or nil.
    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The truth value, or nil.
    public var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The whole number, or nil; a number written as `1e3` or `2.0` counts if it is whole and fits.
    public var intValue: Int? {
        switch self {
        case .integer(let value): Int(value)
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    /// The number, or nil; whole numbers beyond 2^53 are rounded.
    public var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The elements, or nil.
    public var arrayValue: [JSON]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The members, or nil.
    public var objectValue: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }
}

// MARK: - Literals

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// Creates a string.
    public init(stringLiteral value: String) { self = .string(value) }

    /// Creates a whole number.
    public init(integerLiteral value: Int64) { self = .integer(value) }

    /// Creates a number.
    public init(floatLiteral value: Double) { self = .number(value) }

    /// Creates a truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }

    /// Creates `null`.
    public init(nilLiteral: ()) { self = .null }

    /// Creates an array.
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }

    /// Creates an object; traps if a name occurs twice.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        var object = JSONObject()
        for (key, value) in elements where !object.append(key, value) { trap("JSON: the name \(key) occurs twice") }
        self = .object(object)
    }
}
