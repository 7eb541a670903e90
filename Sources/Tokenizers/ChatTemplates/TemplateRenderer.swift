/// Executes the statements of a template. Used by one call of `render` and then gone.
final class TemplateRenderer {
    /// From the template's variables to those of the innermost loop or macro.
    var scopes: [TemplateScope]
    var output = ""
    /// Seconds since 1970 for `strftime_now`; nil for the clock.
    let now: Int?

    /// The work that is done.
    var steps = 0
    private var depth = 0
    private var loopDepth = 0
    /// What may have come to contain itself.
    private var changed: [TemplateObject] = []

    private enum Flow { case normal, breakLoop, continueLoop }

    init(variables: [String: TemplateValue], now: Int?) {
        scopes = [TemplateScope(variables), TemplateScope()]
        self.now = now
    }

    func render(_ statements: [TemplateStatement]) throws(ChatTemplateError) -> String {
        defer { breakCycles() }
        _ = try execute(statements)
        return output
    }

    /// Notes an object that another one has been put into.
    func noteChange(of object: TemplateObject) { changed.append(object) }

    /// Objects that contain themselves would never be freed.
    private func breakCycles() {
        for object in changed { object.releaseAll() }
        changed = []
    }

    private func execute(_ statements: [TemplateStatement]) throws(ChatTemplateError) -> Flow {
        for statement in statements {
            let flow = try execute(statement)
            if flow != .normal { return flow }
        }
        return .normal
    }

    private func execute(_ statement: TemplateStatement) throws(ChatTemplateError) -> Flow {
        switch statement {
        case .text(let text): output += text
        case .output(let expression):
            try write(try text(of: try evaluate(expression), expression.place), expression.place)
        case .conditional(let branches, let otherwise):
            for branch in branches where try evaluate(branch.condition).isTrue { return try execute(branch.body) }
            return try execute(otherwise)
        case .loop(let loop): try execute(loop)
        case .set(let target, let expression, let place): try assign(try evaluate(expression), to: target, place)
        case .setBlock(let target, let filters, let body, let place):
            try assign(try filtered(try capture(body, place), filters), to: target, place)
        case .filterBlock(let filters, let body):
            let place = filters.place
            try write(try text(of: try filtered(try capture(body, place), filters), place), place)
        case .macro(let macro):
            noteChange(of: scopes.last!)
            scopes.last!.variables[macro.name] = .macro(TemplateClosure(macro, scopes: scopes))
        case .callBlock(let expression, let caller):
            guard case .call(let function, let arguments) = expression.kind else { return .normal }
            let closure = TemplateValue.macro(TemplateClosure(caller, scopes: scopes))
            let place = expression.place
            let value = try call(try evaluate(function), try evaluate(arguments), place, caller: closure)
            try write(try text(of: value, place), place)
        case .with(let assignments, let body, let place):
            scopes.append(TemplateScope())
            defer { scopes.removeLast() }
            for assignment in assignments { try assign(try evaluate(assignment.value), to: assignment.target, place) }
            return try execute(body)
        case .block(let body): return try execute(body)
        case .doExpression(let expression): _ = try evaluate(expression)
        case .breakLoop: return .breakLoop
        case .continueLoop: return .continueLoop
        }
        return .normal
    }

    /// The text that statements write.
    private func capture(
        _ body: [TemplateStatement], _ place: TemplatePlace
    ) throws(ChatTemplateError) -> TemplateValue {
        let outer = output
        output = ""
        defer { output = outer }
        scopes.append(TemplateScope())
        defer { scopes.removeLast() }
        _ = try execute(body)
        return .string(try made(output, place))
    }

    private func filtered(
        _ value: TemplateValue, _ filters: TemplateExpression?
    ) throws(ChatTemplateError) -> TemplateValue {
        guard let filters else { return value }
        scopes.append(TemplateScope([TemplateStatement.blockName: value]))
        defer { scopes.removeLast() }
        return try evaluate(filters)
    }

    private func execute(_ loop: TemplateLoop) throws(ChatTemplateError) {
        var elements = try self.elements(of: try evaluate(loop.sequence), loop.place)
        if let condition = loop.condition {
            var kept: [TemplateValue] = []
            for element in elements {
                scopes.append(TemplateScope())
                defer { scopes.removeLast() }
                try assign(element, to: loop.target, loop.place)
                if try evaluate(condition).isTrue { kept.append(element) }
            }
            elements = kept
        }
        if elements.isEmpty {
            scopes.append(TemplateScope())
            defer { scopes.removeLast() }
            _ = try execute(loop.otherwise)
            return
        }
        loopDepth += 1
        defer { loopDepth -= 1 }
        let state = TemplateLoopState(elements, depth: loopDepth)
        for (index, element) in elements.enumerated() {
            try spend(1, loop.place)
            try TemplateRenderer.checkLength(output.utf8.count, loop.place)
            state.index = index
            // Every turn has variables of its own; what should outlive it belongs into a namespace.
            scopes.append(TemplateScope(["loop": .loop(state)]))
            defer { scopes.removeLast() }
            try assign(element, to: loop.target, loop.place)
            if try execute(loop.body) == .breakLoop { return }
        }
    }

    /// What a loop goes through.
    func elements(of value: TemplateValue, _ place: TemplatePlace) throws(ChatTemplateError) -> [TemplateValue] {
        try spend(on: value, place)
        switch value {
        case .list(let list): return list.elements
        case .dictionary(let dictionary): return dictionary.members.map(\.key)
        case .string(let text):
            try spend(text.utf8.count, place)
            return text.unicodeScalars.map { .string(String($0)) }
        // As in Jinja, what is undefined is empty.
        case .undefined: return []
        default: throw ChatTemplateError("a value of type \(value.typeName) has no elements", place)
        }
    }

    private func assign(
        _ value: TemplateValue, to target: TemplateTarget, _ place: TemplatePlace
    ) throws(ChatTemplateError) {
        switch target {
        case .name(let name): scopes.last!.variables[name] = value
        case .attribute(let name, let attribute):
            guard case .dictionary(let dictionary)? = lookUp(name), dictionary.isNamespace else {
                throw ChatTemplateError("\(name) is no namespace: its attributes cannot be set", place)
            }
            try spend(dictionary.members.count / 8, place)
            dictionary[.string(attribute)] = value
            noteChange(of: dictionary)
        case .tuple(let targets):
            let elements = try elements(of: value, place)
            guard elements.count == targets.count else {
                throw ChatTemplateError("\(elements.count) values cannot go to \(targets.count) names", place)
            }
            for (target, element) in zip(targets, elements) { try assign(element, to: target, place) }
        }
    }

    /// The value of a variable, or nil.
    func lookUp(_ name: String) -> TemplateValue? {
        for scope in scopes.reversed() { if let value = scope.variables[name] { return value } }
        return nil
    }

    /// Calls a macro.
    func call(
        _ closure: TemplateClosure, _ arguments: TemplateCall, _ place: TemplatePlace, caller: TemplateValue?
    ) throws(ChatTemplateError) -> TemplateValue {
        depth += 1
        defer { depth -= 1 }
        if depth > 50 { throw ChatTemplateError("macros call one another more than 50 deep", place) }
        try spend(1, place)
        let macro = closure.macro
        var named = arguments.named
        let scope = TemplateScope()
        let (outerScopes, outerOutput) = (scopes, output)
        scopes = closure.scopes + [scope]
        output = ""
        defer { (scopes, output) = (outerScopes, outerOutput) }
        if arguments.positional.count > macro.parameters.count {
            throw ChatTemplateError(
                "the macro \(macro.name) takes \(macro.parameters.count) arguments, not \(arguments.positional.count)",
                place)
        }
        for (position, parameter) in macro.parameters.enumerated() {
            if position < arguments.positional.count {
                scope.variables[parameter.name] = arguments.positional[position]
            } else if let value = named.removeValue(forKey: parameter.name) {
                scope.variables[parameter.name] = value
            } else if let fallback = parameter.fallback {
                scope.variables[parameter.name] = try evaluate(fallback)
            } else {
                scope.variables[parameter.name] = .undefined("the argument '\(parameter.name)' was not given")
            }
        }
        if let unknown = named.keys.sorted().first, unknown != "caller" {
            throw ChatTemplateError("the macro \(macro.name) has no argument \(unknown)", place)
        }
        if let caller { scope.variables["caller"] = caller }
        _ = try execute(macro.body)
        return .string(try made(output, place))
    }
}

/// The values that a call passes.
struct TemplateCall {
    var positional: [TemplateValue] = []
    var named: [String: TemplateValue] = [:]
    /// The names in the order of the call, as dictionaries keep them.
    var names: [String] = []

    /// The named arguments in the order of the call.
    var namedInOrder: [(name: String, value: TemplateValue)] {
        names.compactMap { name in named[name].map { (name, $0) } }
    }

    /// An argument by its position or name.
    func argument(_ position: Int, _ name: String) -> TemplateValue? {
        position < positional.count ? positional[position] : named[name]
    }
}
