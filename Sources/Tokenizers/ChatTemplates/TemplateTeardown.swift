// Templates can nest lists a hundred thousand deep and make them contain themselves. Values of the first kind are freed
// without recursion, which would exhaust the stack; those of the second are emptied when the rendering ends.

/// What is shared by reference and may hold others of its kind.
class TemplateObject {
    /// Takes out all objects that this one holds.
    func takeObjects() -> [TemplateObject] { [] }

    /// Frees what only this object holds, and what only that holds, one at a time; for `deinit`.
    func releaseAll() {
        var pending = takeObjects()
        while !pending.isEmpty {
            if isKnownUniquelyReferenced(&pending[pending.count - 1]) {
                let inner = pending[pending.count - 1].takeObjects()
                pending.removeLast()
                pending += inner
            } else {
                pending.removeLast()
            }
        }
    }
}

extension TemplateValue {
    /// The object that this value is a reference to.
    var object: TemplateObject? {
        switch self {
        case .list(let list): list
        case .dictionary(let dictionary): dictionary
        case .macro(let closure): closure
        case .loop(let state): state
        case .method(let base, _): base.object
        default: nil
        }
    }
}
