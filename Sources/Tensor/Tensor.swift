/// An n-dimensional array of one element type: a value, like `Array`.
///
/// Copies share memory until one of them changes. Views (slices, transposes, broadcasts) share memory too and cost
/// nothing; writing through one never changes another tensor.
///
/// ```swift
/// var a = Tensor<Float>([[1, 2, 3], [4, 5, 6]])
/// let b = (a * 2 + 1).sum(axis: -1, keepDimensions: true)   // [[15], [33]]
/// a[0] = Tensor([0, 0, 0])                                  // b is untouched
/// let x = try Tensor<Float>(contentsOf: "x.npy")            // bad data throws, a caller's mistake traps
/// ```
///
/// A view keeps the whole storage of its source alive; ``compacted()`` cuts it loose.
public struct Tensor<Scalar: TensorScalar>: Sendable {
    package var storage: TensorStorage
    package var layout: Layout

    package init(storage: TensorStorage, layout: Layout) {
        self.storage = storage
        self.layout = layout
    }

    /// Creates a tensor with arbitrary content, for an operation that writes every element.
    init(uninitialized shape: TensorShape) {
        if let problem = shape.validationProblem { trap("\(problem)") }
        storage = TensorStorage(byteCount: shape.elementCount * MemoryLayout<Scalar>.stride)
        layout = Layout(shape)
    }

    /// The extents of the axes.
    public var shape: TensorShape { layout.shape }

    /// The number of axes.
    public var rank: Int { layout.shape.rank }

    /// The number of elements.
    public var count: Int { layout.shape.elementCount }

    /// Whether there are no elements.
    public var isEmpty: Bool { count == 0 }

    /// Whether the elements lie one after another in memory in row-major order.
    public var isContiguous: Bool { layout.isContiguous }

    /// The first element in memory. Valid while the tensor lives.
    var pointer: UnsafeMutablePointer<Scalar> {
        storage.bytes.assumingMemoryBound(to: Scalar.self) + layout.offset
    }

    /// Whether an operation may overwrite the elements in place: nobody else sees them and they fill their storage.
    mutating func isReusable() -> Bool {
        isKnownUniquelyReferenced(&storage) && storage.isWritable && layout.isContiguous
            && storage.byteCount == count * MemoryLayout<Scalar>.stride
    }
}

// MARK: - Creation

extension Tensor {
    /// Creates a tensor from row-major elements.
    ///
    /// Traps if their number is not the shape's element count.
    public init(_ elements: [Scalar], shape: TensorShape) {
        guard elements.count == shape.elementCount else {
            trap("Tensor(_:shape:): \(elements.count) elements do not fill the shape \(shape)")
        }
        self.init(uninitialized: shape)
        elements.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { pointer.update(from: base, count: source.count) }
        }
    }

    /// Creates a scalar: rank 0.
    public init(_ value: Scalar) {
        self.init(uninitialized: [])
        pointer.pointee = value
    }

    /// Creates a tensor of rank 1, `[elements.count]`.
    public init(_ elements: [Scalar]) {
        self.init(elements, shape: [elements.count])
    }

    /// Creates a tensor of rank 2 from rows of equal length; traps if they differ.
    public init(_ rows: [[Scalar]]) {
        let columns = rows.first?.count ?? 0
        for row in rows where row.count != columns {
            trap("Tensor(_:): the rows have different lengths, \(columns) and \(row.count)")
        }
        self.init(Array(rows.joined()), shape: [rows.count, columns])
    }

    /// Creates a tensor of rank 3 from nested arrays of equal extents; traps if they differ.
    public init(_ planes: [[[Scalar]]]) {
        let parts = planes.map { Tensor($0) }
        guard let first = parts.first else {
            self.init([], shape: [0, 0, 0])
            return
        }
        for part in parts where part.shape != first.shape {
            trap("Tensor(_:): the planes have different shapes, \(first.shape) and \(part.shape)")
        }
        self.init(parts.flatMap(\.array), shape: [planes.count, first.shape[0], first.shape[1]])
    }

    /// Creates a tensor in which every element is `value`.
    public init(repeating value: Scalar, shape: TensorShape) {
        self.init(uninitialized: shape)
        let target = pointer
        let bytes = MemoryLayout<Scalar>.stride
        withUnsafeBytes(of: value) { source in
            let element = source.baseAddress!
            Parallelism.forEachPiece(of: count, grain: Grain.elementwise) { piece in
                fillElements(bytes, piece.count, element, target + piece.lowerBound)
            }
        }
    }

    /// Creates a tensor of zeros (`false` for Bool).
    public init(zeros shape: TensorShape) {
        self.init(repeating: .zero, shape: shape)
    }

    /// Creates a tensor of ones (`true` for Bool).
    public init(ones shape: TensorShape) {
        self.init(repeating: .one, shape: shape)
    }

    /// Creates a tensor of rank 1 by calling a function with every position.
    public init(count: Int, _ element: (Int) throws -> Scalar) rethrows {
        self.init(uninitialized: [count])
        for position in 0..<count { pointer[position] = try element(position) }
    }
}

// MARK: - Elements

extension Tensor {
    /// The elements in row-major order.
    public var array: [Scalar] {
        let flat = contiguous()
        return Array(UnsafeBufferPointer(start: flat.pointer, count: count))
    }

    /// The only element of a tensor that has one; traps otherwise.
    public var scalar: Scalar {
        guard count == 1 else { trap("scalar: a tensor of shape \(shape) has \(count) elements, not 1") }
        return pointer.pointee
    }

    /// Calls a function with the elements in row-major order.
    ///
    /// The elements of a view that is not contiguous are copied first. The pointer is valid during the call only.
    public func withUnsafeBufferPointer<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<Scalar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let flat = contiguous()
        return try body(UnsafeBufferPointer(start: flat.pointer, count: count))
    }

    /// Calls a function that may change the elements, in row-major order; other tensors keep theirs.
    public mutating func withUnsafeMutableBufferPointer<Result, Failure: Error>(
        _ body: (UnsafeMutableBufferPointer<Scalar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        makeUnique()
        return try body(UnsafeMutableBufferPointer(start: pointer, count: count))
    }

    /// Calls a function with the elements in row-major order, bounds-checked.
    public func withSpan<Result, Failure: Error>(
        _ body: (Span<Scalar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let flat = contiguous()
        return try body(UnsafeBufferPointer(start: flat.pointer, count: count).span)
    }

    /// The same elements, row-major and without gaps; the tensor itself if it is that already.
    public func contiguous() -> Tensor {
        layout.isContiguous ? self : copied()
    }

    /// The same elements in storage of their own size, so that a small view no longer keeps a large tensor alive.
    public func compacted() -> Tensor {
        storage.byteCount == count * MemoryLayout<Scalar>.stride && layout.isContiguous && storage.isWritable
            ? self : copied()
    }

    /// Copies the elements to new storage.
    func copied() -> Tensor {
        let result = Tensor(uninitialized: shape)
        copyElements(to: result.pointer)
        return result
    }

    /// Writes the elements in row-major order to `target`, which has room for them.
    func copyElements(to target: UnsafeMutablePointer<Scalar>) {
        let bytes = MemoryLayout<Scalar>.stride
        let source = storage.bytes
        StridedLoop(shape, layout).forEachBlock(grain: Grain.elementwise) { block in
            copyBlock(bytes, block.rows, block.columns, block.operand(0, source, bytes), target + block.outputIndex)
        }
    }

    /// Gives the tensor storage that nobody else sees, row-major, so that it can be written.
    mutating func makeUnique() {
        if !(isKnownUniquelyReferenced(&storage) && storage.isWritable && layout.isContiguous) { self = copied() }
    }
}

/// How many elements one thread should have at least.
enum Grain {
    /// For loops that stream through memory.
    static let elementwise = 64 * 1024
}
