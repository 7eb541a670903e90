/// The filters of lists and dictionaries.
extension TemplateRenderer {
    func apply(
        listFilter name: String, to value: TemplateValue, _ call: TemplateCall, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> TemplateValue {
        switch name {
        case "items":
            if case .undefined = value { return .list([]) }
            guard case .dictionary = value else {
                throw ChatTemplateError("a value of type \(value.typeName) has no items", place)
            }
            return try callMethod("items", of: value, TemplateCall(), place)
        case "dictsort": return try sortedItems(value, call, place)
        case "reverse":
            if case .string(let text) = value { return .string(PythonText.string(text.unicodeScalars.reversed())) }
            return .list(Array(try elements(of: value, place).reversed()))
        default: break
        }
        let elements = try elements(of: value, place)
        switch name {
        case "list": return .list(elements)
        case "first": return elements.first ?? .undefined("the sequence is empty")
        case "last": return elements.last ?? .undefined("the sequence is empty")
        case "join":
            let separator = try text(of: call.argument(0, "d") ?? .string(""), place)
            let key = call.argument(1, "attribute")
            var parts: [String] = []
            for element in elements { parts.append(try text(of: try get(key, of: element, place), place)) }
            return .string(try joined(parts, separator, place))
        case "sum":
            var total = call.argument(1, "start") ?? .integer(0)
            for element in elements {
                total = try combine(
                    "+", total, try get(call.argument(0, "attribute"), of: element, place), place)
            }
            return total
        case "min", "max":
            let key = call.named["attribute"]
            let sorted = try sort(
                elements, by: key, ignoringCase: !(call.argument(0, "case_sensitive")?.isTrue ?? false), place)
            return (name == "min" ? sorted.first : sorted.last) ?? .undefined("the sequence is empty")
        case "sort":
            let isReversed = call.argument(0, "reverse")?.isTrue ?? false
            let isCaseSensitive = call.argument(1, "case_sensitive")?.isTrue ?? false
            return .list(
                try sort(
                    elements, by: call.argument(2, "attribute"), ignoringCase: !isCaseSensitive,
                    isReversed: isReversed, place))
        case "unique":
            let isCaseSensitive = call.argument(0, "case_sensitive")?.isTrue ?? false
            var seen: [TemplateValue] = []
            var result: [TemplateValue] = []
            for element in elements {
                let key = folded(try get(call.argument(1, "attribute"), of: element, place), !isCaseSensitive)
                try spend(onAllOf: key, place)
                try spend(seen.count / 8 + 1, place)
                if seen.contains(where: { $0.equals(key) }) { continue }
                seen.append(key)
                result.append(element)
            }
            return .list(result)
        case "map": return .list(try map(elements, call, place))
        default: return .list(try select(name, elements, call, place))
        }
    }

    /// A member that `attribute=` names, dots for members of members; the value itself if nothing is named.
    private func get(
        _ key: TemplateValue?, of value: TemplateValue, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> TemplateValue {
        switch key {
        case nil, .some(.none): return value
        case .some(.string(let path)):
            var result = value
            for part in path.split(separator: ".") {
                let name = String(part)
                result = try element(Int(name).map { .integer($0) } ?? .string(name), of: result, place)
            }
            return result
        case .some(let index): return try element(index, of: value, place)
        }
    }

    private func folded(_ value: TemplateValue, _ ignoringCase: Bool) -> TemplateValue {
        if ignoringCase, case .string(let text) = value { return .string(text.lowercased()) }
        return value
    }

    /// Stable, as Python's sort.
    private func sort(
        _ elements: [TemplateValue], by key: TemplateValue?, ignoringCase: Bool, isReversed: Bool = false,
        _ place: TemplatePlace
    ) throws(ChatTemplateError) -> [TemplateValue] {
        var keyed: [(key: TemplateValue, element: TemplateValue)] = []
        // Each key takes part in as many comparisons as a number has digits in base two.
        let comparisons = Int.bitWidth - elements.count.leadingZeroBitCount
        for element in elements {
            keyed.append((folded(try get(key, of: element, place), ignoringCase), element))
            for _ in 0..<comparisons { try spend(onAllOf: keyed.last!.key, place) }
        }
        // Merge sort, because the comparison may throw its typed error.
        var width = 1
        while width < keyed.count {
            var merged: [(key: TemplateValue, element: TemplateValue)] = []
            for start in stride(from: 0, to: keyed.count, by: 2 * width) {
                var left = start
                var right = min(start + width, keyed.count)
                let (middle, end) = (right, min(start + 2 * width, keyed.count))
                while left < middle || right < end {
                    var takesLeft = right == end
                    if left < middle, right < end {
                        let order = try TemplateArithmetic.order(keyed[left].key, keyed[right].key, place)
                        takesLeft = isReversed ? order >= 0 : order <= 0
                    }
                    merged.append(keyed[takesLeft ? left : right])
                    if takesLeft { left += 1 } else { right += 1 }
                }
            }
            keyed = merged
            width *= 2
        }
        return keyed.map(\.element)
    }

    private func sortedItems(
        _ value: TemplateValue, _ call: TemplateCall, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> TemplateValue {
        guard case .dictionary(let dictionary) = value else {
            throw ChatTemplateError("dictsort needs a dictionary, not \(value.typeName)", place)
        }
        let items = dictionary.members.map { TemplateValue.list(TemplateList([$0.key, $0.value], isTuple: true)) }
        let isCaseSensitive = call.argument(0, "case_sensitive")?.isTrue ?? false
        let byValue = try text(of: call.argument(1, "by") ?? .string("key"), place) == "value"
        return .list(
            try sort(
                items, by: .integer(byValue ? 1 : 0), ignoringCase: !isCaseSensitive,
                isReversed: call.argument(2, "reverse")?.isTrue ?? false, place))
    }

    private func map(
        _ elements: [TemplateValue], _ call: TemplateCall, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> [TemplateValue] {
        var result: [TemplateValue] = []
        if let key = call.named["attribute"] {
            for element in elements {
                let value = try get(key, of: element, place)
                if case .undefined = value, let fallback = call.named["default"] {
                    result.append(fallback)
                } else {
                    result.append(value)
                }
            }
            return result
        }
        let name = try text(call, 0, "filter", place)
        guard TemplateFilters.names.contains(name) else {
            throw ChatTemplateError("the filter \"\(name)\" is not known", place)
        }
        let rest = TemplateCall(positional: Array(call.positional.dropFirst()), named: call.named)
        for element in elements { result.append(try apply(filter: name, to: element, rest, place)) }
        return result
    }

    /// `select`, `reject`, `selectattr` and `rejectattr`
    private func select(
        _ name: String, _ elements: [TemplateValue], _ call: TemplateCall, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> [TemplateValue] {
        let usesAttribute = name.hasSuffix("attr")
        let keeps = name.hasPrefix("select")
        var arguments = call.positional[...]
        let key = usesAttribute ? arguments.popFirst() : nil
        if usesAttribute, key == nil { throw ChatTemplateError("\(name) needs the name of an attribute", place) }
        let test: String? = try arguments.popFirst().map { (value) throws(ChatTemplateError) in
            try spend(onAllOf: value, place)
            guard case .string(let name) = value, TemplateTests.names.contains(name) else {
                throw ChatTemplateError("the test \(PythonText.representation(value)) is not known", place)
            }
            return name
        }
        let rest = TemplateCall(positional: Array(arguments))
        var result: [TemplateValue] = []
        for element in elements {
            try spend(1, place)
            let value = try get(key, of: element, place)
            let holds = try test.map { (test) throws(ChatTemplateError) in
                try apply(test: test, to: value, rest, place)
            }
            if holds ?? value.isTrue == keeps { result.append(element) }
        }
        return result
    }
}
