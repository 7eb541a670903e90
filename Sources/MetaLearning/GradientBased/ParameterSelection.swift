/// Which parameters of a model an inner loop changes, by path.
public enum ParameterSelection: Sendable, Hashable {
    /// All.
    case all
    /// Those in one part of the model, such as `layers.1`.
    case part(String)
    /// Those outside one part of the model.
    case outside(String)

    /// Whether the parameter of a path is selected.
    public func contains(_ path: String) -> Bool {
        switch self {
        case .all: true
        case .part(let part): path == part || path.hasPrefix(part + ".")
        case .outside(let part): !(path == part || path.hasPrefix(part + "."))
        }
    }
}
