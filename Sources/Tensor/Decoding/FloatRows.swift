import CKernels

/// A few rows of float32 in memory of their own, which kernels change in place.
///
/// For the next tokens of sequences: with one row, making tensors takes as long as the arithmetic between products. Each
/// step gives what the operation on tensors gives, bit for bit.
package struct FloatRows: ~Copyable {
    /// The number of rows.
    package let count: Int
    /// The number of columns.
    package let width: Int
    let pointer: UnsafeMutablePointer<Float>
    private let memory: Workspace

    /// Rows with any values.
    package init(count: Int, width: Int) {
        (self.count, self.width) = (count, width)
        // The statistics of norms stand behind the rows.
        memory = Workspace((count * width + count) * MemoryLayout<Float>.stride)
        pointer = memory.elements(Float.self)
    }

    /// The rows of a tensor `[count, width]`.
    package init(_ tensor: Tensor<Float>) {
        self.init(count: tensor.shape[0], width: tensor.shape[1])
        let source = tensor.contiguous()
        pointer.update(from: source.pointer, count: source.count)
    }

    /// The rows as a tensor `[count, width]`.
    package var tensor: Tensor<Float> {
        let result = Tensor<Float>(uninitialized: [count, width])
        result.pointer.update(from: pointer, count: count * width)
        return result
    }

    /// x / rms(x) · weight, for each row (arXiv 1910.07467).
    package mutating func setNormalized(_ x: borrowing FloatRows, weight: Tensor<Float>, epsilon: Float) {
        mk_rms_norm(
            MK_F32, count, width, x.pointer, weight.pointer, Double(epsilon), pointer, pointer + count * width)
        withExtendedLifetime(weight) {}
    }

    /// Normalises heads of each row: so many of a width, from a column on.
    package mutating func normalizeHeads(
        from column: Int, count heads: Int, weight: Tensor<Float>, epsilon: Float
    ) {
        let size = weight.count
        withUnsafeTemporaryAllocation(of: Float.self, capacity: heads) { statistics in
            for row in 0..<count {
                let start = pointer + row * width + column
                mk_rms_norm(
                    MK_F32, heads, size, start, weight.pointer, Double(epsilon), start, statistics.baseAddress)
            }
        }
        withExtendedLifetime(weight) {}
    }

    /// x Wᵀ + b with weights that are kept in panels.
    package mutating func setProduct(_ x: borrowing FloatRows, _ weight: QuantizedMatrix, bias: Tensor<Float>?) {
        guard case .panels(let storage) = weight.contents, weight.columnCount == x.width, weight.rowCount == width
        else {
            trap("FloatRows: \(weight) is not in panels, or does not fit rows of \(x.width) and \(width)")
        }
        QuantizedProduct(weight: weight, x: x.pointer, rows: count, bias: bias?.pointer, result: pointer)
            .runOnPanels(storage)
        withExtendedLifetime(bias) {}
    }

    /// self + x.
    package mutating func add(_ x: borrowing FloatRows) {
        for index in 0..<count * width { pointer[index] += x.pointer[index] }
    }

    /// silu(a) · b for rows `[a, b]` (arXiv 2002.05202).
    package mutating func setGated(_ both: borrowing FloatRows) {
        let gate = mk_operand(data: both.pointer, row: 2 * width, step: 1)
        let widened = mk_operand(data: both.pointer + width, row: 2 * width, step: 1)
        _ = mk_unary(MK_F32, Int32(MK_SILU.rawValue), count, width, gate, pointer, 0, 0)
        let silu = mk_operand(data: pointer, row: width, step: 1)
        _ = mk_binary(MK_F32, Int32(MK_MULTIPLY.rawValue), count, width, silu, widened, pointer, 0)
    }

    /// Turns heads by the angles of their row's position: the first `heads` heads of each row of x, which are all that a row
    /// of self has (arXiv 2104.09864).
    ///
    /// - Parameters:
    ///   - cosines: `[rows, d / 2]` in memory.
    ///   - sines: the same.
    package mutating func setTurned(
        _ x: borrowing FloatRows, heads: Int, cosines: Tensor<Float>, sines: Tensor<Float>
    ) {
        let half = width / heads / 2
        let (cosines, sines) = (cosines.contiguous(), sines.contiguous())
        for row in 0..<count {
            mk_rotate(
                0, heads, half, 0, x.pointer + row * x.width, 2 * half, cosines.pointer + row * half, 0,
                sines.pointer + row * half, 0, 1, pointer + row * width)
        }
    }
}
