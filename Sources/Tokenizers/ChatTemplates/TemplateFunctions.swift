import Glibc

/// The functions that every template can call.
enum TemplateFunctions {
    static let names: Set<String> = ["raise_exception", "range", "namespace", "dict", "strftime_now"]
}

extension TemplateRenderer {
    func callFunction(
        _ name: String, _ call: TemplateCall, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> TemplateValue {
        switch name {
        case "raise_exception":
            throw ChatTemplateError(
                problem: try text(of: call.argument(0, "message") ?? .string(""), place), line: place.line,
                column: place.column, isRaisedByTemplate: true)
        case "range":
            let bounds = call.positional.compactMap(\.wholeNumber)
            guard (1...3).contains(bounds.count), bounds.count == call.positional.count,
                bounds.count < 3 || bounds[2] != 0
            else { throw ChatTemplateError("range takes one to three whole numbers, the third not 0", place) }
            let (start, stop) = bounds.count == 1 ? (0, bounds[0]) : (bounds[0], bounds[1])
            let step = bounds.count == 3 ? bounds[2] : 1
            // Jinja's sandbox has the same limit.
            guard start.magnitude < 1 << 40, stop.magnitude < 1 << 40, (stop - start) / step <= 100_000 else {
                throw ChatTemplateError("range: more than 100000 numbers", place)
            }
            try spend(max(0, (stop - start) / step), place)
            return .list(stride(from: start, to: stop, by: step).map { .integer($0) })
        case "namespace", "dict":
            let result = TemplateDictionary(isNamespace: name == "namespace")
            if case .dictionary(let other)? = call.positional.first {
                try spend(other.members.count * (1 + other.members.count / 8), place)
                for member in other.members { result[member.key] = member.value }
            }
            for (name, value) in call.namedInOrder { result[.string(name)] = value }
            noteChange(of: result)
            return .dictionary(result)
        default: return .string(try formattedTime(try text(call, 0, "format", place), place))
        }
    }

    /// The local time as `strftime` writes it.
    private func formattedTime(_ format: String, _ place: TemplatePlace) throws(ChatTemplateError) -> String {
        if format.isEmpty { return "" }
        var seconds = now.map { time_t($0) } ?? time(nil)
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else {
            throw ChatTemplateError("the time has no calendar date", place)
        }
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = strftime(&buffer, buffer.count, format, &parts)
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
