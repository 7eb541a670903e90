import Tensor

/// One sweep from a result back to the inputs of a transform.
///
/// Derivative rules get the pass to reach their operands and to send gradients on.
public final class BackwardPass<Scalar: FloatingTensorScalar> {
    /// Whether the gradient itself is being recorded, because it will be differentiated again.
    ///
    /// A rule with a fast fused kernel uses it when this is false and composes differentiable operations when it is true.
    public let recordsGradient: Bool

    /// Nodes below this number were there before the transform began; gradients stop at them.
    private let start: UInt64
    /// Whether a rule is dropped, with all it has saved, once it has run.
    private let releasesRules: Bool
    @exclusivity(unchecked) private var queue = NodeQueue()
    @exclusivity(unchecked) private var current: Node<Scalar>

    init(from node: Node<Scalar>, start: UInt64, recordsGradient: Bool, releasesRules: Bool) {
        current = node
        self.start = start
        self.recordsGradient = recordsGradient
        self.releasesRules = releasesRules
    }

    /// A saved operand, as the rule may use it: recorded if the gradient is, else a constant.
    public subscript(_ variable: Variable<Scalar>) -> Variable<Scalar> {
        recordsGradient ? variable : variable.detached()
    }

    /// The result of the operation whose rule runs, from its saved value.
    public func result(_ value: Tensor<Scalar>) -> Variable<Scalar> {
        Variable(value, node: recordsGradient ? current : nil)
    }

    /// Whether an operand of the operation wants a gradient.
    public func needsGradient(_ index: Int) -> Bool {
        guard let node = current.operand(index) else { return false }
        return node.id >= start
    }

    /// Sends a gradient to an operand; not evaluated if the operand does not want one.
    ///
    /// Where the operand was broadcast, the gradient is summed to its shape.
    public func send(to index: Int, _ gradient: () -> Variable<Scalar>) {
        guard let node = current.operand(index), node.id >= start else { return }
        // Operands have the element type of their result.
        deliver(gradient(), to: unsafeDowncast(node, to: Node<Scalar>.self))
    }

    /// Adds to an operand's gradient in place, where sending it would make a large tensor that is zero in most places.
    ///
    /// For plain passes only: when the gradient is recorded, send it.
    func add(to index: Int, _ addition: (inout Tensor<Scalar>) -> Void) {
        guard let operand = current.operand(index), operand.id >= start else { return }
        let node = unsafeDowncast(operand, to: Node<Scalar>.self)
        var sum = node.takeGradient()?.value ?? Tensor(zeros: node.shape)
        addition(&sum)
        node.setGradient(Variable(sum))
        enqueue(node)
    }

    /// Lets a gradient flow through a value that was computed during the pass, as checkpointing does.
    func splice(_ variable: Variable<Scalar>, gradient: Variable<Scalar>) {
        if let node = variable.node, node.id >= start { deliver(gradient, to: node) }
    }

    private func deliver(_ gradient: consuming Variable<Scalar>, to node: Node<Scalar>) {
        if gradient.shape != node.shape { gradient = reduced(gradient, for: node) }
        if node.gatheredGradient == nil {
            node.setGradient(gradient)
        } else if var sum = node.takeGradient() {
            if recordsGradient { sum = sum + gradient } else { sum.value += gradient.value }
            node.setGradient(sum)
        }
        enqueue(node)
    }

    private func enqueue(_ node: Node<Scalar>) {
        guard !node.isQueued else { return }
        node.isQueued = true
        queue.insert(node)
    }

    /// The gradient of an operand that was broadcast, summed to its shape.
    private func reduced(_ gradient: Variable<Scalar>, for node: Node<Scalar>) -> Variable<Scalar> {
        guard (try? TensorShape.broadcast(gradient.shape, node.shape)) == gradient.shape else {
            trap(
                """
                backward: the rule of "\(current.name)" sent a gradient of shape \(gradient.shape) to an operand of \
                shape \(node.shape)
                """)
        }
        return gradient.summed(to: node.shape)
    }

    /// Runs the rules from the seed on, newest node first, and leaves the inputs' gradients in their nodes.
    ///
    /// - Parameters:
    ///   - inputs: the numbers of the transform's own input nodes, at which the sweep ends.
    ///   - completed: called with an input that counts its uses as soon as all of them have sent their gradients.
    func run(seed: Variable<Scalar>, inputs: Range<UInt64>, completed: ((Node<Scalar>) -> Void)? = nil) {
        deliver(seed, to: current)
        while let next = queue.popNewest() {
            let node = unsafeDowncast(next, to: Node<Scalar>.self)
            node.isQueued = false
            if inputs.contains(node.id) { continue }
            guard let gradient = node.takeGradient() else { continue }
            current = node
            runRule(of: node, gradient)
            guard let completed else { continue }
            node.forEachOperand { operand in
                guard let uses = operand.pendingUses, uses.remove(), inputs.contains(operand.id) else { return }
                completed(unsafeDowncast(operand, to: Node<Scalar>.self))
            }
        }
    }

    /// A function of its own, so that what the rule has saved is gone when it returns.
    private func runRule(of node: Node<Scalar>, _ gradient: Variable<Scalar>) {
        guard let rule = node.rule else {
            trap("backward: the graph of \"\(node.name)\" was released by an earlier backward pass")
        }
        if NonFiniteTrace.isActive {
            NonFiniteTrace.inspect(gradient.value, operation: node.name, isGradient: true)
        }
        rule(gradient, self)
        // What a first-order pass has used is not needed again: saved tensors go as the sweep proceeds.
        if releasesRules { node.rule = nil }
    }
}

/// Nodes that wait for their rule to run: a binary heap, the newest on top.
private struct NodeQueue {
    private var heap: [TapeNode] = []

    mutating func insert(_ node: TapeNode) {
        heap.append(node)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if heap[parent].id >= heap[child].id { break }
            heap.swapAt(parent, child)
            child = parent
        }
    }

    mutating func popNewest() -> TapeNode? {
        guard heap.count > 1 else { return heap.popLast() }
        heap.swapAt(0, heap.count - 1)
        let newest = heap.removeLast()
        var parent = 0
        while true {
            var largest = parent
            for child in (2 * parent + 1)..<(2 * parent + 3) where child < heap.count {
                if heap[child].id > heap[largest].id { largest = child }
            }
            if largest == parent { return newest }
            heap.swapAt(parent, largest)
            parent = largest
        }
    }
}
