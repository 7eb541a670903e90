import CKernels

extension Tensor where Scalar: NumericTensorScalar {
    /// The adjoint of a view: a tensor of zeros with every element added where the view took it from.
    ///
    /// - Parameters:
    ///   - shape: the shape of the tensor that was viewed.
    ///   - view: the view, as a function; applied to a tensor of that shape it gives this tensor's shape.
    public func adjoint(ofViewOf shape: TensorShape, _ view: (Tensor) -> Tensor) -> Tensor {
        let base = Tensor(zeros: shape)
        let target = view(base)
        guard target.storage === base.storage, target.shape == self.shape else {
            trap("adjoint(ofViewOf:): the function is not a view from \(shape) to \(self.shape)")
        }
        for axis in 0..<target.rank where target.shape[axis] > 1 && target.layout.strides[axis] == 0 {
            trap("adjoint(ofViewOf:): axis \(axis) repeats one element; sum over it instead, with summed(to:)")
        }
        let bytes = MemoryLayout<Scalar>.stride
        let type = Scalar.dtype.kernelType
        let source = contiguous()
        // Rows are handled one after another, so rows that overlap, as those of sliding windows do, add up.
        StridedLoop(target.shape, target.layout).forEachBlock(grain: .max) { block in
            let row = Tensor(uninitialized: [block.columns])
            let operand = block.operand(0, base.storage.bytes, bytes)
            for index in 0..<block.rows {
                let start = UnsafeMutableRawPointer(mutating: operand.data!) + index * operand.row * bytes
                let old = mk_operand(data: start, row: 0, step: operand.step)
                let values = source.pointer + block.outputIndex + index * block.columns
                let new = mk_operand(data: values, row: 0, step: 1)
                _ = mk_binary(type, Int32(MK_ADD.rawValue), 1, block.columns, old, new, row.pointer, 0)
                mk_scatter_row(bytes, block.columns, row.pointer, start, operand.step)
            }
        }
        return base
    }
}
