import Tensor

extension Variable {
    /// The result of an operation on one operand.
    ///
    /// - Parameter rule: sends the result's gradient to operand 0; what it captures is saved until it has run.
    @inline(__always)
    static func record(
        _ name: StaticString, _ value: Tensor<Scalar>, from a: Variable,
        _ rule: @escaping @Sendable (Variable, BackwardPass<Scalar>) -> Void
    ) -> Variable {
        if NonFiniteTrace.isActive { NonFiniteTrace.inspect(value, operation: name, isGradient: false) }
        guard let node = a.node else { return Variable(value) }
        return Variable(value, node: Node(name, value.shape, node, rule: rule))
    }

    /// The result of an operation on two operands, numbered 0 and 1.
    @inline(__always)
    static func record(
        _ name: StaticString, _ value: Tensor<Scalar>, from a: Variable, _ b: Variable,
        _ rule: @escaping @Sendable (Variable, BackwardPass<Scalar>) -> Void
    ) -> Variable {
        if NonFiniteTrace.isActive { NonFiniteTrace.inspect(value, operation: name, isGradient: false) }
        if a.node == nil && b.node == nil { return Variable(value) }
        return Variable(value, node: Node(name, value.shape, a.node, b.node, rule: rule))
    }

    /// The result of an operation on two or three operands, numbered from 0; the third may be left out.
    @inline(__always)
    static func record(
        _ name: StaticString, _ value: Tensor<Scalar>, from a: Variable, _ b: Variable, _ c: Variable?,
        _ rule: @escaping @Sendable (Variable, BackwardPass<Scalar>) -> Void
    ) -> Variable {
        if NonFiniteTrace.isActive { NonFiniteTrace.inspect(value, operation: name, isGradient: false) }
        if a.node == nil && b.node == nil && c?.node == nil { return Variable(value) }
        return Variable(value, node: Node(name, value.shape, a.node, b.node, c?.node, rule: rule))
    }

    /// The result of an operation of your own on any number of operands.
    ///
    /// ```swift
    /// let y = Variable.recorded("cube", x.value * x.value * x.value, from: [x]) { gradient, pass in
    ///     pass.send(to: 0) { gradient * pass[x] * pass[x] * 3 }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - name: the operation, for messages.
    ///   - value: the result.
    ///   - operands: what it was computed from, numbered from 0.
    ///   - rule: sends the result's gradient on with ``BackwardPass/send(to:_:)``; reach saved operands through the pass
    ///     (`pass[x]`), so that nothing is recorded needlessly. Written in operations on variables it can be
    ///     differentiated again.
    public static func recorded(
        _ name: StaticString, _ value: Tensor<Scalar>, from operands: [Variable],
        rule: @escaping @Sendable (_ gradient: Variable, _ pass: BackwardPass<Scalar>) -> Void
    ) -> Variable {
        if NonFiniteTrace.isActive { NonFiniteTrace.inspect(value, operation: name, isGradient: false) }
        guard operands.contains(where: { $0.isTracked }) else { return Variable(value) }
        func node(_ index: Int) -> Node<Scalar>? { index < operands.count ? operands[index].node : nil }
        let others = operands.count > 3 ? operands[3...].map { $0.node } : []
        return Variable(
            value, node: Node<Scalar>(name, value.shape, node(0), node(1), node(2), others, rule: rule))
    }
}
