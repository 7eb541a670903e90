/// Weights in one of GGUF's block formats, as they lie in the file.
///
/// Rows (everything but the last axis) are independent, so one row can be read without the others. The tensor shares
/// the memory of the mapped file it comes from.
///
/// ```swift
/// let weights = try GGUFFile(contentsOf: "model.gguf").tensor(named: "token_embd.weight")
/// let oneRow = weights.dequantized(rows: 42..<43)   // [1, columns]
/// let small = QuantizedTensor(quantizing: matrix, as: .q8_0)
/// ```
public struct QuantizedTensor: Sendable {
    /// How the elements are stored.
    public let format: BlockFormat

    /// The extents of the axes, outermost first; blocks lie along the last one.
    public let shape: TensorShape

    /// The blocks, row by row, at the start of the storage.
    let storage: TensorStorage

    init(format: BlockFormat, shape: TensorShape, storage: TensorStorage) {
        self.format = format
        self.shape = shape
        self.storage = storage
    }

    /// Creates a tensor from the bytes of its blocks.
    ///
    /// Traps if the last axis is not whole blocks or the byte count does not fit the shape.
    public init(blocks: [UInt8], format: BlockFormat, shape: TensorShape) {
        QuantizedTensor.requireWholeBlocks(shape, format)
        let byteCount = shape.elementCount / format.blockLength * format.blockByteCount
        guard blocks.count == byteCount else {
            trap("QuantizedTensor(blocks:): \(blocks.count) bytes are not the \(byteCount) of \(format)\(shape)")
        }
        storage = TensorStorage(byteCount: byteCount)
        self.format = format
        self.shape = shape
        blocks.withUnsafeBytes { source in
            if let base = source.baseAddress { storage.bytes.copyMemory(from: base, byteCount: source.count) }
        }
    }

    /// The number of elements.
    public var count: Int { shape.elementCount }

    /// The bytes that the blocks take.
    public var byteCount: Int { count / format.blockLength * format.blockByteCount }

    /// The elements of the last axis: 1 for a scalar.
    public var columnCount: Int { shape.rank == 0 ? 1 : shape[-1] }

    /// The number of rows: the product of all axes but the last.
    public var rowCount: Int { shape.dropLast().reduce(1, *) }

    /// The bytes of one row's blocks.
    public var rowByteCount: Int { columnCount / format.blockLength * format.blockByteCount }

    /// Calls a function with the bytes of all blocks, row by row; the pointer is valid during the call only.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(storage) {} }
        return try body(UnsafeRawBufferPointer(start: storage.bytes, count: byteCount))
    }

    /// The elements as an ordinary tensor, without conversion, if the format has no blocks; else nil.
    ///
    /// Shares memory if the bytes are aligned for the type.
    public var plain: AnyTensor? {
        guard let dtype = format.dtype else { return nil }
        if Int(bitPattern: storage.bytes) % dtype.byteCount == 0 {
            return AnyTensor(dtype: dtype, storage: storage, layout: Layout(shape))
        }
        return withUnsafeBytes { AnyTensor(copying: $0, dtype: dtype, shape: shape) }
    }

    /// All elements as float32.
    public func dequantized() -> Tensor<Float> {
        if let plain { return plain.cast(to: Float.self) }
        let result = Tensor<Float>(uninitialized: shape)
        dequantize(rows: 0..<rowCount, into: result.pointer)
        return result
    }

    /// Some rows as float32, `[rows.count, columnCount]`; traps if there are fewer rows.
    public func dequantized(rows: Range<Int>) -> Tensor<Float> {
        guard rows.lowerBound >= 0, rows.upperBound <= rowCount else {
            trap("dequantized: the rows \(rows) leave a tensor of shape \(shape), which has \(rowCount) rows")
        }
        let result = Tensor<Float>(uninitialized: [rows.count, columnCount])
        dequantize(rows: rows, into: result.pointer)
        return result
    }

    private func dequantize(rows: Range<Int>, into target: UnsafeMutablePointer<Float>) {
        let (columns, rowBytes, format) = (columnCount, rowByteCount, format)
        guard columns > 0, !rows.isEmpty else { return }
        let source = UnsafeRawPointer(storage.bytes) + rows.lowerBound * rowBytes
        Parallelism.forEachPiece(of: rows.count, grain: max(1, Grain.elementwise / columns)) { piece in
            let blockCount = piece.count * columns / format.blockLength
            format.dequantize(
                source + piece.lowerBound * rowBytes, blockCount: blockCount, into: target + piece.lowerBound * columns)
        }
        withExtendedLifetime(storage) {}
    }

    /// The same tensor in memory whose address is a multiple of `alignment`: a copy if need be.
    func aligned(to alignment: Int) -> QuantizedTensor {
        guard Int(bitPattern: storage.bytes) % alignment != 0 else { return self }
        let copy = TensorStorage(byteCount: byteCount)
        copy.bytes.copyMemory(from: storage.bytes, byteCount: byteCount)
        return QuantizedTensor(format: format, shape: shape, storage: copy)
    }

    static func requireWholeBlocks(_ shape: TensorShape, _ format: BlockFormat) {
        let columns = shape.rank == 0 ? 1 : shape[-1]
        guard columns % format.blockLength == 0 else {
            trap("QuantizedTensor: the last axis of \(shape) is not a multiple of \(format)'s \(format.blockLength)")
        }
    }
}

extension QuantizedTensor: CustomStringConvertible {
    /// The format and the shape: `Q4_0[64, 256]`.
    public var description: String { "\(format)\(shape)" }
}
