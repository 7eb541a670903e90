import CKernels

/// Attention of all heads without the matrices of weights in memory, forward and backward (arXiv 2205.14135).
///
/// Queries are `[batch, heads, queries, dim]`, keys `[batch, keyHeads, keys, dim]`, values
/// `[batch, keyHeads, keys, valueDim]` with `heads` a multiple of `keyHeads`; the caller has checked that.
package struct FusedAttention<Scalar: FloatingTensorScalar> {
    private let query: Tensor<Scalar>
    private let key: Tensor<Scalar>
    private let value: Tensor<Scalar>
    private let allowed: Tensor<Bool>?
    private var head: mk_head
    private let (batch, heads, group): (Int, Int, Int)

    /// - Parameters:
    ///   - window: how many positions back a query sees, counting its own, with the last query at the last key; nil for all
    ///     keys.
    ///   - allowed: which keys a query may see, broadcast to `[batch, heads, queries, keys]`; nil for all.
    ///   - scale: the factor of the scores.
    package init(
        query: Tensor<Scalar>, key: Tensor<Scalar>, value: Tensor<Scalar>, window: Int?, allowed: Tensor<Bool>?,
        scale: Scalar
    ) {
        (self.query, self.key, self.value) = (query, key, value)
        (batch, heads) = (query.shape[0], query.shape[1])
        group = heads / key.shape[1]
        let (queries, keys) = (query.shape[2], key.shape[2])
        self.allowed = allowed.map { $0.broadcast(to: [query.shape[0], query.shape[1], queries, keys]) }
        let nothing = mk_matrix()
        head = mk_head(
            is_double: Scalar.isDouble, queries: queries, keys: keys, dim: query.shape[3],
            value_dim: value.shape[3], q: nothing, k: nothing, v: nothing, scale: scale.doubleValue,
            is_causal: window == nil ? 0 : 1, shift: keys - queries, window: window ?? 0, allowed: nil,
            allowed_row: self.allowed?.layout.strides[2] ?? 0, allowed_column: self.allowed?.layout.strides[3] ?? 0)
    }

    /// The result `[batch, heads, queries, valueDim]`, whose memory is `[batch, queries, heads, valueDim]` so that joining
    /// the heads costs nothing, and the logarithms of the softmax's sums `[batch, heads, queries]`.
    package func forward() -> (output: Tensor<Scalar>, logSum: Tensor<Scalar>) {
        let (queries, width) = (head.queries, head.value_dim)
        let output = Tensor<Scalar>(uninitialized: [batch, queries, heads, width])
        let logSum = Tensor<Scalar>(uninitialized: [batch, heads, queries])
        // Few heads are cut into runs of queries, at multiples of the kernel's block.
        let run = max(1, min(queries.dividedUp(by: 84), 4 * Parallelism.threadCount / max(1, batch * heads)))
        let length = queries.dividedUp(by: run).dividedUp(by: 84) * 84
        let runs = queries.dividedUp(by: max(1, length))
        Parallelism.forEachPiece(of: batch * heads * runs, grain: 1) { piece in
            let workspace = Workspace(withUnsafePointer(to: head) { mk_attention_workspace($0) })
            for unit in piece {
                let (item, index, first) = (unit / runs / heads, unit / runs % heads, unit % runs * length)
                withHead(item, index) { head in
                    mk_attention(
                        head, first, min(length, queries - first),
                        output.pointer + (item * queries * heads + index) * width, heads * width,
                        logSum.pointer + (item * heads + index) * queries, workspace.bytes)
                }
            }
        }
        return (output.permuted([0, 2, 1, 3]), logSum)
    }

    /// The gradients of query, key and value for the gradient that reaches ``forward()``'s output.
    package func gradients(
        _ gradient: Tensor<Scalar>, output: Tensor<Scalar>, logSum: Tensor<Scalar>
    ) -> (query: Tensor<Scalar>, key: Tensor<Scalar>, value: Tensor<Scalar>) {
        // Rows must be contiguous; heads may lie anyhow.
        let incoming = gradient.layout.strides[3] == 1 || gradient.shape[3] == 1 ? gradient : gradient.copied()
        let (keyHeads, keys) = (heads / group, head.keys)
        let dq = Tensor<Scalar>(uninitialized: [batch, head.queries, heads, head.dim])
        let dk = Tensor<Scalar>(zeros: [batch, keys, keyHeads, head.dim])
        let dv = Tensor<Scalar>(zeros: [batch, keys, keyHeads, head.value_dim])
        // Heads that share keys add to the same gradients, so they stay on one thread.
        Parallelism.forEachPiece(of: batch * keyHeads, grain: 1) { piece in
            let workspace = Workspace(withUnsafePointer(to: head) { mk_attention_workspace($0) })
            for unit in piece {
                let (item, keyHead) = (unit / keyHeads, unit % keyHeads)
                for index in keyHead * group..<(keyHead + 1) * group {
                    withHead(item, index) { head in
                        let (dim, width) = (head.pointee.dim, head.pointee.value_dim)
                        mk_attention_gradient(
                            head, output.start(item, index), output.layout.strides[2],
                            logSum.pointer + (item * heads + index) * head.pointee.queries,
                            incoming.start(item, index), incoming.layout.strides[2],
                            dq.pointer + (item * head.pointee.queries * heads + index) * dim, heads * dim,
                            dk.pointer + (item * keys * keyHeads + keyHead) * dim, keyHeads * dim,
                            dv.pointer + (item * keys * keyHeads + keyHead) * width, keyHeads * width, workspace.bytes)
                    }
                }
            }
        }
        return (dq.permuted([0, 2, 1, 3]), dk.permuted([0, 2, 1, 3]), dv.permuted([0, 2, 1, 3]))
    }

    private func withHead(_ item: Int, _ index: Int, _ body: (UnsafePointer<mk_head>) -> Void) {
        var head = head
        head.q = query.matrix(item, index)
        head.k = key.matrix(item, index / group)
        head.v = value.matrix(item, index / group)
        if let allowed {
            head.allowed = UnsafeRawPointer(allowed.start(item, index)).assumingMemoryBound(to: UInt8.self)
        }
        body(&head)
    }
}

extension Tensor {
    /// The first element of a head.
    fileprivate func start(_ item: Int, _ head: Int) -> UnsafeMutablePointer<Scalar> {
        pointer + item * layout.strides[0] + head * layout.strides[1]
    }

    fileprivate func matrix(_ item: Int, _ head: Int) -> mk_matrix {
        mk_matrix(
            data: start(item, head), row: layout.strides[2], column: layout.strides[3], read: nil, first_line: 0)
    }
}
