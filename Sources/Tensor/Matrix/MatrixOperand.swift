import CKernels

/// A batch of matrices of any strides, as the kernels read them, or one matrix that is stored in another form.
struct MatrixOperand<Scalar: FloatingTensorScalar> {
    private let tensor: Tensor<Scalar>
    private let stored: mk_matrix?
    let rowStride: Int
    let columnStride: Int

    /// The last two axes are the matrices'.
    init(_ matrices: Tensor<Scalar>) {
        tensor = matrices
        stored = nil
        rowStride = matrices.layout.strides[-2]
        columnStride = matrices.layout.strides[-1]
    }

    /// A matrix with a function that reads its lines; valid while that one is.
    init(stored matrix: mk_matrix) {
        tensor = Tensor(uninitialized: [0, 0])
        stored = matrix
        (rowStride, columnStride) = (0, 0)
    }

    /// Whether only ``matrix(_:)`` can read the elements.
    var isStored: Bool { stored != nil }

    /// The first element of a matrix of the batch.
    func pointer(_ index: Int) -> UnsafeMutablePointer<Scalar> {
        var offset = 0
        var rest = index
        var axis = tensor.rank - 3
        while axis >= 0 {
            let extent = tensor.shape.extents[axis]
            offset += rest % extent * tensor.layout.strides.extents[axis]
            rest /= extent
            axis -= 1
        }
        return tensor.pointer + offset
    }

    /// A matrix of the batch, from a row or a column on.
    func matrix(_ index: Int, row: Int = 0, column: Int = 0) -> mk_matrix {
        if var stored {
            // Its lines are the rows of A or the columns of B, and the other offset is never asked for.
            stored.first_line = row + column
            return stored
        }
        let start = pointer(index) + row * rowStride + column * columnStride
        return mk_matrix(data: start, row: rowStride, column: columnStride, read: nil, first_line: 0)
    }
}
