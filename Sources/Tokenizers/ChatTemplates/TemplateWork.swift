/// A template comes from a file: it must come to an end, and must not fill the memory.
///
/// Work is counted in steps: one for every expression, turn of a loop and call, and more for what takes longer the larger
/// its operands are, such as a search in a long text. The steps of one rendering are bounded, and with them its time, the
/// sum of all texts and lists it makes, and its memory.
extension TemplateRenderer {
    private static let maximumSteps = 5_000_000
    /// Lists and dictionaries may be nested so deep where all that is in them counts.
    private static let maximumDepth = 64
    /// The longest text in bytes.
    static let maximumLength = 64 << 20

    /// Counts steps of work.
    func spend(_ count: Int, _ place: TemplatePlace) throws(ChatTemplateError) {
        steps += count
        if steps > TemplateRenderer.maximumSteps {
            throw ChatTemplateError("the template does not come to an end", place)
        }
    }

    /// Counts the work of going once through a value, but not through what is in it.
    func spend(on value: TemplateValue, _ place: TemplatePlace) throws(ChatTemplateError) {
        try spend(value.size, place)
    }

    /// Counts the work of going through a value and all that is in it.
    ///
    /// - Throws: an error if the value contains itself or is nested too deep.
    func spend(onAllOf value: TemplateValue, depth: Int = 0, _ place: TemplatePlace) throws(ChatTemplateError) {
        if depth > TemplateRenderer.maximumDepth {
            throw ChatTemplateError("values are nested more than \(TemplateRenderer.maximumDepth) deep", place)
        }
        try spend(1 + value.size, place)
        switch value {
        case .list(let list):
            for element in list.elements { try spend(onAllOf: element, depth: depth + 1, place) }
        case .dictionary(let dictionary):
            // Members are found by a search.
            try spend(dictionary.members.count * (dictionary.members.count / 8), place)
            for member in dictionary.members {
                try spend(onAllOf: member.key, depth: depth + 1, place)
                try spend(onAllOf: member.value, depth: depth + 1, place)
            }
        default: break
        }
    }

    /// `str(value)`
    func text(of value: TemplateValue, _ place: TemplatePlace) throws(ChatTemplateError) -> String {
        if case .string(let text) = value { return text }
        try spend(onAllOf: value, place)
        return try made(PythonText.text(value), place)
    }

    /// Counts the work of making a text, and refuses one that is too long.
    func made(_ text: String, _ place: TemplatePlace) throws(ChatTemplateError) -> String {
        try TemplateRenderer.checkLength(text.utf8.count, place)
        try spend(text.utf8.count / 16, place)
        return text
    }

    /// Refuses a length in bytes that a text may not have.
    static func checkLength(_ count: Int, _ place: TemplatePlace) throws(ChatTemplateError) {
        if count > maximumLength { throw ChatTemplateError("the text exceeds \(maximumLength) bytes", place) }
    }

    /// `text.replace(old, new, count)`
    func replaced(
        _ text: String, _ old: String, _ new: String, _ count: Int?, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> String {
        try made(try PythonStrings.replace(text, old, new, count, place), place)
    }

    /// `separator.join(parts)`
    func joined(
        _ parts: [String], _ separator: String, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> String {
        var length = 0
        for part in parts {
            length += part.utf8.count + separator.utf8.count
            try TemplateRenderer.checkLength(length - separator.utf8.count, place)
        }
        return try made(parts.joined(separator: separator), place)
    }

    /// Writes a text to the output.
    func write(_ text: String, _ place: TemplatePlace) throws(ChatTemplateError) {
        try TemplateRenderer.checkLength(output.utf8.count + text.utf8.count, place)
        try spend(1 + text.utf8.count / 16, place)
        output += text
    }
}

extension TemplateValue {
    /// The steps that it takes to go once through a value.
    fileprivate var size: Int {
        switch self {
        case .string(let text): text.utf8.count / 16
        case .list(let list): list.elements.count
        case .dictionary(let dictionary): dictionary.members.count
        default: 0
        }
    }

    /// Whether no other value is in this one.
    var isPlain: Bool {
        switch self {
        case .undefined, .none, .bool, .integer, .number, .string, .function: true
        case .list, .dictionary, .macro, .method, .loop: false
        }
    }
}
