import CKernels

// The three ways by which elementwise operations reach their kernels. Each writes over an operand that nobody else
// sees, where it can.

extension Tensor {
    /// `op` of every element.
    static func map(
        _ op: mk_unary_operation, _ operand: consuming Tensor, _ p0: Double = 0, _ p1: Double = 0
    ) -> Tensor {
        let type = Scalar.dtype.kernelType
        let code = Int32(op.rawValue)
        let isReused = operand.isReusable()
        let result = isReused ? operand : Tensor(uninitialized: operand.shape)
        let target = result.pointer
        let count = operand.count
        if operand.layout.isContiguous, count <= Grain.elementwise {
            if count > 0 {
                let source = mk_operand(data: operand.pointer, row: 0, step: 1)
                guard mk_unary(type, code, 1, count, source, target, p0, p1) == 0 else { trapUnsupported("\(op)") }
            }
            return result
        }
        let source = operand.storage.bytes
        StridedLoop(operand.shape, operand.layout).forEachBlock(grain: Grain.elementwise) { block in
            let x = block.operand(0, source, MemoryLayout<Scalar>.stride)
            let failure = mk_unary(type, code, block.rows, block.columns, x, target + block.outputIndex, p0, p1)
            if failure != 0 { trapUnsupported("\(op)") }
        }
        return result
    }

    /// `op` of every pair of elements, after broadcasting.
    static func zip(
        _ op: mk_binary_operation, _ name: StaticString, _ a: consuming Tensor, _ b: consuming Tensor,
        _ parameter: Double = 0
    ) -> Tensor {
        let type = Scalar.dtype.kernelType
        let code = Int32(op.rawValue)
        let shape = TensorShape.broadcast(a.shape, b.shape, in: name)
        let result: Tensor
        if a.shape == shape, a.isReusable() {
            result = a
        } else if b.shape == shape, b.isReusable() {
            result = b
        } else {
            result = Tensor(uninitialized: shape)
        }
        let target = result.pointer
        let count = shape.elementCount
        if a.shape == b.shape, count <= Grain.elementwise, a.layout.isContiguous, b.layout.isContiguous {
            if count > 0 {
                let x = mk_operand(data: a.pointer, row: 0, step: 1)
                let y = mk_operand(data: b.pointer, row: 0, step: 1)
                guard mk_binary(type, code, 1, count, x, y, target, parameter) == 0 else { trapUnsupported("\(op)") }
            }
            return result
        }
        let (x, y) = (a.storage.bytes, b.storage.bytes)
        let bytes = MemoryLayout<Scalar>.stride
        let loop = StridedLoop(shape, a.layout.broadcast(to: shape)!, b.layout.broadcast(to: shape)!)
        loop.forEachBlock(grain: Grain.elementwise) { block in
            let (xs, ys) = (block.operand(0, x, bytes), block.operand(1, y, bytes))
            let failure = mk_binary(
                type, code, block.rows, block.columns, xs, ys, target + block.outputIndex, parameter)
            if failure != 0 { trapUnsupported("\(op)") }
        }
        return result
    }

    /// A comparison of every pair of elements, after broadcasting.
    static func compare(_ op: mk_comparison, _ name: StaticString, _ a: Tensor, _ b: Tensor) -> Tensor<Bool> {
        let type = Scalar.dtype.kernelType
        let shape = TensorShape.broadcast(a.shape, b.shape, in: name)
        let result = Tensor<Bool>(uninitialized: shape)
        let target = UnsafeMutableRawPointer(result.pointer).assumingMemoryBound(to: UInt8.self)
        let bytes = MemoryLayout<Scalar>.stride
        let loop = StridedLoop(shape, a.layout.broadcast(to: shape)!, b.layout.broadcast(to: shape)!)
        loop.forEachBlock(grain: Grain.elementwise) { block in
            let (xs, ys) = (block.operand(0, a.storage.bytes, bytes), block.operand(1, b.storage.bytes, bytes))
            let code = Int32(op.rawValue)
            let failure = mk_compare(type, code, block.rows, block.columns, xs, ys, target + block.outputIndex)
            if failure != 0 { trapUnsupported("\(name)") }
        }
        return result
    }

    private static func trapUnsupported(_ operation: String) -> Never {
        trap("\(operation) is not defined for elements of type \(Scalar.dtype)")
    }
}
