import NN

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

    /// Stops unless the part that is named has a parameter of the model.
    ///
    /// - Throws: ``MetaLearningError/noSuchPart(_:have:)``.
    func requirePart<Model: Layer>(of model: Model) throws(MetaLearningError) {
        switch self {
        case .all: return
        case .part(let part), .outside(let part):
            let paths = model.namedTensors(includingBuffers: false).map(\.path)
            guard paths.contains(where: ParameterSelection.part(part).contains) else {
                throw .noSuchPart(part, have: paths)
            }
        }
    }
}
