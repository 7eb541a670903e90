import CKernels

/// Where a pair of forward and inverse Fourier transforms divides by the length n.
public enum FourierNormalization: Sendable, Hashable {
    /// The inverse divides by n.
    case backward
    /// Both divide by the root of n, so that each keeps the sum of squares.
    case orthogonal
    /// The forward transform divides by n.
    case forward

    func factor(_ count: Int, isInverse: Bool) -> Double {
        switch self {
        case .backward: isInverse ? 1 / Double(count) : 1
        case .orthogonal: 1 / Double(count).squareRoot()
        case .forward: isInverse ? 1 : 1 / Double(count)
        }
    }
}

extension ComplexTensor {
    /// The discrete Fourier transform along an axis: `X[k] = sum over t of x[t] exp(-2πi k t / n)`, in O(n log n) for
    /// every n and in double precision.
    ///
    /// - Parameters:
    ///   - axis: the axis of t, and of k in the result.
    ///   - count: n; the axis is cut or padded with zeros at its end to this length. Its extent if nil.
    ///   - normalization: where the factor 1 / n goes.
    public func fft(
        axis: Int = -1, count: Int? = nil, normalization: FourierNormalization = .backward
    ) -> ComplexTensor {
        transformed(axis, count, normalization, isInverse: false, "fft")
    }

    /// The inverse transform along an axis: `x[t] = 1 / n sum over k of X[k] exp(2πi k t / n)`.
    ///
    /// - Parameters:
    ///   - axis: the axis of k, and of t in the result.
    ///   - count: n; the axis is cut or padded with zeros at its end to this length. Its extent if nil.
    ///   - normalization: where the factor 1 / n goes.
    public func ifft(
        axis: Int = -1, count: Int? = nil, normalization: FourierNormalization = .backward
    ) -> ComplexTensor {
        transformed(axis, count, normalization, isInverse: true, "ifft")
    }

    private func transformed(
        _ axis: Int, _ count: Int?, _ normalization: FourierNormalization, isInverse: Bool, _ operation: StaticString
    ) -> ComplexTensor {
        let rows = FourierRows(shape, axis: axis, count: count, in: operation)
        let factor = normalization.factor(rows.count, isInverse: isInverse)
        let plan = FourierPlan(rows.count)
        let (re, im) = (rows.lastAxis(real), rows.lastAxis(imaginary))
        let outRe = Tensor<Scalar>(uninitialized: rows.shape(rows.count))
        let outIm = Tensor<Scalar>(uninitialized: rows.shape(rows.count))
        rows.forEachPiece { piece in
            let workspace = FourierPlan.Workspace(plan)
            let buffer = RowBuffer(rows.count)
            for row in piece {
                buffer.real.load(row, of: re, rows.count)
                buffer.imaginary.load(row, of: im, rows.count)
                if isInverse {
                    plan.transform(buffer.imaginary, buffer.real, workspace)
                } else {
                    plan.transform(buffer.real, buffer.imaginary, workspace)
                }
                buffer.real.store(row, of: outRe, rows.count, times: factor)
                buffer.imaginary.store(row, of: outIm, rows.count, times: factor)
            }
        }
        return ComplexTensor(real: rows.restored(outRe), imaginary: rows.restored(outIm))
    }
}

/// The rows that a transform along an axis sees: that axis is moved last, and cut or padded to `count`.
struct FourierRows {
    let axis: Int
    /// The length n of the transform.
    let count: Int
    private let moved: TensorShape
    private let rowCount: Int

    init(_ shape: TensorShape, axis: Int, count: Int?, extent: Int? = nil, in operation: StaticString) {
        guard shape.rank > 0 else { trap("\(operation): a scalar has no axis to transform") }
        let position = shape.axis(axis, in: operation)
        let count = count ?? extent ?? shape[position]
        guard count >= 1 else { trap("\(operation): the transform's length is \(count), but must be at least 1") }
        self.axis = position
        self.count = count
        moved = shape.removing(axis: position)
        rowCount = moved.elementCount
    }

    /// The shape of the rows with a new length.
    func shape(_ length: Int) -> TensorShape {
        var result = moved
        result.append(length)
        return result
    }

    func lastAxis<Scalar>(_ tensor: Tensor<Scalar>) -> Tensor<Scalar> {
        tensor.movingAxis(axis, to: -1).contiguous()
    }

    func restored<Scalar>(_ tensor: Tensor<Scalar>) -> Tensor<Scalar> {
        tensor.movingAxis(-1, to: axis).contiguous()
    }

    /// Calls `body` with runs of rows, on several threads if there is work for them.
    func forEachPiece(_ body: (Range<Int>) -> Void) {
        // A transform costs some twenty operations for each element.
        Parallelism.forEachPiece(of: rowCount, grain: max(1, Grain.elementwise / (16 * count)), body)
    }
}

/// One row in double precision.
final class RowBuffer {
    let real: UnsafeMutablePointer<Double>
    let imaginary: UnsafeMutablePointer<Double>

    init(_ count: Int) {
        real = .allocate(capacity: count)
        imaginary = .allocate(capacity: count)
    }

    deinit {
        real.deallocate()
        imaginary.deallocate()
    }
}

extension UnsafeMutablePointer<Double> {
    /// Reads the first `length` elements of a row, and zeros where the row is shorter.
    func load<Scalar>(_ row: Int, of tensor: Tensor<Scalar>, _ length: Int) {
        let extent = tensor.shape[-1]
        let available = Swift.min(extent, length)
        if available > 0 {
            let source = mk_operand(data: tensor.pointer + row * extent, row: 0, step: 1)
            mk_convert(Scalar.dtype.kernelType, MK_F64, 1, available, source, self)
        }
        (self + available).update(repeating: 0, count: length - available)
    }

    /// Writes `length` scaled elements to a row.
    func store<Scalar>(_ row: Int, of tensor: Tensor<Scalar>, _ length: Int, times factor: Double) {
        if factor != 1 { for position in 0..<length { self[position] *= factor } }
        let source = mk_operand(data: self, row: 0, step: 1)
        mk_convert(MK_F64, Scalar.dtype.kernelType, 1, length, source, tensor.pointer + row * tensor.shape[-1])
    }
}
