/// A way to measure the size of a matrix.
public enum MatrixNorm: Sendable, Hashable {
    /// The root of the sum of squares.
    case frobenius
    /// The sum of the singular values.
    case nuclear
    /// The largest singular value.
    case spectral
    /// The largest sum of magnitudes of a column.
    case one
    /// The largest sum of magnitudes of a row.
    case infinity
}

extension Tensor where Scalar: FloatingTensorScalar {
    /// The norms of matrices `[..., m, n]`, of shape `[...]`; 0 for empty matrices.
    ///
    /// - Throws: ``LinearAlgebraError/noConvergence`` and ``LinearAlgebraError/nonFinite`` for norms by singular values
    public func matrixNorm(_ norm: MatrixNorm = .frobenius) throws(LinearAlgebraError) -> Tensor {
        let batch = MatrixBatch(shape, in: "matrixNorm")
        if batch.rows * batch.columns == 0 { return Tensor(zeros: batch.leading) }
        switch norm {
        case .frobenius: return self.norm(2, axes: [-2, -1])
        case .nuclear: return try svdvals().sum(axis: -1)
        case .spectral: return try svdvals().selected(axis: -1, at: 0).contiguous()
        case .one: return abs().sum(axis: -2).maximum(axes: [-1])
        case .infinity: return abs().sum(axis: -1).maximum(axes: [-1])
        }
    }

    /// The numbers of singular values of matrices `[..., m, n]` that are distinguishable from zero, `[...]`.
    ///
    /// - Parameter cutoff: singular values up to `cutoff` times the largest count as zero; `max(m, n)` ulps if nil
    /// - Throws: ``LinearAlgebraError/noConvergence``, ``LinearAlgebraError/nonFinite``
    public func matrixRank(cutoff: Double? = nil) throws(LinearAlgebraError) -> Tensor<Int64> {
        let batch = MatrixBatch(shape, in: "matrixRank")
        let k = min(batch.rows, batch.columns)
        let values = try svdvals().array
        let threshold = cutoff ?? Double(max(batch.rows, batch.columns)) * Scalar.ulpOfOne.doubleValue
        var ranks = [Int64](repeating: 0, count: batch.count)
        for index in values.indices {
            let largest = values[index / k * k].doubleValue
            if values[index].doubleValue > threshold * largest { ranks[index / k] += 1 }
        }
        return Tensor<Int64>(ranks, shape: batch.leading)
    }

    /// The ratios of the largest to the smallest singular value of matrices `[..., m, n]`, of shape `[...]`: infinite
    /// for singular matrices, 0 for empty ones.
    ///
    /// - Throws: ``LinearAlgebraError/noConvergence``, ``LinearAlgebraError/nonFinite``
    public func conditionNumber() throws(LinearAlgebraError) -> Tensor {
        let batch = MatrixBatch(shape, in: "conditionNumber")
        if batch.rows * batch.columns == 0 { return Tensor(zeros: batch.leading) }
        let values = try svdvals()
        let largest = values.selected(axis: -1, at: 0).array
        let smallest = values.selected(axis: -1, at: -1).array
        let ratios = largest.indices.map { smallest[$0] == 0 ? Scalar.infinity : largest[$0] / smallest[$0] }
        return Tensor(ratios, shape: batch.leading)
    }
}
