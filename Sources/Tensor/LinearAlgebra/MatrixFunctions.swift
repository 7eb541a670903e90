import Glibc

extension Tensor where Scalar: FloatingTensorScalar {
    /// Integer powers of square matrices `[..., n, n]` by repeated squaring; the identity for 0, powers of the inverse
    /// for negative exponents.
    ///
    /// - Throws: ``LinearAlgebraError/singular(pivot:)`` and ``LinearAlgebraError/nonFinite`` for negative exponents
    public func matrixPower(_ exponent: Int) throws(LinearAlgebraError) -> Tensor {
        let batch = MatrixBatch(square: shape, in: "matrixPower")
        if exponent == 0 { return Tensor.identity(batch.leading, batch.rows) }
        var square = exponent < 0 ? try inverse() : self
        var rest = exponent.magnitude
        var result: Tensor?
        while true {
            if rest & 1 == 1 { result = result.map { $0.matmul(square) } ?? square }
            rest >>= 1
            if rest == 0 { break }
            square = square.matmul(square)
        }
        return (result ?? square).contiguous()
    }

    /// The exponentials `I + A + A² / 2 + ...` of square matrices `[..., n, n]`.
    ///
    /// Scaling and squaring with the diagonal Padé approximant of degree 13 (Higham 2005, "The scaling and squaring
    /// method for the matrix exponential revisited", algorithm 2.3). Elements beyond the largest number overflow as
    /// IEEE arithmetic does.
    ///
    /// - Throws: ``LinearAlgebraError/nonFinite``
    public func matrixExp() throws(LinearAlgebraError) -> Tensor {
        let batch = MatrixBatch(square: shape, in: "matrixExp")
        try requireFinite()
        let n = batch.rows
        let all = reshaped([batch.count, n, n] as TensorShape)
        let result = Tensor(uninitialized: [batch.count, n, n])
        for index in 0..<batch.count {
            let one = try all.selected(axis: 0, at: index).exponential()
            one.copyElements(to: result.pointer + index * n * n)
        }
        return result.reshaped(shape)
    }

    /// The exponential of one finite matrix.
    private func exponential() throws(LinearAlgebraError) -> Tensor {
        if isEmpty { return self }
        let largest = abs().maximum().scalar
        // The 1-norm as a power of 2, so that it overflows for no finite matrix.
        let exponent =
            largest == 0
            ? 0
            : Glibc.log2(largest.doubleValue)
                + Glibc.log2((abs() / largest).sum(axis: 0).maximum().scalar.doubleValue)
        // Below this 1-norm the approximant is exact to double precision (Higham's table 2.3).
        let threshold = Glibc.log2(5.371920351148152)
        let halvings = max(0, Int((exponent - threshold).rounded(.up)))
        let a = self * Scalar(sign: .plus, exponent: Scalar.Exponent(-halvings), significand: 1)
        let (odd, even): (Tensor, Tensor) = a.padeTerms()
        let numerator: Tensor = even + odd
        let denominator: Tensor = even - odd
        var result: Tensor = try denominator.solve(numerator)
        for _ in 0..<halvings { result = result.matmul(result) }
        return result
    }

    /// The odd and even parts of the numerator of the Padé approximant of degree 13.
    private func padeTerms() -> (odd: Tensor, even: Tensor) {
        // The coefficients 26! / (13! ...) of Higham's equation 2.2, divided by the largest so that they fit a float.
        let integers: [Double] = [
            64_764_752_532_480_000, 32_382_376_266_240_000, 7_771_770_303_897_600, 1_187_353_796_428_800,
            129_060_195_264_000, 10_559_470_521_600, 670_442_572_800, 33_522_128_640, 1_323_241_920, 40_840_800,
            960_960, 16_380, 182, 1,
        ]
        let b: [Scalar] = integers.map { Scalar($0 / 64_764_752_532_480_000) }
        let identity = Tensor.identity([], shape[-1])
        let a2 = matmul(self)
        let a4 = a2.matmul(a2)
        let a6 = a4.matmul(a2)
        func combination(_ c6: Scalar, _ c4: Scalar, _ c2: Scalar) -> Tensor {
            let high: Tensor = a6 * c6 + a4 * c4
            return high + a2 * c2
        }
        let oddTail: Tensor = combination(b[7], b[5], b[3]) + identity * b[1]
        let odd: Tensor = matmul(a6.matmul(combination(b[13], b[11], b[9])) + oddTail)
        let evenTail: Tensor = combination(b[6], b[4], b[2]) + identity * b[0]
        let even: Tensor = a6.matmul(combination(b[12], b[10], b[8])) + evenTail
        return (odd, even)
    }
}
