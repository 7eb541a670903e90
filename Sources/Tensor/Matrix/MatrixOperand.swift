import CKernels

/// A batch of matrices of any strides, as the kernels read them.
struct MatrixOperand<Scalar: FloatingTensorScalar> {
    private let tensor: Tensor<Scalar>
    let rowStride: Int
    let columnStride: Int

    /// The last two axes are the matrices'.
    init(_ matrices: Tensor<Scalar>) {
        tensor = matrices
        rowStride = matrices.layout.strides[-2]
        columnStride = matrices.layout.strides[-1]
    }

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
        let start = pointer(index) + row * rowStride + column * columnStride
        return mk_matrix(data: start, row: rowStride, column: columnStride, read: nil, line_bytes: 0)
    }
}
