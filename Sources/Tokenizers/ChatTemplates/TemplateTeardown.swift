// Templates can nest lists a hundred thousand deep and make them contain themselves. Values of the first kind are freed
// without recursion, which would exhaust the stack; those of the second are emptied when the rendering ends.

extension TemplateList {
    /// Lets go of the elements.
    func removeAll() {
        var pending: [TemplateValue] = []
        swap(&pending, &elements)
        pending.release()
    }
}

extension [TemplateValue] {
    /// Frees the values and what only they hold, one at a time.
    mutating func release() {
        while let value = popLast() {
            switch consume value {
            case .list(var list):
                if isKnownUniquelyReferenced(&list) { take(&list.elements) }
            case .dictionary(var dictionary):
                if isKnownUniquelyReferenced(&dictionary) { take(dictionary.removeAll()) }
            case .macro(var closure):
                if isKnownUniquelyReferenced(&closure) { take(&closure.scopes) }
            case .loop(var state):
                if isKnownUniquelyReferenced(&state) { take(state.removeAll()) }
            case .method(let base, _): append(base)
            default: break
            }
        }
    }

    private mutating func take(_ values: inout [TemplateValue]) {
        append(contentsOf: values)
        values = []
    }

    private mutating func take(_ values: [TemplateValue]) { append(contentsOf: values) }

    mutating func take(_ scopes: inout [TemplateScope]) {
        while var scope = scopes.popLast() {
            if isKnownUniquelyReferenced(&scope) { append(contentsOf: scope.removeAll()) }
        }
    }
}
