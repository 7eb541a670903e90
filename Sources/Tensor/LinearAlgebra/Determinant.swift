import Glibc

/// Determinants as signs and logarithms, which neither overflow nor underflow.
public struct LogDeterminant<Scalar: FloatingTensorScalar>: Sendable {
    /// 1, -1, or 0 for a singular matrix.
    public let sign: Tensor<Scalar>
    /// The natural logarithm of the determinant's magnitude; minus infinity for a singular matrix.
    public let logMagnitude: Tensor<Scalar>
}

extension Tensor where Scalar: FloatingTensorScalar {
    /// The determinants of square matrices `[..., n, n]`, of shape `[...]`: 0 if singular, 1 for no rows, NaN if a
    /// matrix holds NaN.
    public func determinant() -> Tensor {
        mapTriangularFactors("determinant") { diagonal, isOdd in
            var product: Scalar = isOdd ? -1 : 1
            for pivot in diagonal { product *= pivot }
            return (product, 0)
        }.0
    }

    /// The signs and logarithms of the determinants of square matrices `[..., n, n]`, each of shape `[...]`.
    public func logAbsDeterminant() -> LogDeterminant<Scalar> {
        let (sign, logMagnitude) = mapTriangularFactors("logAbsDeterminant") { diagonal, isOdd in
            var sign: Scalar = isOdd ? -1 : 1
            var sum = 0.0
            for pivot in diagonal {
                if pivot < 0 { sign = -sign }
                if pivot == 0 { sign = 0 }
                if pivot.isNaN { sign = .nan }
                sum += Glibc.log(Swift.abs(pivot.doubleValue))
            }
            return (sign, Scalar(sum))
        }
        return LogDeterminant(sign: sign, logMagnitude: logMagnitude)
    }

    /// Two numbers for every matrix, from the diagonal of its triangular factor and the parity of its row exchanges.
    private func mapTriangularFactors(
        _ operation: StaticString, _ body: ([Scalar], Bool) -> (Scalar, Scalar)
    ) -> (Tensor, Tensor) {
        let batch = MatrixBatch(square: shape, in: operation)
        let n = batch.rows
        let factors = copied()
        let first = Tensor(uninitialized: batch.leading)
        let second = Tensor(uninitialized: batch.leading)
        let a = factors.pointer
        var isOdd = [Bool](repeating: false, count: batch.count)
        isOdd.withUnsafeMutableBufferPointer { parity in
            nonisolated(unsafe) let parity = parity
            // A zero pivot is an answer here, not a failure.
            _ = batch.firstFailure(operation) { index in
                _ = withPivots(n) { pivots in
                    _ = LAPACK<Scalar>.getrf(n, a + index * n * n, pivots)
                    var exchanges = 0
                    for row in 0..<n where Int(pivots[row]) != row + 1 { exchanges += 1 }
                    parity[index] = exchanges % 2 == 1
                    return 0
                }
                return 0
            }
        }
        for index in 0..<batch.count {
            let matrix = a + index * n * n
            let diagonal = (0..<n).map { matrix[$0 * (n + 1)] }
            (first.pointer[index], second.pointer[index]) = body(diagonal, isOdd[index])
        }
        return (first, second)
    }
}
