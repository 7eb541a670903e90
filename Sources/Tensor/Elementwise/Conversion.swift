import CKernels

extension Tensor {
    /// Converts every element of another tensor.
    ///
    /// Floats to integers truncate towards zero and saturate at 32 and 64 bits (NaN gives 0); narrower floats round to
    /// nearest, ties to even, and overflow to infinity; everything but zero, NaN too, is `true`.
    public init<Source: TensorScalar>(_ source: Tensor<Source>) {
        if Source.dtype == Scalar.dtype {
            self.init(storage: source.storage, layout: source.layout)
            return
        }
        self.init(uninitialized: source.shape)
        convertElements(from: source.storage.bytes, Source.dtype, source.layout, to: pointer, Scalar.dtype)
    }

    /// The tensor with elements of another type; see ``init(_:)-(Tensor<Source>)`` for the rules.
    public func cast<Target: TensorScalar>(to type: Target.Type) -> Tensor<Target> {
        Tensor<Target>(self)
    }
}

/// Converts strided elements to row-major elements of another type.
func convertElements(
    from source: UnsafeMutableRawPointer, _ sourceType: DType, _ layout: Layout, to target: UnsafeMutableRawPointer,
    _ targetType: DType
) {
    StridedLoop(layout.shape, layout).forEachBlock(grain: Grain.elementwise) { block in
        mk_convert(
            sourceType.kernelType, targetType.kernelType, block.rows, block.columns,
            block.operand(0, source, sourceType.byteCount), target + block.outputIndex * targetType.byteCount)
    }
}
