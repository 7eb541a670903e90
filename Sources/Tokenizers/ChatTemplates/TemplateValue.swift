import Tensor

/// A value while a template is rendered. Lists and dictionaries are references, as in Python.
enum TemplateValue {
    /// The name or attribute that does not exist.
    case undefined(String)
    case none
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case list(TemplateList)
    case dictionary(TemplateDictionary)
    case macro(TemplateClosure)
    /// A function of the environment, such as `range`.
    case function(String)
    /// A method of a value, such as `text.strip`.
    indirect case method(TemplateValue, String)
    case loop(TemplateLoopState)

    init(_ json: JSON) {
        switch json {
        case .null: self = .none
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(Int(value))
        case .unsigned(let value): self = .number(Double(value))
        case .number(let value): self = .number(value)
        case .string(let value): self = .string(value)
        case .array(let values): self = .list(TemplateList(values.map(TemplateValue.init)))
        case .object(let object):
            self = .dictionary(TemplateDictionary(object.map { (.string($0.key), TemplateValue($0.value)) }))
        }
    }

    static func list(_ elements: [TemplateValue]) -> TemplateValue { .list(TemplateList(elements)) }
}

/// A list or a tuple.
final class TemplateList: TemplateObject {
    var elements: [TemplateValue]
    let isTuple: Bool

    init(_ elements: [TemplateValue], isTuple: Bool = false) {
        self.elements = elements
        self.isTuple = isTuple
    }

    override func takeObjects() -> [TemplateObject] {
        defer { elements = [] }
        return elements.compactMap(\.object)
    }

    deinit { releaseAll() }
}

/// A dictionary that keeps the order of its keys, or a namespace.
final class TemplateDictionary: TemplateObject {
    private(set) var members: [(key: TemplateValue, value: TemplateValue)]
    let isNamespace: Bool

    /// Takes members whose keys are unique.
    init(_ members: [(key: TemplateValue, value: TemplateValue)] = [], isNamespace: Bool = false) {
        self.members = members
        self.isNamespace = isNamespace
    }

    // Chat messages have a handful of members: a search beats a hash table.
    subscript(key: TemplateValue) -> TemplateValue? {
        get { members.first { $0.key.equals(key) }?.value }
        set {
            if let position = members.firstIndex(where: { $0.key.equals(key) }) {
                if let newValue { members[position].value = newValue } else { members.remove(at: position) }
            } else if let newValue {
                members.append((key, newValue))
            }
        }
    }

    subscript(name: String) -> TemplateValue? { self[.string(name)] }

    override func takeObjects() -> [TemplateObject] {
        defer { members = [] }
        return members.flatMap { [$0.key, $0.value] }.compactMap(\.object)
    }

    deinit { releaseAll() }
}

/// A macro and the variables it can see.
final class TemplateClosure: TemplateObject {
    let macro: TemplateMacro
    private(set) var scopes: [TemplateScope]

    init(_ macro: TemplateMacro, scopes: [TemplateScope]) {
        self.macro = macro
        self.scopes = scopes
    }

    override func takeObjects() -> [TemplateObject] {
        defer { scopes = [] }
        return scopes
    }

    deinit { releaseAll() }
}

/// The variables of the template, of one turn of a loop or of one call of a macro.
final class TemplateScope: TemplateObject {
    var variables: [String: TemplateValue] = [:]

    init(_ variables: [String: TemplateValue] = [:]) { self.variables = variables }

    override func takeObjects() -> [TemplateObject] {
        defer { variables = [:] }
        return variables.values.compactMap(\.object)
    }

    deinit { releaseAll() }
}

/// The variable `loop`.
final class TemplateLoopState: TemplateObject {
    private(set) var elements: [TemplateValue]
    let depth: Int
    var index = 0
    var changedValue: [TemplateValue]?

    init(_ elements: [TemplateValue], depth: Int) {
        self.elements = elements
        self.depth = depth
    }

    override func takeObjects() -> [TemplateObject] {
        defer { (elements, changedValue) = ([], nil) }
        return (elements + (changedValue ?? [])).compactMap(\.object)
    }

    deinit { releaseAll() }

    func attribute(_ name: String) -> TemplateValue? {
        switch name {
        case "index": .integer(index + 1)
        case "index0": .integer(index)
        case "revindex": .integer(elements.count - index)
        case "revindex0": .integer(elements.count - index - 1)
        case "first": .bool(index == 0)
        case "last": .bool(index == elements.count - 1)
        case "length": .integer(elements.count)
        case "depth": .integer(depth)
        case "depth0": .integer(depth - 1)
        case "previtem": index > 0 ? elements[index - 1] : .undefined("there is no previous item")
        case "nextitem": index + 1 < elements.count ? elements[index + 1] : .undefined("there is no next item")
        case "cycle", "changed": .method(.loop(self), name)
        default: nil
        }
    }
}

extension TemplateValue {
    /// Whether other values may be in this one.
    var isContainer: Bool {
        switch self {
        case .list, .dictionary: true
        default: false
        }
    }

    /// Python's truth.
    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .number(let value): value != 0
        case .string(let text): !text.isEmpty
        case .list(let list): !list.elements.isEmpty
        case .dictionary(let dictionary): dictionary.isNamespace || !dictionary.members.isEmpty
        case .macro, .function, .method, .loop: true
        }
    }

    /// Python's `==`: numbers and truth values by value, texts byte by byte.
    func equals(_ other: TemplateValue) -> Bool {
        switch (self, other) {
        case (.undefined, .undefined), (.none, .none): true
        case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
        case (.list(let a), .list(let b)):
            a === b
                || (a.isTuple == b.isTuple && a.elements.count == b.elements.count
                    && zip(a.elements, b.elements).allSatisfy { $0.equals($1) })
        case (.dictionary(let a), .dictionary(let b)):
            a === b
                || (a.members.count == b.members.count
                    && a.members.allSatisfy { member in b[member.key].map { $0.equals(member.value) } ?? false })
        case (.macro(let a), .macro(let b)): a === b
        default:
            if let a = wholeNumber, let b = other.wholeNumber {
                a == b
            } else if let a = numericValue, let b = other.numericValue {
                a == b
            } else {
                false
            }
        }
    }

    /// The value of a whole number or truth value.
    var wholeNumber: Int? {
        switch self {
        case .bool(let value): value ? 1 : 0
        case .integer(let value): value
        default: nil
        }
    }

    /// The value of a number or truth value.
    var numericValue: Double? {
        if case .number(let value) = self { return value }
        return wholeNumber.map(Double.init)
    }

    /// Python's name for the type.
    var typeName: String {
        switch self {
        case .undefined: "Undefined"
        case .none: "None"
        case .bool: "bool"
        case .integer: "int"
        case .number: "float"
        case .string: "str"
        case .list(let list): list.isTuple ? "tuple" : "list"
        case .dictionary(let dictionary): dictionary.isNamespace ? "namespace" : "dict"
        case .macro: "macro"
        case .function: "function"
        case .method: "method"
        case .loop: "loop"
        }
    }
}
