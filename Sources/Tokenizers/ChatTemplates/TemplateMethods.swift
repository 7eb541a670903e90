/// The methods that values have.
enum TemplateMethods {
    private static let ofText: Set<String> = [
        "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "startswith", "endswith", "upper", "lower",
        "title",
        "capitalize", "replace", "find", "count", "join", "format", "isdigit", "isalpha", "isspace", "isupper",
        "islower",
        "removeprefix", "removesuffix",
    ]
    private static let ofDictionary: Set<String> = [
        "items", "get", "keys", "values", "update", "pop", "copy", "setdefault",
    ]
    private static let ofList: Set<String> = ["append", "extend", "insert", "pop", "index", "count", "reverse", "copy"]

    static func exists(_ name: String, for value: TemplateValue) -> Bool {
        switch value {
        case .string: ofText.contains(name)
        case .dictionary: ofDictionary.contains(name)
        case .list: ofList.contains(name)
        default: false
        }
    }
}

extension TemplateRenderer {
    func callMethod(
        _ name: String, of base: TemplateValue, _ call: TemplateCall, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> TemplateValue {
        try spend(on: base, place)
        for argument in call.positional { try spend(on: argument, place) }
        for argument in call.named.values { try spend(on: argument, place) }
        switch base {
        case .string(let text): return try callTextMethod(name, text, call, place)
        case .dictionary(let dictionary): return try callDictionaryMethod(name, dictionary, call, place)
        case .list(let list): return try callListMethod(name, list, call, place)
        case .loop(let state):
            if name == "cycle", !call.positional.isEmpty {
                return call.positional[state.index % call.positional.count]
            }
            for argument in call.positional { try spend(onAllOf: argument, place) }
            noteChange(of: state)
            let isSame =
                state.changedValue.map { old in
                    old.count == call.positional.count && zip(old, call.positional).allSatisfy { $0.equals($1) }
                } ?? false
            state.changedValue = call.positional
            return .bool(!isSame)
        default: throw ChatTemplateError("a value of type \(base.typeName) has no method \(name)", place)
        }
    }

    /// An argument that must be a text.
    func text(
        _ call: TemplateCall, _ position: Int, _ name: String, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> String {
        guard let value = call.argument(position, name) else { throw ChatTemplateError("\(name) is missing", place) }
        guard case .string(let text) = value else {
            throw ChatTemplateError("\(name) is of type \(value.typeName), not str", place)
        }
        return text
    }

    /// An argument that is a text or None.
    func optionalText(
        _ call: TemplateCall, _ position: Int, _ name: String, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> String? {
        switch call.argument(position, name) {
        case nil, .some(.none): return nil
        default: return try text(call, position, name, place)
        }
    }

    private func callTextMethod(
        _ name: String, _ text: String, _ call: TemplateCall, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> TemplateValue {
        func affixes() throws(ChatTemplateError) -> [String] {
            guard case .list(let list)? = call.argument(0, "prefix") else {
                return [try self.text(call, 0, "prefix", place)]
            }
            var result: [String] = []
            for case .string(let text) in list.elements { result.append(text) }
            return result
        }
        func all(_ holds: (Unicode.Scalar) -> Bool) -> TemplateValue {
            .bool(!text.unicodeScalars.isEmpty && text.unicodeScalars.allSatisfy(holds))
        }
        func isCased(_ upper: Bool) -> TemplateValue {
            let cased = text.unicodeScalars.filter(\.properties.isCased)
            return .bool(
                !cased.isEmpty && cased.allSatisfy { upper ? $0.properties.isUppercase : $0.properties.isLowercase })
        }
        switch name {
        case "strip", "lstrip", "rstrip":
            return .string(
                PythonStrings.strip(
                    text, try optionalText(call, 0, "chars", place), left: name != "rstrip", right: name != "lstrip"))
        case "split", "rsplit":
            let separator = try optionalText(call, 0, "sep", place)
            if let separator, separator.isEmpty { throw ChatTemplateError("the separator is empty", place) }
            let limit = call.argument(1, "maxsplit")?.wholeNumber ?? -1
            let parts =
                name == "split"
                ? PythonStrings.split(text, separator, limit) : PythonStrings.splitFromRight(text, separator, limit)
            return .list(parts.map { .string($0) })
        case "splitlines":
            let keepEnds = call.argument(0, "keepends")?.isTrue ?? false
            return .list(PythonStrings.splitLines(text, keepEnds: keepEnds).map { .string($0) })
        case "startswith": return .bool(try affixes().contains { text.utf8.starts(with: $0.utf8) })
        case "endswith":
            return .bool(try affixes().contains { text.utf8.reversed().starts(with: $0.utf8.reversed()) })
        case "removeprefix", "removesuffix":
            let affix = try self.text(call, 0, "prefix", place)
            if name == "removeprefix" {
                return .string(
                    text.utf8.starts(with: affix.utf8)
                        ? String(decoding: Array(text.utf8.dropFirst(affix.utf8.count)), as: UTF8.self) : text)
            }
            return .string(
                text.utf8.reversed().starts(with: affix.utf8.reversed())
                    ? String(decoding: Array(text.utf8.dropLast(affix.utf8.count)), as: UTF8.self) : text)
        case "upper": return .string(text.uppercased())
        case "lower": return .string(text.lowercased())
        case "title": return .string(PythonText.titled(text))
        case "capitalize": return .string(PythonText.capitalized(text))
        case "replace":
            return .string(
                try replaced(
                    text, try self.text(call, 0, "old", place), try self.text(call, 1, "new", place),
                    call.argument(2, "count")?.wholeNumber, place))
        case "find":
            let part = try self.text(call, 0, "sub", place)
            guard let place = PythonStrings.find(Array(part.utf8), in: Array(text.utf8)) else { return .integer(-1) }
            return .integer(String(decoding: Array(text.utf8.prefix(place)), as: UTF8.self).unicodeScalars.count)
        case "count":
            let part = try self.text(call, 0, "sub", place)
            if part.isEmpty { return .integer(text.unicodeScalars.count + 1) }
            return .integer(PythonStrings.split(text, part, -1).count - 1)
        case "join":
            var parts: [String] = []
            for element in try elements(of: call.argument(0, "iterable") ?? .undefined("iterable is missing"), place) {
                guard case .string(let part) = element else {
                    throw ChatTemplateError("join: a part is of type \(element.typeName), not str", place)
                }
                parts.append(part)
            }
            return .string(try joined(parts, text, place))
        case "format":
            for argument in call.positional { try spend(onAllOf: argument, place) }
            for argument in call.named.values { try spend(onAllOf: argument, place) }
            return .string(try made(try PythonStrings.braceFormatted(text, call, place), place))
        case "isdigit": return all { $0.properties.numericType == .decimal || $0.properties.numericType == .digit }
        case "isalpha": return all { ScalarClass(of: $0.value).contains(.letter) }
        case "isspace": return all(PythonText.isSpace)
        case "isupper": return isCased(true)
        default: return isCased(false)
        }
    }

    private func callDictionaryMethod(
        _ name: String, _ dictionary: TemplateDictionary, _ call: TemplateCall, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> TemplateValue {
        switch name {
        case "items":
            return .list(dictionary.members.map { .list(TemplateList([$0.key, $0.value], isTuple: true)) })
        case "keys": return .list(dictionary.members.map(\.key))
        case "values": return .list(dictionary.members.map(\.value))
        case "copy": return .dictionary(TemplateDictionary(dictionary.members))
        case "update":
            noteChange(of: dictionary)
            if case .dictionary(let other)? = call.argument(0, "other") {
                try spend(other.members.count * (1 + (dictionary.members.count + other.members.count) / 8), place)
                for member in other.members { dictionary[member.key] = member.value }
            }
            for (name, value) in call.namedInOrder { dictionary[.string(name)] = value }
            return .none
        default:
            guard let key = call.argument(0, "key") else {
                throw ChatTemplateError("\(name): the key is missing", place)
            }
            try spend(onAllOf: key, place)
            if key.isContainer { try spend(onAllOf: .dictionary(dictionary), place) }
            let found = dictionary[key]
            let fallback = call.argument(1, "default")
            switch name {
            case "pop":
                dictionary[key] = nil
                guard let value = found ?? fallback else {
                    throw ChatTemplateError("pop: there is no key \(PythonText.representation(key))", place)
                }
                return value
            case "setdefault":
                noteChange(of: dictionary)
                if found == nil { dictionary[key] = fallback ?? TemplateValue.none }
                return found ?? fallback ?? TemplateValue.none
            default: return found ?? fallback ?? TemplateValue.none
            }
        }
    }

    private func callListMethod(
        _ name: String, _ list: TemplateList, _ call: TemplateCall, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> TemplateValue {
        if list.elements.count > 1 << 20 { throw ChatTemplateError("the list is too long", place) }
        switch name {
        case "reverse":
            list.elements.reverse()
            return .none
        case "copy": return .list(list.elements)
        case "pop":
            let position = call.argument(0, "index")?.wholeNumber ?? -1
            let index = position < 0 ? position + list.elements.count : position
            guard list.elements.indices.contains(index) else {
                throw ChatTemplateError("pop: the list has no element \(position)", place)
            }
            return list.elements.remove(at: index)
        default: break
        }
        guard let value = call.argument(name == "insert" ? 1 : 0, "value") else {
            throw ChatTemplateError("\(name): the value is missing", place)
        }
        switch name {
        case "index", "count": try spend(onAllOf: .list(list), place)
        default: if !value.isPlain { noteChange(of: list) }
        }
        switch name {
        case "append": list.elements.append(value)
        case "extend": list.elements += try elements(of: value, place)
        case "insert":
            let position = call.argument(0, "index")?.wholeNumber ?? 0
            let index = position < 0 ? position + list.elements.count : position
            list.elements.insert(value, at: max(0, min(list.elements.count, index)))
        case "count": return .integer(list.elements.filter { $0.equals(value) }.count)
        default:
            guard let index = list.elements.firstIndex(where: { $0.equals(value) }) else {
                throw ChatTemplateError("index: the list has no such element", place)
            }
            return .integer(index)
        }
        return .none
    }
}
