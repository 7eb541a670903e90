import Tensor

/// How one value came about: the operation's derivative rule and the nodes of its operands.
///
/// Nodes refer to older nodes only.
final class Node<Scalar: FloatingTensorScalar>: TapeNode, @unchecked Sendable {
    typealias Rule = @Sendable (Variable<Scalar>, BackwardPass<Scalar>) -> Void

    /// The shape of the value, which is the shape of its gradient.
    let shape: TensorShape

    /// Sends the gradient of the result on to the operands; nil after it has run for the last time.
    @exclusivity(unchecked) var rule: Rule?

    /// The gathered gradient, which is the caller's alone from then on.
    func takeGradient() -> Variable<Scalar>? {
        guard let parts = gatheredGradient.take() else { return nil }
        return Variable(
            Tensor(storage: parts.storage, layout: parts.layout),
            node: parts.node.map { unsafeDowncast($0, to: Node.self) })
    }

    /// Replaces the gathered gradient.
    func setGradient(_ gradient: consuming Variable<Scalar>) {
        gatheredGradient = GatheredGradient(
            storage: gradient.value.storage, layout: gradient.value.layout, node: gradient.node)
    }

    /// Creates the node of an operation.
    ///
    /// - Parameters:
    ///   - known: the age of what the rule leads to besides the operands.
    ///   - pendingUses: counts the operations that use a transform's input; nil for other nodes.
    init(
        _ name: StaticString, _ shape: TensorShape, _ first: Node?, _ second: Node? = nil, _ third: Node? = nil,
        _ others: [Node?] = [], oldest known: UInt64 = .max, pendingUses: PendingUses? = nil, rule: @escaping Rule
    ) {
        self.shape = shape
        self.rule = rule
        super.init(name, first, second, third, others, oldest: known, pendingUses: pendingUses)
    }

    override func releaseRule() {
        rule = nil
    }
}
