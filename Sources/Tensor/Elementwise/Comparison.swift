import CKernels

infix operator .== : ComparisonPrecedence
infix operator .!= : ComparisonPrecedence
infix operator .< : ComparisonPrecedence
infix operator .<= : ComparisonPrecedence
infix operator .> : ComparisonPrecedence
infix operator .>= : ComparisonPrecedence

extension Tensor {
    /// Where elements are equal, after broadcasting; NaN equals nothing.
    public static func .== (lhs: Tensor, rhs: Tensor) -> Tensor<Bool> { compare(MK_EQUAL, ".==", lhs, rhs) }

    /// Where elements differ, after broadcasting; NaN differs from everything.
    public static func .!= (lhs: Tensor, rhs: Tensor) -> Tensor<Bool> { compare(MK_NOT_EQUAL, ".!=", lhs, rhs) }

    /// Where elements equal a value.
    public static func .== (lhs: Tensor, rhs: Scalar) -> Tensor<Bool> { compare(MK_EQUAL, ".==", lhs, Tensor(rhs)) }

    /// Where elements differ from a value.
    public static func .!= (lhs: Tensor, rhs: Scalar) -> Tensor<Bool> {
        compare(MK_NOT_EQUAL, ".!=", lhs, Tensor(rhs))
    }
}

extension Tensor where Scalar: NumericTensorScalar {
    /// Where elements are smaller, after broadcasting.
    public static func .< (lhs: Tensor, rhs: Tensor) -> Tensor<Bool> { compare(MK_LESS, ".<", lhs, rhs) }

    /// Where elements are smaller or equal, after broadcasting.
    public static func .<= (lhs: Tensor, rhs: Tensor) -> Tensor<Bool> { compare(MK_LESS_EQUAL, ".<=", lhs, rhs) }

    /// Where elements are larger, after broadcasting.
    public static func .> (lhs: Tensor, rhs: Tensor) -> Tensor<Bool> { compare(MK_GREATER, ".>", lhs, rhs) }

    /// Where elements are larger or equal, after broadcasting.
    public static func .>= (lhs: Tensor, rhs: Tensor) -> Tensor<Bool> { compare(MK_GREATER_EQUAL, ".>=", lhs, rhs) }

    /// Where elements are smaller than a value.
    public static func .< (lhs: Tensor, rhs: Scalar) -> Tensor<Bool> { compare(MK_LESS, ".<", lhs, Tensor(rhs)) }

    /// Where elements are smaller than a value or equal to it.
    public static func .<= (lhs: Tensor, rhs: Scalar) -> Tensor<Bool> {
        compare(MK_LESS_EQUAL, ".<=", lhs, Tensor(rhs))
    }

    /// Where elements are larger than a value.
    public static func .> (lhs: Tensor, rhs: Scalar) -> Tensor<Bool> { compare(MK_GREATER, ".>", lhs, Tensor(rhs)) }

    /// Where elements are larger than a value or equal to it.
    public static func .>= (lhs: Tensor, rhs: Scalar) -> Tensor<Bool> {
        compare(MK_GREATER_EQUAL, ".>=", lhs, Tensor(rhs))
    }
}

extension Tensor where Scalar == Bool {
    /// Both true, after broadcasting.
    public func and(_ other: Tensor<Bool>) -> Tensor<Bool> { Tensor.zip(MK_AND, "and", self, other) }

    /// Either true, after broadcasting.
    public func or(_ other: Tensor<Bool>) -> Tensor<Bool> { Tensor.zip(MK_OR, "or", self, other) }

    /// Exactly one true, after broadcasting.
    public func xor(_ other: Tensor<Bool>) -> Tensor<Bool> { Tensor.zip(MK_XOR, "xor", self, other) }

    /// The opposite of every element.
    public static prefix func ! (operand: Tensor<Bool>) -> Tensor<Bool> { operand.xor(Tensor(true)) }

    /// Whether any element equals a value.
    public func contains(_ value: Bool) -> Bool {
        withUnsafeBufferPointer { $0.contains(value) }
    }

    /// Elements of `a` where true and of `b` where false; all three broadcast.
    public func select<Element: TensorScalar>(_ a: Tensor<Element>, _ b: Tensor<Element>) -> Tensor<Element> {
        let shape = TensorShape.broadcast(
            self.shape, TensorShape.broadcast(a.shape, b.shape, in: "select"), in: "select")
        let result = Tensor<Element>(uninitialized: shape)
        let target = result.pointer
        let bytes = MemoryLayout<Element>.stride
        let loop = StridedLoop(
            shape, layout.broadcast(to: shape)!, a.layout.broadcast(to: shape)!, b.layout.broadcast(to: shape)!)
        loop.forEachBlock(grain: Grain.elementwise) { block in
            mk_select(
                bytes, block.rows, block.columns, block.operand(0, storage.bytes, 1),
                block.operand(1, a.storage.bytes, bytes), block.operand(2, b.storage.bytes, bytes),
                target + block.outputIndex)
        }
        return result
    }
}

extension Tensor where Scalar: IntegerTensorScalar {
    /// The bits set in both, after broadcasting.
    public static func & (lhs: Tensor, rhs: Tensor) -> Tensor { zip(MK_AND, "&", lhs, rhs) }

    /// The bits set in either, after broadcasting.
    public static func | (lhs: Tensor, rhs: Tensor) -> Tensor { zip(MK_OR, "|", lhs, rhs) }

    /// The bits set in exactly one, after broadcasting.
    public static func ^ (lhs: Tensor, rhs: Tensor) -> Tensor { zip(MK_XOR, "^", lhs, rhs) }
}

extension Tensor: Equatable {
    /// Whether shapes and all elements are equal; a tensor with NaN equals none.
    public static func == (lhs: Tensor, rhs: Tensor) -> Bool {
        lhs.shape == rhs.shape && !(lhs .== rhs).contains(false)
    }
}
