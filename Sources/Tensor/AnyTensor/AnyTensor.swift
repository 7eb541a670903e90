/// A tensor whose element type is known at run time only: what a file or a mixed dictionary holds.
///
/// It is a value like ``Tensor`` and shares memory with the typed tensors made from it.
///
/// ```swift
/// let any = try AnyTensor(contentsOf: "x.npy")
/// if let floats = any.tensor(as: Float.self) { print(floats.sum()) }   // only if the file holds float32
/// let widened = any.cast(to: Double.self)                              // whatever the file holds
/// ```
public struct AnyTensor: Sendable {
    /// How the elements are stored.
    public let dtype: DType

    var storage: TensorStorage
    var layout: Layout

    init(dtype: DType, storage: TensorStorage, layout: Layout) {
        self.dtype = dtype
        self.storage = storage
        self.layout = layout
    }

    /// Wraps a tensor without copying it.
    public init<Scalar: TensorScalar>(_ tensor: Tensor<Scalar>) {
        self.init(dtype: Scalar.dtype, storage: tensor.storage, layout: tensor.layout)
    }

    /// Creates a tensor from the row-major, little-endian bytes of its elements.
    ///
    /// Every nonzero byte of a Bool counts as true. Traps if the byte count does not fit the shape.
    public init(bytes: [UInt8], dtype: DType, shape: TensorShape) {
        guard bytes.count == shape.elementCount * dtype.byteCount else {
            trap("AnyTensor(bytes:): \(bytes.count) bytes do not fill \(dtype) elements of the shape \(shape)")
        }
        self = bytes.withUnsafeBytes { AnyTensor(copying: $0, dtype: dtype, shape: shape) }
    }

    /// Copies row-major elements; the caller has checked that there are enough of them.
    init(copying bytes: UnsafeRawBufferPointer, dtype: DType, shape: TensorShape, to storage: TensorStorage? = nil) {
        let byteCount = shape.elementCount * dtype.byteCount
        let storage = storage ?? TensorStorage(byteCount: byteCount)
        if let base = bytes.baseAddress { storage.bytes.copyMemory(from: base, byteCount: byteCount) }
        // Swift's Bool may hold nothing but 0 and 1.
        if dtype == .bool {
            let flags = storage.bytes.assumingMemoryBound(to: UInt8.self)
            for position in 0..<byteCount where flags[position] > 1 { flags[position] = 1 }
        }
        self.storage = storage
        self.dtype = dtype
        layout = Layout(shape)
    }

    /// The extents of the axes.
    public var shape: TensorShape { layout.shape }

    /// The number of axes.
    public var rank: Int { layout.shape.rank }

    /// The number of elements.
    public var count: Int { layout.shape.elementCount }

    /// The bytes that the elements take.
    public var byteCount: Int { count * dtype.byteCount }

    /// The same tensor with its element type known, or nil if that is another type; nothing is converted or copied.
    public func tensor<Scalar: TensorScalar>(as type: Scalar.Type = Scalar.self) -> Tensor<Scalar>? {
        dtype == Scalar.dtype ? Tensor(storage: storage, layout: layout) : nil
    }

    /// The tensor with every element converted, by the rules of ``Tensor/cast(to:)``.
    public func cast(to target: DType) -> AnyTensor {
        if target == dtype { return self }
        let result = TensorStorage(byteCount: count * target.byteCount)
        convertElements(from: storage.bytes, dtype, layout, to: result.bytes, target)
        return AnyTensor(dtype: target, storage: result, layout: Layout(shape))
    }

    /// The tensor with every element converted to a type known at compile time.
    public func cast<Scalar: TensorScalar>(to type: Scalar.Type) -> Tensor<Scalar> {
        let result = cast(to: Scalar.dtype)
        return Tensor(storage: result.storage, layout: result.layout)
    }

    /// The same elements, row-major and without gaps; the tensor itself if it is that already.
    public func contiguous() -> AnyTensor {
        if layout.isContiguous { return self }
        let bytes = dtype.byteCount
        let result = TensorStorage(byteCount: byteCount)
        StridedLoop(shape, layout).forEachBlock(grain: Grain.elementwise) { block in
            copyBlock(
                bytes, block.rows, block.columns, block.operand(0, storage.bytes, bytes),
                result.bytes + block.outputIndex * bytes)
        }
        return AnyTensor(dtype: dtype, storage: result, layout: Layout(shape))
    }

    /// Calls a function with the row-major bytes of the elements; the pointer is valid during the call only.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let flat = contiguous()
        let start = flat.storage.bytes + flat.layout.offset * dtype.byteCount
        defer { withExtendedLifetime(flat.storage) {} }
        return try body(UnsafeRawBufferPointer(start: start, count: byteCount))
    }
}

extension AnyTensor: CustomStringConvertible {
    /// The element type and the shape: `float32[2, 3]`.
    public var description: String { "\(dtype)\(shape)" }
}
