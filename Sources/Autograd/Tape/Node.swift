import Synchronization
import Tensor

/// How one value came about: the operation's derivative rule and the nodes of its operands.
///
/// Nodes refer to older nodes only. `@unchecked Sendable`: a node is complete when its variable becomes visible; the
/// mutable fields belong to the backward pass of the transform in whose function the node was made, and a transform runs
/// one pass at a time.
final class Node<Scalar: FloatingTensorScalar>: @unchecked Sendable {
    typealias Rule = @Sendable (Variable<Scalar>, BackwardPass<Scalar>) -> Void

    /// Grows with every node, so operands have smaller numbers than results.
    let id: UInt64

    /// The smallest number among the nodes that this one leads to.
    let oldest: UInt64

    /// The operation, for messages.
    let name: StaticString

    /// The shape of the value, which is the shape of its gradient.
    let shape: TensorShape

    private var first: Node?
    private var second: Node?
    private var others: [Node?]

    /// Sends the gradient of the result on to the operands; nil after it has run for the last time.
    var rule: Rule?

    /// The gradient gathered so far by the pass that runs now.
    var gradient: Variable<Scalar>?

    /// Whether the node waits in the queue of a pass.
    var isQueued = false

    /// Creates the node of an operation.
    ///
    /// - Parameter known: the age of what the rule leads to besides the operands.
    init(
        _ name: StaticString, _ shape: TensorShape, _ first: Node?, _ second: Node? = nil, _ others: [Node?] = [],
        oldest known: UInt64 = .max, rule: @escaping Rule
    ) {
        id = NodeNumber.next()
        var oldest = min(id, known)
        if let first { oldest = min(oldest, first.oldest) }
        if let second { oldest = min(oldest, second.oldest) }
        for case let other? in others { oldest = min(oldest, other.oldest) }
        self.oldest = oldest
        self.name = name
        self.shape = shape
        self.first = first
        self.second = second
        self.others = others
        self.rule = rule
    }

    /// The node of an operand; nil for a constant, and for an optional operand at the end that is not there.
    func operand(_ index: Int) -> Node? {
        switch index {
        case 0: first
        case 1: second
        default: index - 2 < others.count ? others[index - 2] : nil
        }
    }

    /// Releases long chains one node at a time: the default, recursive release overflows the stack at some ten thousand.
    deinit {
        var pending: [Node] = []
        Node.release(&first, &second, &others, into: &pending)
        rule = nil
        while var node = pending.popLast() {
            if isKnownUniquelyReferenced(&node) {
                // The rule's captured operands are among these, so dropping the rule releases no chain.
                Node.release(&node.first, &node.second, &node.others, into: &pending)
                node.rule = nil
                node.gradient = nil
            }
        }
    }

    private static func release(
        _ first: inout Node?, _ second: inout Node?, _ others: inout [Node?], into pending: inout [Node]
    ) {
        if let node = first { pending.append(node) }
        if let node = second { pending.append(node) }
        for case let node? in others { pending.append(node) }
        first = nil
        second = nil
        others = []
    }
}

/// The numbers of nodes, in order of creation. The order matters, the numbers do not, so results are the same however
/// many threads create nodes.
enum NodeNumber {
    private static let counter = Atomic<UInt64>(1)

    static func next() -> UInt64 { counter.add(1, ordering: .relaxed).oldValue }
}
