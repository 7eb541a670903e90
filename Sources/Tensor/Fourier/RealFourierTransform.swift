import CKernels

extension Tensor where Scalar: FloatingTensorScalar {
    /// The discrete Fourier transform of real numbers along an axis, at the frequencies `0...n / 2`; the others are
    /// conjugates of these.
    ///
    /// ```swift
    /// let spectrum = signal.rfft()                                   // [..., n / 2 + 1]
    /// let hertz = Tensor<Float>.rfftFrequencies(count: n, spacing: 1 / samplingRate)
    /// ```
    ///
    /// - Parameters:
    ///   - axis: the axis to transform.
    ///   - count: n; the axis is cut or padded with zeros at its end to this length. Its extent if nil.
    ///   - normalization: where the factor 1 / n goes.
    public func rfft(
        axis: Int = -1, count: Int? = nil, normalization: FourierNormalization = .backward
    ) -> ComplexTensor<Scalar> {
        let rows = FourierRows(shape, axis: axis, count: count, in: "rfft")
        let n = rows.count
        let factor = normalization.factor(n, isInverse: false)
        let bins = n / 2 + 1
        let source = rows.lastAxis(self)
        let real = Tensor(uninitialized: rows.shape(bins))
        let imaginary = Tensor(uninitialized: rows.shape(bins))
        let transform = HalfTransform(n)
        rows.forEachPiece { piece in
            let workspace = FourierPlan.Workspace(transform.plan)
            let buffer = RowBuffer(max(n, bins))
            for row in piece {
                buffer.real.load(row, of: source, n)
                transform.forward(buffer, workspace)
                buffer.real.store(row, of: real, bins, times: factor)
                buffer.imaginary.store(row, of: imaginary, bins, times: factor)
            }
        }
        return ComplexTensor(real: rows.restored(real), imaginary: rows.restored(imaginary))
    }

    /// The frequencies of ``rfft(axis:count:normalization:)``, `k / (count spacing)` for k in `0...count / 2`: cycles per
    /// unit of `spacing`.
    public static func rfftFrequencies(count: Int, spacing: Scalar = 1) -> Tensor {
        guard count >= 1 else { trap("rfftFrequencies: the count is \(count), but must be at least 1") }
        return Tensor(count: count / 2 + 1) { Scalar($0) / (Scalar(count) * spacing) }
    }

    /// The power of real signals at each frequency of ``rfft(axis:count:normalization:)``: squared magnitudes.
    ///
    /// - Parameters:
    ///   - axis: the axis to transform
    ///   - count: n; the axis is cut or padded with zeros at its end to this length. Its extent if nil
    ///   - isOneSided: whether to double what negative frequencies mirror, so that the sum over frequencies is n times
    ///     the sum of squares (Parseval)
    public func powerSpectrum(axis: Int = -1, count: Int? = nil, isOneSided: Bool = false) -> Tensor {
        let power = rfft(axis: axis, count: count).power
        guard isOneSided else { return power }
        let n = count ?? shape[axis]
        let bins = n / 2 + 1
        let weights = Tensor(count: bins) { $0 == 0 || 2 * $0 == n ? 1 : 2 }
        var shape = TensorShape(repeating: 1, rank: rank)
        shape[axis] = bins
        return power * weights.reshaped(shape)
    }
}

extension ComplexTensor {
    /// The real numbers whose ``Tensor/rfft(axis:count:normalization:)`` this is.
    ///
    /// The imaginary parts of the mean and, for even n, of the highest frequency do not count.
    ///
    /// - Parameters:
    ///   - axis: the axis of the frequencies.
    ///   - count: n; `2 (bins - 1)` if nil. The axis is cut or padded with zeros to `n / 2 + 1` frequencies.
    ///   - normalization: where the factor 1 / n goes.
    public func irfft(
        axis: Int = -1, count: Int? = nil, normalization: FourierNormalization = .backward
    ) -> Tensor<Scalar> {
        let extent = shape.rank > 0 ? 2 * (shape[axis] - 1) : 0
        let rows = FourierRows(shape, axis: axis, count: count, extent: extent, in: "irfft")
        let n = rows.count
        let factor = normalization.factor(n, isInverse: true)
        let (re, im) = (rows.lastAxis(real), rows.lastAxis(imaginary))
        let result = Tensor<Scalar>(uninitialized: rows.shape(n))
        let transform = HalfTransform(n)
        rows.forEachPiece { piece in
            let workspace = FourierPlan.Workspace(transform.plan)
            let buffer = RowBuffer(max(n, n / 2 + 1))
            for row in piece {
                buffer.real.load(row, of: re, n / 2 + 1)
                buffer.imaginary.load(row, of: im, n / 2 + 1)
                transform.backward(buffer, workspace)
                buffer.real.store(row, of: result, n, times: factor)
            }
        }
        return rows.restored(result)
    }
}

/// The transform between n real numbers and their frequencies `0...n / 2`. For even n, neighbours pair up as complex
/// numbers, so that a transform of half the length does.
private struct HalfTransform {
    let count: Int
    let plan: FourierPlan
    private let roots: FourierPlan.Roots?

    init(_ count: Int) {
        self.count = count
        plan = FourierPlan(count % 2 == 0 ? count / 2 : count)
        roots = count % 2 == 0 ? FourierPlan.Roots(count) : nil
    }

    /// Replaces n real numbers in `buffer.real` by the frequencies.
    func forward(_ buffer: RowBuffer, _ workspace: FourierPlan.Workspace) {
        let (x, y) = (buffer.real, buffer.imaginary)
        guard let roots else {
            y.update(repeating: 0, count: count)
            plan.transform(x, y, workspace)
            return
        }
        let half = count / 2
        for k in 0..<half {
            y[k] = x[2 * k + 1]
            x[k] = x[2 * k]
        }
        plan.transform(x, y, workspace)
        // Z = E + i O with the transforms E of the even and O of the odd elements, both of real sequences; the result is
        // E + w O.
        let (re, im) = (x[0], y[0])
        for k in 1..<max(half / 2 + 1, 1) {
            let m = half - k
            let (er, ei) = ((x[k] + x[m]) / 2, (y[k] - y[m]) / 2)
            let (or, oi) = ((y[k] + y[m]) / 2, (x[m] - x[k]) / 2)
            let (wr, wi) = (roots.real[k], roots.imaginary[k])
            let (tr, ti) = (wr * or - wi * oi, wr * oi + wi * or)
            (x[k], y[k]) = (er + tr, ei + ti)
            (x[m], y[m]) = (er - tr, ti - ei)
        }
        (x[0], y[0]) = (re + im, 0)
        (x[half], y[half]) = (re - im, 0)
    }

    /// Replaces the frequencies by n times the real numbers, in `buffer.real`.
    func backward(_ buffer: RowBuffer, _ workspace: FourierPlan.Workspace) {
        let (x, y) = (buffer.real, buffer.imaginary)
        y[0] = 0
        guard let roots else {
            for k in 1..<(count + 1) / 2 { (x[count - k], y[count - k]) = (x[k], -y[k]) }
            plan.transform(y, x, workspace)
            return
        }
        let half = count / 2
        let (first, last) = (x[0], x[half])
        for k in 1..<max(half / 2 + 1, 1) {
            let m = half - k
            let (er, ei) = (x[k] + x[m], y[k] - y[m])
            let (tr, ti) = (x[k] - x[m], y[k] + y[m])
            // O = conj(w) T
            let (wr, wi) = (roots.real[k], -roots.imaginary[k])
            let (or, oi) = (wr * tr - wi * ti, wr * ti + wi * tr)
            (x[k], y[k]) = (er - oi, ei + or)
            (x[m], y[m]) = (er + oi, or - ei)
        }
        (x[0], y[0]) = (first + last, first - last)
        plan.transform(y, x, workspace)
        var k = half - 1
        while k >= 0 {
            let (even, odd) = (x[k], y[k])
            (x[2 * k], x[2 * k + 1]) = (even, odd)
            k -= 1
        }
    }
}
