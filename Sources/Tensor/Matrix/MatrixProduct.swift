import CKernels

infix operator • : MultiplicationPrecedence

extension Tensor where Scalar: FloatingTensorScalar {
    /// The matrix product, by NumPy's rules.
    ///
    /// `[m, k] • [k, n]` gives `[m, n]`; leading axes are batches and broadcast; a vector on the left is a row, on the
    /// right a column, and its axis vanishes from the result. Transposed operands cost no copy. An inner extent of 0
    /// gives zeros. Traps if the inner extents differ.
    public func matmul(_ other: Tensor) -> Tensor { Tensor.product(self, other) }

    /// The matrix product; see ``matmul(_:)``.
    public static func • (lhs: Tensor, rhs: Tensor) -> Tensor { product(lhs, rhs) }

    /// The inner product of two vectors, as a scalar.
    public func dot(_ other: Tensor) -> Tensor {
        guard rank == 1, other.rank == 1 else {
            trap("dot: the shapes \(shape) and \(other.shape) are not both vectors")
        }
        return matmul(other)
    }

    /// The products of all pairs of elements of two vectors, `[m, n]`.
    public func outer(_ other: Tensor) -> Tensor {
        guard rank == 1, other.rank == 1 else {
            trap("outer: the shapes \(shape) and \(other.shape) are not both vectors")
        }
        return unsqueezed(1) * other.unsqueezed(0)
    }

    /// x Wᵀ + b: an affine map of the last axis, `[..., in]` to `[..., out]`.
    ///
    /// - Parameters:
    ///   - weight: `[out, in]`.
    ///   - bias: `[out]`, or nil.
    public func linear(_ weight: Tensor, bias: Tensor? = nil) -> Tensor {
        guard weight.rank == 2, rank > 0, weight.shape[1] == shape[-1] else {
            trap("linear: the weight \(weight.shape) does not fit the input \(shape): it must be [out, \(shape[-1])]")
        }
        guard let bias else { return Tensor.product(self, weight.transposed()) }
        guard bias.rank == 1, bias.count == weight.shape[0] else {
            trap("linear: the bias has shape \(bias.shape), but the weight \(weight.shape) wants [\(weight.shape[0])]")
        }
        return Tensor.product(self, weight.transposed(), bias: bias)
    }

    /// - Parameter bias: added to every row of the result, `[n]`.
    private static func product(_ a: Tensor, _ b: Tensor, bias: Tensor? = nil) -> Tensor {
        guard a.rank > 0, b.rank > 0 else {
            trap("matmul: a scalar cannot be multiplied as a matrix (shapes \(a.shape) and \(b.shape))")
        }
        let left = a.rank == 1 ? a.unsqueezed(0) : a
        var right = b.rank == 1 ? b.unsqueezed(1) : b
        if left.rank >= right.rank { right.dropStretchedBatch(of: left.shape) }
        let (m, k) = (left.shape[-2], left.shape[-1])
        let n = right.shape[-1]
        guard right.shape[-2] == k else {
            trap("matmul: the inner extents of \(a.shape) and \(b.shape) differ: \(k) and \(right.shape[-2])")
        }
        var batchA = left.shape
        var batchB = right.shape
        batchA.removeLastTwo()
        batchB.removeLastTwo()
        let batch = TensorShape.broadcast(batchA, batchB, in: "matmul")
        var shape = batch
        shape.append(m)
        shape.append(n)
        var result: Tensor
        if batchB.rank == 0, batch.rank > 0, left.layout.isContiguous {
            // One right-hand side for the whole batch: a single tall product.
            let rows = batch.elementCount * m
            result = Tensor(uninitialized: [rows, n])
            fill(result, left.reshaped([rows, k] as TensorShape), right, bias)
            result = result.reshaped(shape)
        } else {
            result = Tensor(uninitialized: shape)
            var fullA = batch
            fullA.append(m)
            fullA.append(k)
            var fullB = batch
            fullB.append(k)
            fullB.append(n)
            fill(result, left.broadcast(to: fullA), right.broadcast(to: fullB), bias)
        }
        if a.rank == 1 { result = result.squeezed(-2) }
        if b.rank == 1 { result = result.squeezed(-1) }
        return result
    }

    /// Writes the products of two batches of matrices, both of the result's batch shape, plus the bias in every row.
    private static func fill(_ result: Tensor, _ a: Tensor, _ b: Tensor, _ bias: Tensor?) {
        let (m, n) = (a.shape[-2], b.shape[-1])
        var product = BlockedProduct(
            a: MatrixOperand(a), b: MatrixOperand(b), c: result.pointer, m: m, n: n, k: a.shape[-1],
            batchCount: m * n == 0 ? 0 : result.count / (m * n))
        guard let bias = bias?.contiguous() else { return product.run() }
        withExtendedLifetime(bias) {
            product.epilogue = mk_epilogue(
                bias: bias.pointer, activation: -1, parameter: 0, residual: nil, residual_row: 0)
            product.run()
        }
    }
}

extension Tensor {
    /// Takes the leading axes of a batch of matrices away if all its matrices are the same one, stretched to a shape that
    /// has these axes too.
    fileprivate mutating func dropStretchedBatch(of other: TensorShape) {
        guard rank > 2 else { return }
        for axis in 0..<rank - 2 {
            let extent = layout.shape.extents[axis]
            guard extent == 1 || layout.strides.extents[axis] == 0 && other[axis - rank] == extent else { return }
        }
        layout = Layout(
            shape: [layout.shape[-2], layout.shape[-1]], strides: [layout.strides[-2], layout.strides[-1]],
            offset: layout.offset)
    }
}

extension TensorShape {
    mutating func removeLastTwo() {
        var shorter = TensorShape()
        for axis in 0..<(rank - 2) { shorter.append(extents[axis]) }
        self = shorter
    }
}
