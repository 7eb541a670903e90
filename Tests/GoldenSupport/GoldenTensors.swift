import Tensor

extension SafetensorsFile {
    /// A tensor that an index names, in its stored type.
    ///
    /// - Throws: ``GoldenError`` if the file lacks it: the golden folder is incomplete.
    public func golden(_ name: String) throws(GoldenError) -> AnyTensor {
        do { return try tensor(named: name) } catch { throw GoldenError("\(error)") }
    }

    /// A tensor that an index names, converted to an element type.
    public func golden<Scalar: TensorScalar>(_ name: String, as type: Scalar.Type) throws(GoldenError) -> Tensor<Scalar>
    {
        try golden(name).cast(to: type)
    }
}

extension Golden {
    /// The worst difference between two lists of numbers, as a sentence, or nil if they agree.
    ///
    /// They agree where `|actual - expected| <= atol + rtol * |expected|`; NaN equals NaN, infinities agree by sign,
    /// -0 equals 0.
    public static func mismatch(actual: [Double], expected: [Double], rtol: Double, atol: Double) -> String? {
        guard actual.count == expected.count else {
            return "there are \(actual.count) values instead of \(expected.count)"
        }
        var worst: (position: Int, excess: Double)?
        var failureCount = 0
        for (position, (a, b)) in zip(actual, expected).enumerated() {
            let excess = excess(a, b, rtol: rtol, atol: atol)
            if excess <= 1 { continue }
            failureCount += 1
            if excess > worst?.excess ?? 0 { worst = (position, excess) }
        }
        guard let worst else { return nil }
        let (a, b) = (actual[worst.position], expected[worst.position])
        return """
            \(failureCount) of \(actual.count) values differ; the worst, at \(worst.position), is \(a) instead of \(b): \
            off by \(abs(a - b)), \(worst.excess) times the tolerance (rtol \(rtol), atol \(atol))
            """
    }

    /// Compares two tensors of any element types: shapes must be equal, elements agree as in
    /// ``mismatch(actual:expected:rtol:atol:)-([Double],_,_,_)``; nil if they do.
    public static func mismatch(actual: AnyTensor, expected: AnyTensor, rtol: Double, atol: Double) -> String? {
        guard actual.shape == expected.shape else {
            return "the shape is \(actual.shape) instead of \(expected.shape)"
        }
        if !actual.dtype.isFloatingPoint, !expected.dtype.isFloatingPoint, rtol == 0, atol == 0 {
            // Doubles cannot tell large 64-bit integers apart.
            let (a, b) = (actual.cast(to: Int64.self).array, expected.cast(to: Int64.self).array)
            guard let position = a.indices.first(where: { a[$0] != b[$0] }) else { return nil }
            return "the value at \(position) is \(a[position]) instead of \(b[position])"
        }
        return mismatch(
            actual: actual.cast(to: Double.self).array, expected: expected.cast(to: Double.self).array, rtol: rtol,
            atol: atol)
    }

    /// The error as a multiple of the tolerance; infinite where only one is NaN or infinite.
    private static func excess(_ a: Double, _ b: Double, rtol: Double, atol: Double) -> Double {
        if a == b || (a.isNaN && b.isNaN) { return 0 }
        guard a.isFinite, b.isFinite else { return .infinity }
        return abs(a - b) / (atol + rtol * abs(b))
    }
}
