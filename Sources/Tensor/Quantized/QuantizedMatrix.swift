import CKernels

/// A matrix of weights `[rowCount, columnCount]` that is multiplied as a file stores it, in a few bits to a weight.
///
/// ```swift
/// let file = try GGUFFile(contentsOf: "model.gguf")
/// let weight = QuantizedMatrix(try file.tensor(named: "blk.0.ffn_down.weight"))
/// let y = x.linear(weight)                         // [..., columnCount] to [..., rowCount]
/// let reference = x.linear(weight, isExact: true)  // the same without rounded activations
/// ```
///
/// What is kept, and how a product is formed:
///
/// | format | kept | product |
/// |---|---|---|
/// | Q4_0, Q4_1, Q4_K, Q5_0, Q5_1, Q5_K, Q6_K | the blocks, eight rows interleaved, at most 1.12 times their size | int8 activations |
/// | Q8_0 | the same, in exactly their size | int16 activations |
/// | F16, BF16, F32 | the elements as they lie, without a copy | float32 |
/// | Q2_K, Q3_K | the blocks as they lie, without a copy | float32, always exact |
///
/// Activations are rounded in runs of 32 (16 for Q6_K), each with a scale of its own. A row that holds a value that is
/// not finite gives a row of NaN.
///
/// Interleaved weights are a copy: let go of the file when its matrices are made, or the mapping counts twice.
public struct QuantizedMatrix: Sendable {
    /// How the weights are stored.
    public let format: BlockFormat
    /// The number of rows: the outputs of a linear map.
    public let rowCount: Int
    /// The number of columns: the inputs of a linear map.
    public let columnCount: Int

    let contents: Contents

    /// Where the rows begin among those of the panels; a multiple of a panel's rows.
    private var firstRow = 0

    /// What is kept.
    enum Contents: Sendable {
        /// Panels of eight rows; see CKernels' mk_packed_weights.
        case panels(TensorStorage)
        /// Rows of float16 or bfloat16.
        case halves(TensorStorage)
        case floats(Tensor<Float>)
        /// Blocks of a format that is not multiplied as integers.
        case blocks(QuantizedTensor)
    }

    /// Takes the weights of a tensor; traps if it is not of rank 2.
    public init(_ tensor: QuantizedTensor) { self.init(stacking: [tensor]) }

    /// Takes the rows of several tensors as one matrix, such as the projections to queries, keys and values: one product is
    /// faster than three, and rounds the activations once.
    ///
    /// Traps if there are none, or if they differ in format or number of columns.
    public init(stacking tensors: [QuantizedTensor]) {
        guard let first = tensors.first else { trap("QuantizedMatrix(stacking:): there are no tensors") }
        for tensor in tensors
        where tensor.shape.rank != 2 || tensor.format != first.format || tensor.shape[1] != first.shape[-1] {
            trap(
                "QuantizedMatrix: \(tensor) does not fit \(first): matrices of one format and number of columns are needed"
            )
        }
        format = first.format
        rowCount = tensors.reduce(0) { $0 + $1.shape[0] }
        columnCount = first.shape[1]
        if mk_packing_of(format.rawValue) != nil {
            contents = .panels(QuantizedMatrix.panels(tensors, rowCount, columnCount))
        } else {
            let all = tensors.count == 1 ? first : QuantizedMatrix.joined(tensors, [rowCount, columnCount])
            switch format {
            case .float32: contents = .floats(all.plain!.cast(to: Float.self).contiguous())
            case .float16, .bfloat16: contents = .halves(all.aligned(to: 2).storage)
            default: contents = .blocks(all)
            }
        }
    }

    /// The rows of several matrices as one, and the matrices again as parts that share its memory; nil if they differ in
    /// format or number of columns, or if one of them is not kept in whole panels of eight rows.
    package static func joined(_ matrices: [QuantizedMatrix]) -> (whole: QuantizedMatrix, parts: [QuantizedMatrix])? {
        guard let first = matrices.first else { return nil }
        var byteCount = 0
        for matrix in matrices {
            guard case .panels = matrix.contents, matrix.rowCount % Int(MK_PANEL_ROWS) == 0,
                matrix.format == first.format, matrix.columnCount == first.columnCount
            else { return nil }
            byteCount += matrix.byteCount
        }
        let storage = TensorStorage(byteCount: byteCount)
        var (rows, bytes) = (0, 0)
        var parts: [QuantizedMatrix] = []
        for matrix in matrices {
            guard case .panels(let source) = matrix.contents else { return nil }
            (storage.bytes + bytes).copyMemory(from: matrix.packed(source).panels, byteCount: matrix.byteCount)
            withExtendedLifetime(source) {}
            parts.append(QuantizedMatrix(first, rows: matrix.rowCount, from: rows, of: storage))
            rows += matrix.rowCount
            bytes += matrix.byteCount
        }
        return (QuantizedMatrix(first, rows: rows, from: 0, of: storage), parts)
    }

    private init(_ like: QuantizedMatrix, rows: Int, from firstRow: Int, of storage: TensorStorage) {
        (format, columnCount) = (like.format, like.columnCount)
        rowCount = rows
        contents = .panels(storage)
        self.firstRow = firstRow
    }

    /// Whether the weights are kept in panels, which are multiplied as integers.
    package var isInPanels: Bool { if case .panels = contents { true } else { false } }

    /// Whether the rows are some of another matrix's, in the same memory.
    package func isPart(of whole: QuantizedMatrix) -> Bool {
        if case (.panels(let a), .panels(let b)) = (contents, whole.contents) { return a === b }
        return false
    }

    /// The bytes that the weights take.
    public var byteCount: Int {
        switch contents {
        case .panels:
            rowCount.dividedUp(by: Int(MK_PANEL_ROWS)) * mk_panel_bytes(mk_packing_of(format.rawValue), columnCount)
        case .halves(let storage): storage.byteCount
        case .floats(let tensor): tensor.count * MemoryLayout<Float>.stride
        case .blocks(let tensor): tensor.byteCount
        }
    }

    /// Interleaves rows in panels, on all threads.
    private static func panels(_ tensors: [QuantizedTensor], _ rows: Int, _ columns: Int) -> TensorStorage {
        let packing = mk_packing_of(tensors[0].format.rawValue)!
        let panelBytes = mk_panel_bytes(packing, columns)
        let height = Int(MK_PANEL_ROWS)
        let storage = TensorStorage(byteCount: rows.dividedUp(by: height) * panelBytes)
        var start = 0
        for tensor in tensors {
            // Tensors may meet inside a panel: that one is packed from a copy of its rows.
            let range = start..<start + tensor.rowCount
            let whole =
                range.lowerBound.dividedUp(
                    by: height)..<max(
                    range.lowerBound.dividedUp(by: height), range.upperBound / height)
            let rowBytes = tensor.rowByteCount
            let source = UnsafeRawPointer(tensor.storage.bytes)
            Parallelism.forEachPiece(of: whole.count, grain: max(1, (1 << 18) / max(panelBytes, 1))) { piece in
                for panel in piece {
                    let index = whole.lowerBound + panel
                    mk_pack_panel(
                        packing, columns, height, source + (index * height - start) * rowBytes, rowBytes,
                        storage.bytes + index * panelBytes)
                }
            }
            start = range.upperBound
        }
        for panel in 0..<rows.dividedUp(by: height) {
            let range = panel * height..<min(rows, (panel + 1) * height)
            guard let copy = borderRows(range, of: tensors, isLast: range.count < height) else { continue }
            copy.withUnsafeBytes {
                mk_pack_panel(
                    packing, columns, range.count, $0.baseAddress!, tensors[0].rowByteCount,
                    storage.bytes + panel * panelBytes)
            }
        }
        for tensor in tensors { tensor.storage.releaseFilePages() }
        return storage
    }

    /// The blocks of rows that do not lie in one tensor, or that are fewer than a panel; nil for others.
    private static func borderRows(_ range: Range<Int>, of tensors: [QuantizedTensor], isLast: Bool) -> [UInt8]? {
        var bytes: [UInt8] = []
        var start = 0
        for tensor in tensors {
            let part = range.clamped(to: start..<start + tensor.rowCount)
            if part.count == range.count, !isLast { return nil }
            if !part.isEmpty {
                tensor.withUnsafeBytes {
                    let row = tensor.rowByteCount
                    bytes += $0[(part.lowerBound - start) * row..<(part.upperBound - start) * row]
                }
            }
            start += tensor.rowCount
        }
        return bytes.isEmpty ? nil : bytes
    }

    private static func joined(_ tensors: [QuantizedTensor], _ shape: TensorShape) -> QuantizedTensor {
        let storage = TensorStorage(byteCount: tensors.reduce(0) { $0 + $1.byteCount })
        var offset = 0
        for tensor in tensors {
            tensor.withUnsafeBytes {
                if let base = $0.baseAddress { (storage.bytes + offset).copyMemory(from: base, byteCount: $0.count) }
            }
            offset += tensor.byteCount
        }
        return QuantizedTensor(format: tensors[0].format, shape: shape, storage: storage)
    }
}

// MARK: - Reading weights

extension QuantizedMatrix {
    /// All weights as float32, `[rowCount, columnCount]`.
    public func dequantized() -> Tensor<Float> { dequantized(rows: 0..<rowCount) }

    /// Some rows as float32, `[rows.count, columnCount]`; traps if there are fewer rows.
    public func dequantized(rows: Range<Int>) -> Tensor<Float> {
        guard rows.lowerBound >= 0, rows.upperBound <= rowCount else {
            trap("dequantized: the rows \(rows) leave a matrix of \(rowCount) rows")
        }
        return gather(rows.count, shape: [rows.count, columnCount]) { rows.lowerBound + $0 }
    }

    /// The rows that `ids` names, as float32: `[ids..., columnCount]`, as of a table of embeddings.
    ///
    /// Traps if an id is negative or not below the number of rows.
    public func rows<Index: IntegerTensorScalar>(_ ids: Tensor<Index>) -> Tensor<Float> {
        let positions = checkedPositions(
            ids, axis: 0, of: [rowCount, columnCount], countsFromEnd: false, in: "QuantizedMatrix.rows")
        var shape = ids.shape
        guard shape.rank < TensorShape.maximumRank else { trap("rows: ids of shape \(ids.shape) have too many axes") }
        shape.append(columnCount)
        return gather(positions.count, shape: shape) { Int(positions.pointer[$0]) }
    }

    private func gather(_ count: Int, shape: TensorShape, _ row: (Int) -> Int) -> Tensor<Float> {
        let result = Tensor<Float>(uninitialized: shape)
        guard columnCount > 0 else { return result }
        withMatrix { matrix in
            Parallelism.forEachPiece(of: count, grain: max(1, Grain.elementwise / columnCount)) { piece in
                for position in piece {
                    matrix.read(matrix.data, row(position), 0, columnCount, result.pointer + position * columnCount)
                }
            }
        }
        return result
    }

    /// Calls a function with the transposed weights, `[columnCount, rowCount]`, as the kernels of products read them.
    func withMatrix<Result>(_ body: (mk_matrix) -> Result) -> Result {
        switch contents {
        case .panels(let storage):
            defer { withExtendedLifetime(storage) {} }
            return withUnsafePointer(to: packed(storage)) {
                body(mk_matrix(lines: $0, read: mk_read_packed))
            }
        case .halves(let storage):
            defer { withExtendedLifetime(storage) {} }
            return withUnsafePointer(to: halves(storage)) {
                body(mk_matrix(lines: $0, read: mk_read_halves))
            }
        case .floats(let tensor):
            defer { withExtendedLifetime(tensor) {} }
            let rows = BlockRows(format: .float32, bytes: UnsafeRawPointer(tensor.pointer), rowBytes: 4 * columnCount)
            return withUnsafePointer(to: rows) { body(mk_matrix(lines: $0, read: readBlockRow)) }
        case .blocks(let tensor):
            defer { withExtendedLifetime(tensor) {} }
            let rows = BlockRows(
                format: format, bytes: UnsafeRawPointer(tensor.storage.bytes), rowBytes: tensor.rowByteCount)
            return withUnsafePointer(to: rows) { body(mk_matrix(lines: $0, read: readBlockRow)) }
        }
    }

    /// The kernels' view of panels; valid while the storage lives.
    func packed(_ storage: TensorStorage) -> mk_packed_weights {
        mk_packed_weights(
            packing: mk_packing_of(format.rawValue), rows: rowCount, columns: columnCount,
            panels: UnsafePointer(storage.bytes.assumingMemoryBound(to: UInt8.self))
                + firstRow / Int(MK_PANEL_ROWS) * mk_panel_bytes(mk_packing_of(format.rawValue), columnCount))
    }

    /// The kernels' view of float16 or bfloat16; valid while the storage lives.
    func halves(_ storage: TensorStorage) -> mk_half_weights {
        mk_half_weights(
            is_bfloat16: format == .bfloat16 ? 1 : 0, rows: rowCount, columns: columnCount,
            elements: UnsafePointer(storage.bytes.assumingMemoryBound(to: UInt16.self)))
    }
}

extension mk_matrix {
    /// A matrix whose lines are stored in another form.
    fileprivate init(
        lines: UnsafeRawPointer,
        read: @convention(c) (UnsafeRawPointer?, Int, Int, Int, UnsafeMutableRawPointer?) -> Void
    ) {
        self.init(data: lines, row: 0, column: 0, read: read, first_line: 0)
    }
}

/// Rows of blocks as they lie in a file.
private struct BlockRows {
    let format: BlockFormat
    let bytes: UnsafeRawPointer
    let rowBytes: Int
}

/// An mk_matrix's `read` for ``BlockRows``.
private func readBlockRow(
    _ data: UnsafeRawPointer?, _ row: Int, _ from: Int, _ count: Int, _ out: UnsafeMutableRawPointer?
) {
    let rows = data!.load(as: BlockRows.self)
    let format = rows.format
    format.dequantize(
        rows.bytes + row * rows.rowBytes + from / format.blockLength * format.blockByteCount,
        blockCount: count / format.blockLength, into: out!.assumingMemoryBound(to: Float.self))
}

extension QuantizedMatrix: CustomStringConvertible {
    /// The format and the shape: `Q4_0[64, 256]`.
    public var description: String { "\(format)\([rowCount, columnCount] as TensorShape)" }
}
