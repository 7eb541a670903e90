import Tensor

/// A function of variables made of elementwise operations, computed in one pass over memory and recorded as one node.
///
/// Its gradient is one pass too: nothing is saved but the operands, and values between the operations are computed anew.
///
/// ```swift
/// let y = fused(a, b, c) { a, b, c in (a * b + c).tanh() - a }
/// ```
///
/// The operands are broadcast together; the call traps if their shapes do not fit.
public func fused<Scalar>(
    _ operands: [Variable<Scalar>],
    _ function: ([ElementwiseExpression<Scalar>]) -> ElementwiseExpression<Scalar>
) -> Variable<Scalar> {
    .running(ElementwiseProgram(operandCount: operands.count, function), on: operands)
}

/// A function of one variable, computed in one pass over memory; see ``fused(_:_:)-(Array<Variable<Scalar>>,_)``.
public func fused<Scalar>(
    _ a: Variable<Scalar>, _ function: (ElementwiseExpression<Scalar>) -> ElementwiseExpression<Scalar>
) -> Variable<Scalar> {
    fused([a]) { function($0[0]) }
}

/// A function of two variables, computed in one pass over memory; see ``fused(_:_:)-(Array<Variable<Scalar>>,_)``.
public func fused<Scalar>(
    _ a: Variable<Scalar>, _ b: Variable<Scalar>,
    _ function: (ElementwiseExpression<Scalar>, ElementwiseExpression<Scalar>) -> ElementwiseExpression<Scalar>
) -> Variable<Scalar> {
    fused([a, b]) { function($0[0], $0[1]) }
}

/// A function of three variables, computed in one pass over memory; see ``fused(_:_:)-(Array<Variable<Scalar>>,_)``.
public func fused<Scalar>(
    _ a: Variable<Scalar>, _ b: Variable<Scalar>, _ c: Variable<Scalar>,
    _ function: (
        ElementwiseExpression<Scalar>, ElementwiseExpression<Scalar>, ElementwiseExpression<Scalar>
    ) -> ElementwiseExpression<Scalar>
) -> Variable<Scalar> {
    fused([a, b, c]) { function($0[0], $0[1], $0[2]) }
}

extension Variable {
    /// The result of a program with one result. The gradients are programs too, so they can be differentiated again.
    fileprivate static func running(_ program: ElementwiseProgram<Scalar>, on operands: [Variable]) -> Variable {
        let value = program(operands.map(\.value))[0]
        return recorded("fused", value, from: operands) { gradient, pass in
            let wanted = operands.indices.filter { pass.needsGradient($0) }
            let inputs = operands + [gradient]
            if pass.recordsGradient {
                for index in wanted {
                    pass.send(to: index) { running(program.gradient(for: [index]), on: inputs) }
                }
            } else {
                let gradients = program.gradient(for: wanted)(inputs.map(\.value))
                for (index, gradient) in zip(wanted, gradients) { pass.send(to: index) { Variable(gradient) } }
            }
        }
    }
}
