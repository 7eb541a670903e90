import CKernels

extension Tensor where Scalar == Float {
    /// x Wᵀ + b for weights that stay quantised: an affine map of the last axis, `[..., in]` to `[..., out]`.
    ///
    /// An element depends on its own row of x only, whatever the other rows are (for F16 and BF16: among products of up to 8
    /// rows, and among larger ones), and never on the number of threads. Traps if the shapes do not fit.
    ///
    /// - Parameters:
    ///   - weight: `[out, in]`.
    ///   - bias: `[out]`, or nil.
    ///   - isExact: multiplies float32 activations with dequantised weights instead of rounding activations to integers:
    ///     slower by about the ratio of integer and float arithmetic, and the reference for the other.
    public func linear(_ weight: QuantizedMatrix, bias: Tensor? = nil, isExact: Bool = false) -> Tensor {
        guard rank > 0, weight.columnCount == shape[-1] else {
            trap(
                "linear: the weight \(weight) does not fit the input \(shape): it must be [out, \(rank > 0 ? shape[-1] : 1)]"
            )
        }
        if let bias, bias.rank != 1 || bias.count != weight.rowCount {
            trap("linear: the bias has shape \(bias.shape), but the weight \(weight) wants [\(weight.rowCount)]")
        }
        if case .floats(let tensor) = weight.contents { return linear(tensor, bias: bias) }
        var outputShape = shape.dropLast().reduce(into: TensorShape()) { $0.append($1) }
        outputShape.append(weight.rowCount)
        let result = Tensor(uninitialized: outputShape)
        guard !result.isEmpty else { return result }
        let (input, bias) = (contiguous(), bias?.contiguous())
        let product = QuantizedProduct(
            weight: weight, x: input.pointer, rows: result.count / weight.rowCount, bias: bias?.pointer,
            result: result.pointer)
        switch weight.contents {
        case .panels(let storage) where !isExact: product.runOnPanels(storage)
        case .halves(let storage) where product.rows <= QuantizedProduct.mostStreamedRows: product.runOnHalves(storage)
        default: product.runOnFloats(input)
        }
        withExtendedLifetime((input, bias)) {}
        return result
    }
}

/// One product of activations with a quantised matrix, between rows that lie one after another.
struct QuantizedProduct {
    let weight: QuantizedMatrix
    let x: UnsafePointer<Float>
    let rows: Int
    let bias: UnsafePointer<Float>?
    let result: UnsafeMutablePointer<Float>

    init(
        weight: QuantizedMatrix, x: UnsafePointer<Float>, rows: Int, bias: UnsafePointer<Float>?,
        result: UnsafeMutablePointer<Float>
    ) {
        (self.weight, self.x, self.rows, self.bias, self.result) = (weight, x, rows, bias, result)
    }

    private var columns: Int { weight.columnCount }

    /// So many rows are multiplied while half floats stream by; more are a packed product.
    static let mostStreamedRows = 8

    /// Multiplications that a thread should have at least.
    private static let grain = 1 << 15

    /// Rounds the activations, then shares the panels between the threads.
    func runOnPanels(_ storage: TensorStorage) {
        let matrix = weight.packed(storage)
        let packing = matrix.packing!
        let integerBytes = rows * columns * mk_activation_bytes(packing)
        let scaleBytes = rows * (columns / packing.pointee.scaled) * MemoryLayout<Float>.stride
        let workspace = Workspace(integerBytes + 2 * scaleBytes)
        let scales = workspace.bytes + integerBytes
        let activations = mk_packed_activations(
            rows: rows, columns: columns, integers: workspace.bytes,
            scales: scales.assumingMemoryBound(to: Float.self),
            sums: (scales + scaleBytes).assumingMemoryBound(to: Float.self))
        let groupRows = Int(MK_GROUP_ROWS)
        let (columns, rowCount, input, start, output) = (
            columns, weight.rowCount, x, bias, result
        )
        Parallelism.forEachPiece(
            of: rows.dividedUp(by: groupRows), grain: max(1, Grain.elementwise / (groupRows * max(columns, 1)))
        ) { piece in
            withUnsafePointer(to: activations) {
                mk_pack_activations(packing, $0, input, columns, piece.lowerBound, piece.count)
            }
        }
        let panelRows = Int(MK_PANEL_ROWS)
        Parallelism.forEachPiece(
            of: rowCount.dividedUp(by: panelRows),
            grain: max(1, QuantizedProduct.grain / (panelRows * rows * max(columns, 1)))
        ) { piece in
            withUnsafePointer(to: matrix) { matrix in
                withUnsafePointer(to: activations) {
                    mk_multiply_packed(matrix, $0, start, piece.lowerBound, piece.count, output, rowCount)
                }
            }
        }
        withExtendedLifetime(storage) {}
        withExtendedLifetime(workspace) {}
    }

    /// Streams the weights once; a few rows of them stay in the cache for every group of activations.
    func runOnHalves(_ storage: TensorStorage) {
        let matrix = weight.halves(storage)
        let groupRows = Int(MK_GROUP_ROWS)
        Parallelism.forEachPiece(
            of: weight.rowCount, grain: max(1, QuantizedProduct.grain / (rows * max(columns, 1)))
        ) { piece in
            for first in stride(from: piece.lowerBound, to: piece.upperBound, by: 8) {
                for row in stride(from: 0, to: rows, by: groupRows) {
                    withUnsafePointer(to: matrix) {
                        mk_multiply_halves(
                            $0, bias, first, min(8, piece.upperBound - first), min(groupRows, rows - row),
                            x + row * columns, columns, result + row * weight.rowCount, weight.rowCount)
                    }
                }
            }
        }
        withExtendedLifetime(storage) {}
    }

    /// A product in float32; the weights are widened while they are packed for it.
    ///
    /// - Parameter input: the tensor of the activations.
    func runOnFloats(_ input: Tensor<Float>) {
        weight.withMatrix { matrix in
            var product = BlockedProduct<Float>(
                a: MatrixOperand(input.reshaped([rows, columns] as TensorShape)), b: MatrixOperand(stored: matrix),
                c: result, m: rows, n: weight.rowCount, k: columns, batchCount: 1)
            if let bias {
                product.epilogue = mk_epilogue(
                    bias: bias, activation: -1, parameter: 0, residual: nil, residual_row: 0)
            }
            product.run()
        }
    }
}
