import CKernels

extension Tensor where Scalar: FloatingTensorScalar {
    /// exp(x) / sum(exp(x)) along an axis, shifted by the maximum so that nothing overflows.
    ///
    /// A row in which everything is -infinity gives NaN.
    public func softmax(axis: Int = -1) -> Tensor { alongRows(MK_ROW_SOFTMAX, axis, "softmax") }

    /// log(softmax(x)) along an axis.
    public func logSoftmax(axis: Int = -1) -> Tensor { alongRows(MK_ROW_LOG_SOFTMAX, axis, "logSoftmax") }

    /// y (g - Σ g y): called on the output y of ``softmax(axis:)`` with the gradient g that flows in.
    public func softmaxGradient(_ gradient: Tensor, axis: Int = -1) -> Tensor {
        alongRows(MK_ROW_SOFTMAX_GRADIENT, axis, "softmax", gradient)
    }

    /// g - exp(y) Σ g: called on the output y of ``logSoftmax(axis:)`` with the gradient g that flows in.
    public func logSoftmaxGradient(_ gradient: Tensor, axis: Int = -1) -> Tensor {
        alongRows(MK_ROW_LOG_SOFTMAX_GRADIENT, axis, "logSoftmax", gradient)
    }

    private func alongRows(
        _ op: mk_row_operation, _ axis: Int, _ name: StaticString, _ gradient: Tensor? = nil
    ) -> Tensor {
        let position = rank == 0 ? 0 : shape.axis(axis, in: name)
        if rank > 0, position != rank - 1 {
            let moved = movingAxis(position, to: rank - 1)
            let result = moved.alongRows(op, -1, name, gradient?.movingAxis(position, to: rank - 1))
            return result.movingAxis(rank - 1, to: position)
        }
        let columns = rank == 0 ? 1 : shape.extents[position]
        let source = contiguous()
        let incoming = gradient?.broadcast(to: shape).contiguous()
        let result = Tensor(uninitialized: shape)
        let rows = columns == 0 ? 0 : count / columns
        Parallelism.forEachPiece(of: rows, grain: max(1, Grain.elementwise / 4 / max(columns, 1))) { piece in
            let start = piece.lowerBound * columns
            let g: UnsafeMutablePointer<Scalar>? = incoming.map { $0.pointer + start }
            mk_row(
                Scalar.dtype.kernelType, Int32(op.rawValue), piece.count, columns, source.pointer + start, g,
                result.pointer + start)
        }
        return result
    }
}
