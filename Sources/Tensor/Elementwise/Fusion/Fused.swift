/// A function of tensors made of elementwise operations, computed in one pass over memory.
///
/// Written out, `(a * b + c).tanh() - a` reads and writes whole tensors four times; fused, what passes between the
/// operations stays in the first cache. The result has the same bits.
///
/// ```swift
/// let y = fused(a, b, c) { a, b, c in (a * b + c).tanh() - a }
/// ```
///
/// The function is called once, with expressions that stand for an element; it must not depend on anything that changes
/// from element to element but them. The operands are broadcast together; the call traps if their shapes do not fit.
public func fused<Scalar>(
    _ operands: [Tensor<Scalar>],
    _ function: ([ElementwiseExpression<Scalar>]) -> ElementwiseExpression<Scalar>
) -> Tensor<Scalar> {
    ElementwiseProgram(operandCount: operands.count, function)(operands)[0]
}

/// A function of one tensor, computed in one pass over memory; see ``fused(_:_:)-(Array<Tensor<Scalar>>,_)``.
public func fused<Scalar>(
    _ a: Tensor<Scalar>, _ function: (ElementwiseExpression<Scalar>) -> ElementwiseExpression<Scalar>
) -> Tensor<Scalar> {
    fused([a]) { function($0[0]) }
}

/// A function of two tensors, computed in one pass over memory; see ``fused(_:_:)-(Array<Tensor<Scalar>>,_)``.
public func fused<Scalar>(
    _ a: Tensor<Scalar>, _ b: Tensor<Scalar>,
    _ function: (ElementwiseExpression<Scalar>, ElementwiseExpression<Scalar>) -> ElementwiseExpression<Scalar>
) -> Tensor<Scalar> {
    fused([a, b]) { function($0[0], $0[1]) }
}

/// A function of three tensors, computed in one pass over memory; see ``fused(_:_:)-(Array<Tensor<Scalar>>,_)``.
public func fused<Scalar>(
    _ a: Tensor<Scalar>, _ b: Tensor<Scalar>, _ c: Tensor<Scalar>,
    _ function: (
        ElementwiseExpression<Scalar>, ElementwiseExpression<Scalar>, ElementwiseExpression<Scalar>
    ) -> ElementwiseExpression<Scalar>
) -> Tensor<Scalar> {
    fused([a, b, c]) { function($0[0], $0[1], $0[2]) }
}
