import CKernels

extension Tensor where Scalar: FloatingTensorScalar {
    /// Pairs (a, b) of the last axis as (a cos - b sin, b cos + a sin), or turned the other way.
    ///
    /// - Parameters:
    ///   - cosines: `[..., time, dim / 2]`, broadcast to the leading axes of the tensor, `[..., time, dim]`.
    ///   - sines: of the same shape.
    ///   - isInterleaved: whether elements 2i and 2i + 1 are pairs, else i and i + dim / 2.
    ///   - isInverse: whether to turn back.
    /// - Returns: nil if the angles do not stretch to the tensor.
    package func rotated(_ cosines: Tensor, _ sines: Tensor, isInterleaved: Bool, isInverse: Bool) -> Tensor? {
        let half = shape[-1] / 2
        if rank == 1 {
            return unsqueezed(0).rotated(cosines, sines, isInterleaved: isInterleaved, isInverse: isInverse)?.squeezed(
                0)
        }
        var halved = shape
        halved[halved.count - 1] = half
        guard let cosineLayout = cosines.layout.broadcast(to: halved),
            let sineLayout = sines.layout.broadcast(to: halved)
        else { return nil }
        func rows(_ tensor: Tensor) -> Tensor { tensor.layout.strides[-1] == 1 || half <= 1 ? tensor : tensor.copied() }
        let x = MatrixOperand(rows(self))
        let cosine = MatrixOperand(rows(Tensor(storage: cosines.storage, layout: cosineLayout)))
        let sine = MatrixOperand(rows(Tensor(storage: sines.storage, layout: sineLayout)))
        let result = Tensor(uninitialized: shape)
        let count = shape[-2]
        guard !result.isEmpty else { return result }
        Parallelism.forEachPiece(
            of: result.count / (2 * half * count), grain: max(1, Grain.elementwise / (2 * half * count))
        ) { piece in
            for index in piece {
                mk_rotate(
                    Scalar.isDouble, count, half, isInterleaved ? 1 : 0, x.pointer(index), x.rowStride,
                    cosine.pointer(index), cosine.rowStride, sine.pointer(index), sine.rowStride, isInverse ? -1 : 1,
                    result.pointer + index * 2 * half * count)
            }
        }
        return result
    }
}
