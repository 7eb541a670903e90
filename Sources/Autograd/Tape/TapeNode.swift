import Synchronization
import Tensor

/// The place of one recorded value in the graph: its number and the nodes of its operands, whatever their element type.
///
/// What does not depend on the element type stands here rather than in ``Node``, so that recording, queueing and releasing
/// nodes costs nothing for being generic.
///
/// `@unchecked Sendable`: the links are complete when the node's variable becomes visible; the other fields belong to the
/// backward pass of the transform in whose function the node was made, and a transform runs one pass at a time.
class TapeNode: @unchecked Sendable {
    /// Grows with every node, so operands have smaller numbers than results.
    let id: UInt64

    /// The smallest number among the nodes that this one leads to.
    let oldest: UInt64

    /// The operation, for messages.
    let name: StaticString

    @exclusivity(unchecked) private var first: TapeNode?
    @exclusivity(unchecked) private var second: TapeNode?
    @exclusivity(unchecked) private var third: TapeNode?
    @exclusivity(unchecked) private var others: [TapeNode?]

    /// The next node to release, while a chain is being released.
    @exclusivity(unchecked) private var link: TapeNode?

    /// Whether the node waits in the queue of a pass.
    @exclusivity(unchecked) final var isQueued = false

    /// The gradient gathered so far by the pass that runs now.
    @exclusivity(unchecked) final var gatheredGradient: GatheredGradient?

    /// How many operations have a transform's input as an operand and have not sent it their gradient; nil for other nodes.
    let pendingUses: PendingUses?

    /// - Parameter known: the age of what the rule leads to besides the operands.
    init(
        _ name: StaticString, _ first: TapeNode?, _ second: TapeNode?, _ third: TapeNode?, _ others: [TapeNode?],
        oldest known: UInt64, pendingUses: PendingUses?
    ) {
        id = NodeNumber.next()
        self.name = name
        self.first = first
        self.second = second
        self.third = third
        self.others = others
        self.pendingUses = pendingUses
        var oldest = min(id, known)
        TapeNode.forEach(first, second, third, others) { operand in
            oldest = min(oldest, operand.oldest)
            operand.pendingUses?.add()
        }
        self.oldest = oldest
    }

    /// The node of an operand; nil for a constant or an operand that the operation was called without.
    final func operand(_ index: Int) -> TapeNode? {
        switch index {
        case 0: first
        case 1: second
        case 2: third
        default: index - 3 < others.count ? others[index - 3] : nil
        }
    }

    /// Calls a function with every operand's node.
    final func forEachOperand(_ body: (TapeNode) -> Void) { TapeNode.forEach(first, second, third, others, body) }

    @inline(__always)
    private static func forEach(
        _ first: TapeNode?, _ second: TapeNode?, _ third: TapeNode?, _ others: [TapeNode?], _ body: (TapeNode) -> Void
    ) {
        if let first { body(first) }
        if let second { body(second) }
        if let third { body(third) }
        if !others.isEmpty { for case let other? in others { body(other) } }
    }

    /// Drops what the node has saved for the backward pass.
    func releaseRule() {}

    /// Releases long chains one node at a time: the default, recursive release overflows the stack at some ten thousand.
    deinit {
        var chain: TapeNode?
        releaseOperands(into: &chain)
        while let node = chain {
            chain = node.link.take()
            node.releaseRule()
            node.gatheredGradient = nil
            node.releaseOperands(into: &chain)
        }
    }

    /// Lets go of the operands' nodes; those that nobody else holds are put in front of the chain. The rule, which holds
    /// them too, is gone by then.
    private func releaseOperands(into chain: inout TapeNode?) {
        TapeNode.release(first.take(), into: &chain)
        if second != nil { TapeNode.release(second.take(), into: &chain) }
        if third != nil { TapeNode.release(third.take(), into: &chain) }
        if !others.isEmpty {
            for index in others.indices { TapeNode.release(others[index].take(), into: &chain) }
            others = []
        }
    }

    private static func release(_ operand: consuming TapeNode?, into chain: inout TapeNode?) {
        guard var node = operand.take() else { return }
        if isKnownUniquelyReferenced(&node) {
            node.link = chain.take()
            chain = node
        }
    }
}

/// The parts of a variable, without its element type.
struct GatheredGradient {
    var storage: TensorStorage
    var layout: Layout
    var node: TapeNode?
}

/// Counts the operations that use an input of a transform, so that the backward pass knows when its gradient is complete.
final class PendingUses: Sendable {
    private let count = Atomic<Int>(0)

    func add() { count.add(1, ordering: .relaxed) }

    /// Takes one away; true if none is left.
    func remove() -> Bool { count.subtract(1, ordering: .relaxed).newValue == 0 }
}

/// The numbers of nodes, in order of creation. The order matters, the numbers do not, so results are the same however
/// many threads create nodes.
enum NodeNumber {
    private static let counter = Atomic<UInt64>(1)

    static func next() -> UInt64 { counter.add(1, ordering: .relaxed).oldValue }
}
