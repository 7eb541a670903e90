/// The matrices in the last two axes of a tensor; the axes before are batches.
struct MatrixBatch {
    /// The axes before the matrices.
    let leading: TensorShape
    let rows: Int
    let columns: Int

    /// The number of matrices.
    var count: Int { leading.elementCount }

    /// Traps if a shape has no two axes, or extents that LAPACK cannot count.
    init(_ shape: TensorShape, in operation: StaticString) {
        guard shape.rank >= 2 else { trap("\(operation): the shape \(shape) has no two axes for a matrix") }
        rows = shape[-2]
        columns = shape[-1]
        guard max(rows, columns) <= Int(Int32.max) else {
            trap("\(operation): the matrices of shape \(shape) are too large for LAPACK")
        }
        var leading = shape
        leading.removeLastTwo()
        self.leading = leading
    }

    /// Traps if the matrices are not square.
    init(square shape: TensorShape, in operation: StaticString) {
        self.init(shape, in: operation)
        guard rows == columns else { trap("\(operation): the matrices of shape \(shape) are not square") }
    }

    /// The leading axes followed by `tail`.
    func shape(_ tail: Int...) -> TensorShape {
        var result = leading
        for extent in tail { result.append(extent) }
        return result
    }

    /// Calls LAPACK for every matrix, on several threads if there is work, and gives the first matrix's `info` that is
    /// not 0. Traps if LAPACK found no memory.
    func firstFailure(_ operation: StaticString, _ body: (Int) -> Int32) -> Int {
        guard count > 0, rows > 0, columns > 0 else { return 0 }
        BLAS.prepare()
        var codes = [Int32](repeating: 0, count: count)
        let work = rows * columns * min(rows, columns)
        codes.withUnsafeMutableBufferPointer { buffer in
            let target = UncheckedPointer(buffer.baseAddress!)
            Parallelism.forEachPiece(of: count, grain: max(1, Grain.multiplications / work)) { piece in
                for index in piece { target.address[index] = body(index) }
            }
        }
        guard let code = codes.first(where: { $0 != 0 }) else { return 0 }
        if code < 0 { trap("\(operation): LAPACK rejected its arguments or found no memory (code \(code))") }
        return Int(code)
    }

    /// A pointer that pieces of one job write through at disjoint positions.
    private struct UncheckedPointer: @unchecked Sendable {
        let address: UnsafeMutablePointer<Int32>
        init(_ address: UnsafeMutablePointer<Int32>) { self.address = address }
    }
}

extension Tensor where Scalar: FloatingTensorScalar {
    /// Throws if an element is NaN or infinite: LAPACK's iterations may never end on those.
    func requireFinite() throws(LinearAlgebraError) {
        // 0 * x is 0 for finite x and NaN otherwise.
        let sum = (self * 0).sum().scalar
        if sum != 0 { throw .nonFinite }
    }

    /// The matrices column by column: LAPACK's order, in storage of their own. Shape `[..., columns, rows]`.
    func columnMajor() -> Tensor { transposed().copied() }

    /// Identity matrices `[..., n, n]`.
    static func identity(_ leading: TensorShape, _ n: Int) -> Tensor {
        var shape = leading
        shape.append(n)
        shape.append(n)
        let one = Tensor(zeros: [n, n])
        for position in 0..<n { one.pointer[position * (n + 1)] = 1 }
        return one.broadcast(to: shape).contiguous()
    }
}
