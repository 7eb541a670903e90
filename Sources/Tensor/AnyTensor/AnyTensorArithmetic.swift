import CKernels

extension AnyTensor {
    /// The sum after promotion and broadcasting; integers wrap around, Bool adds as `or`.
    public static func + (lhs: AnyTensor, rhs: AnyTensor) -> AnyTensor {
        combine(MK_ADD, forBool: MK_OR, "+", lhs, rhs)
    }

    /// The difference after promotion and broadcasting; integers wrap around. Traps for two Bool tensors, which have
    /// no difference.
    public static func - (lhs: AnyTensor, rhs: AnyTensor) -> AnyTensor {
        if lhs.dtype == .bool, rhs.dtype == .bool {
            trap("-: two Bool tensors have no difference; convert one to an integer type or compare them with !=")
        }
        return combine(MK_SUBTRACT, forBool: MK_XOR, "-", lhs, rhs)
    }

    /// The product after promotion and broadcasting; integers wrap around, Bool multiplies as `and`.
    public static func * (lhs: AnyTensor, rhs: AnyTensor) -> AnyTensor {
        combine(MK_MULTIPLY, forBool: MK_AND, "*", lhs, rhs)
    }

    /// The true quotient after promotion and broadcasting: integers and Bool are divided as float32.
    public static func / (lhs: AnyTensor, rhs: AnyTensor) -> AnyTensor {
        let promoted = DType.promoted(lhs.dtype, rhs.dtype)
        if promoted.isFloatingPoint { return combine(MK_DIVIDE, forBool: MK_DIVIDE, "/", lhs, rhs) }
        return combine(MK_DIVIDE, forBool: MK_DIVIDE, "/", lhs.cast(to: .float32), rhs.cast(to: .float32))
    }

    private static func combine(
        _ operation: mk_binary_operation, forBool boolOperation: mk_binary_operation, _ name: StaticString,
        _ lhs: AnyTensor, _ rhs: AnyTensor
    ) -> AnyTensor {
        let dtype = DType.promoted(lhs.dtype, rhs.dtype)
        let computation = dtype.computationType
        let (a, b) = (lhs.cast(to: computation), rhs.cast(to: computation))
        let result: AnyTensor
        switch computation {
        case .bool: result = zip(boolOperation, name, a, b, as: Bool.self)
        case .uint8: result = zip(operation, name, a, b, as: UInt8.self)
        case .int32: result = zip(operation, name, a, b, as: Int32.self)
        case .int64: result = zip(operation, name, a, b, as: Int64.self)
        case .float64: result = zip(operation, name, a, b, as: Double.self)
        default: result = zip(operation, name, a, b, as: Float.self)
        }
        return result.cast(to: dtype)
    }

    private static func zip<Scalar: TensorScalar>(
        _ operation: mk_binary_operation, _ name: StaticString, _ a: AnyTensor, _ b: AnyTensor, as type: Scalar.Type
    ) -> AnyTensor {
        let x = Tensor<Scalar>(storage: a.storage, layout: a.layout)
        let y = Tensor<Scalar>(storage: b.storage, layout: b.layout)
        return AnyTensor(Tensor.zip(operation, name, x, y))
    }
}
