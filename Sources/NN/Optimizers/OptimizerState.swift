import Autograd
import Tensor

/// What an optimiser remembers between updates.
///
/// It is itself a model without parameters whose buffers are named after the parameters they belong to, such as
/// `layers.0.weight.mean`, so checkpoints treat it as any other.
public struct OptimizerState<Memory: Parameterized>: Parameterized {
    /// The element type of what is remembered.
    public typealias Scalar = Memory.Scalar

    /// The number of updates so far.
    public package(set) var step = 0

    /// The memory of each parameter, in visiting order.
    var slots: [Slot] = []

    struct Slot: Sendable {
        var path: String
        /// Nil for a parameter that is never changed.
        var memory: Memory?
    }

    /// The state before the first update.
    public init() {}

    /// Shows what is remembered as buffers.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Memory.Scalar>) {
        for position in slots.indices {
            visitor.enter(slots[position].path)
            slots[position].memory?.visitParameters(&visitor)
            visitor.leave()
        }
    }
}

/// The memory of a rule that needs none.
public struct NoMemory<Scalar: FloatingTensorScalar>: Parameterized {
    /// Shows nothing.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {}
}

extension ParameterVisitor {
    /// Meets a buffer that may be absent.
    mutating func visitBuffer(_ name: String, _ buffer: inout Tensor<Scalar>?) {
        guard var present = buffer.take() else { return }
        visitBuffer(name, &present)
        buffer = present
    }
}

extension Tensor where Scalar: FloatingTensorScalar {
    /// `self = kept * self + (1 - kept) * sample`, in place.
    mutating func blend(_ sample: Tensor, keeping kept: Double) {
        self *= Scalar(kept)
        self += sample * Scalar(1 - kept)
    }

    /// The gradient of a loss with `decay / 2 * |parameter|²` added to it.
    func withDecay(_ decay: Double, of parameter: Tensor) -> Tensor {
        decay == 0 ? self : self + parameter * Scalar(decay)
    }
}

/// Traps if a hyper-parameter is outside its range.
func requireHyperparameter(_ isValid: Bool, _ name: StaticString, _ value: Double) {
    if !isValid { trap("\(value) is not a valid \(name) for an optimiser") }
}
