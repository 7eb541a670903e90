import Tensor

/// A value that holds trainable parameters: a layer, a model, or any struct of variables.
///
/// Conforming types name every parameter once, in one method; counting, optimisers, checkpoints, gradients and averages
/// follow from it. No reflection, no property wrappers.
///
/// ```swift
/// struct Affine: Parameterized {
///     typealias Scalar = Float
///     var weight: Variable<Float>
///     var bias: Variable<Float>
///     mutating func visitParameters(_ visitor: inout some ParameterVisitor<Float>) {
///         visitor.visit("weight", &weight)
///         visitor.visit("bias", &bias)
///     }
/// }
/// ```
public protocol Parameterized<Scalar>: Sendable {
    /// The element type of the parameters; a model of another type than Float says so: `typealias Scalar = Double`.
    associatedtype Scalar: FloatingTensorScalar = Float

    /// Shows every parameter, and every part that has parameters, to a visitor, always in the same order.
    ///
    /// Tied parameters are one stored property, visited once.
    mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>)
}

/// Something that is done to each parameter of a model.
public protocol ParameterVisitor<Scalar> {
    /// The element type of the parameters.
    associatedtype Scalar: FloatingTensorScalar

    /// Meets a trainable parameter.
    mutating func visit(_ name: String, _ parameter: inout Variable<Scalar>)

    /// Meets state that is saved with the model but not trained, such as running statistics; ignored by default.
    mutating func visitBuffer(_ name: String, _ buffer: inout Tensor<Scalar>)

    /// Enters a part of the model; ignored by default.
    mutating func enter(_ name: String)

    /// Leaves the part entered last; ignored by default.
    mutating func leave()
}

extension ParameterVisitor {
    /// Ignores a buffer.
    public mutating func visitBuffer(_ name: String, _ buffer: inout Tensor<Scalar>) {}

    /// Ignores the entrance.
    public mutating func enter(_ name: String) {}

    /// Ignores the exit.
    public mutating func leave() {}

    /// Meets a part of the model with parameters of its own.
    public mutating func visit<Part: Parameterized<Scalar>>(_ name: String, _ part: inout Part) {
        enter(name)
        part.visitParameters(&self)
        leave()
    }

    /// Meets a list of parts, named by position.
    public mutating func visit<Part: Parameterized<Scalar>>(_ name: String, _ parts: inout [Part]) {
        enter(name)
        for index in parts.indices {
            enter(String(index))
            parts[index].visitParameters(&self)
            leave()
        }
        leave()
    }

    /// Meets a parameter that may be absent.
    public mutating func visit(_ name: String, _ parameter: inout Variable<Scalar>?) {
        guard var present = parameter.take() else { return }
        visit(name, &present)
        parameter = present
    }

    /// Meets a part that may be absent.
    public mutating func visit<Part: Parameterized<Scalar>>(_ name: String, _ part: inout Part?) {
        guard var present = part.take() else { return }
        visit(name, &present)
        part = present
    }
}

extension Variable: Parameterized {
    /// A variable is a model of one parameter without a name.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
        visitor.visit("", &self)
    }
}
