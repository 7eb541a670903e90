import CKernels

/// One operation of a fused function.
struct ElementwiseStep<Scalar: FloatingTensorScalar>: Sendable {
    /// What is computed, from the results of earlier steps.
    enum Operation: Hashable, Sendable {
        case operand(Int)
        case constant
        case unary(mk_unary_operation, Int)
        case binary(mk_binary_operation, Int, Int)
    }

    /// How a gradient flows on to the operands of the operation.
    enum Rule: Sendable {
        case none
        case unary(ElementwiseExpression<Scalar>.UnaryRule)
        case binary(ElementwiseExpression<Scalar>.BinaryRule)
    }

    var operation: Operation
    var p0: Double
    var p1: Double
    var rule: Rule

    /// Whether two steps compute the same bits: 0 and -0 are different parameters.
    func isSame(_ operation: Operation, _ p0: Double, _ p1: Double) -> Bool {
        self.operation == operation && self.p0.bitPattern == p0.bitPattern && self.p1.bitPattern == p1.bitPattern
    }
}

/// The operations that a fused function has called so far, in order; one called twice is noted once.
final class ElementwiseTrace<Scalar: FloatingTensorScalar> {
    private(set) var steps: [ElementwiseStep<Scalar>]

    init(continuing steps: [ElementwiseStep<Scalar>] = []) {
        self.steps = steps
    }

    func append(
        _ operation: ElementwiseStep<Scalar>.Operation, _ p0: Double = 0, _ p1: Double = 0,
        _ rule: ElementwiseStep<Scalar>.Rule = .none
    ) -> ElementwiseExpression<Scalar> {
        // A search from the end beats hashing: programs are short, and what is repeated was mostly called just before.
        let known = steps.lastIndex { $0.isSame(operation, p0, p1) }
        if known == nil { steps.append(ElementwiseStep(operation: operation, p0: p0, p1: p1, rule: rule)) }
        return ElementwiseExpression(trace: self, step: known ?? steps.count - 1)
    }

    func operand(_ index: Int) -> ElementwiseExpression<Scalar> { append(.operand(index)) }
}
