/// Why hooks cannot be used with a model.
public enum ActivationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The model has no such layer: that of a hook, or that after which the computation should end where the point is nil.
    case missingLayer(Int, point: ActivationPoint?, layerCount: Int)

    /// The error as a sentence.
    public var description: String {
        switch self {
        case .missingLayer(let layer, let point, let count):
            "The model has \(count) layers from 0 on, not layer \(layer)"
                + (point.map { " of the hook at \($0)." } ?? " to stop after.")
        }
    }
}
