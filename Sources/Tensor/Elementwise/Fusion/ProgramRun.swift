import CKernels

extension ElementwiseProgram {
    /// Runs the program on tensors, which are broadcast together, in one pass over memory.
    package func callAsFunction(_ operands: [Tensor<Scalar>]) -> [Tensor<Scalar>] {
        var shape = TensorShape()
        for operand in operands { shape = TensorShape.broadcast(shape, operand.shape, in: "fused") }
        let compiled = CompiledProgram(self)
        let computed = compiled.computed.map { _ in Tensor<Scalar>(uninitialized: shape) }
        if !computed.isEmpty { compute(compiled, from: operands, shape, into: computed) }
        return results.map { result in
            guard let result else { return Tensor(zeros: shape) }
            if let position = compiled.computed.firstIndex(of: result) { return computed[position] }
            guard case .operand(let index) = steps[result].operation else {
                return Tensor(repeating: Scalar(steps[result].p0), shape: shape)
            }
            return operands[index].broadcast(to: shape)
        }
    }

    private func compute(
        _ compiled: CompiledProgram, from operands: [Tensor<Scalar>], _ shape: TensorShape,
        into results: [Tensor<Scalar>]
    ) {
        let axes = MergedAxes(shape, operands.map { $0.layout.broadcast(to: shape)! })
        let sources = operands.map { UnsafeRawPointer?($0.pointer) }
        let targets = results.map { UnsafeMutableRawPointer?($0.pointer) }
        let size = mk_program_size(
            type: Scalar.dtype.kernelType, operand_count: operands.count, constant_count: compiled.constants.count,
            result_count: results.count, register_count: compiled.registerCount,
            instruction_count: compiled.instructions.count, rank: axes.extents.count)
        Parallelism.forEachPiece(of: shape.elementCount, grain: Grain.elementwise) { piece in
            let failure = mk_run_program(
                size, compiled.instructions, axes.extents, axes.strides, sources, compiled.constants, targets,
                piece.lowerBound, piece.count)
            if failure != 0 { trap("fused: an operation is not defined for elements of type \(Scalar.dtype)") }
        }
        withExtendedLifetime((operands, results)) {}
    }
}

/// The axes of a walk over any number of operands; axes that every operand steps over evenly are merged.
private struct MergedAxes {
    /// Outermost first.
    private(set) var extents: [Int] = []
    /// The steps of the first operand along all axes, then of the second, and so on.
    private(set) var strides: [Int] = []

    init(_ shape: TensorShape, _ layouts: [Layout]) {
        // For every merged axis, the one axis of the shape whose stride it has: the innermost.
        var innermost: [Int] = []
        for axis in 0..<shape.rank where shape[axis] != 1 {
            let extent = shape[axis]
            if let outer = innermost.last, layouts.allSatisfy({ $0.strides[outer] == $0.strides[axis] &* extent }) {
                innermost[innermost.count - 1] = axis
                extents[extents.count - 1] *= extent
            } else {
                innermost.append(axis)
                extents.append(extent)
            }
        }
        strides = layouts.flatMap { layout in innermost.map { layout.strides[$0] } }
    }
}
