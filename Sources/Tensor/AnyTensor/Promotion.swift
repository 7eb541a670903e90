extension DType {
    /// The type in which elements of two types meet, as in PyTorch: Bool below integers below floats.
    ///
    /// Integers meet in the smallest integer type that holds both ranges; an integer takes the type of a float;
    /// float16 meets bfloat16 in float32. Where no integer type holds both ranges (uint64 with a signed type) the
    /// result is float64, as in NumPy.
    public static func promoted(_ a: DType, _ b: DType) -> DType {
        if a == b { return a }
        if a == .bool { return b }
        if b == .bool { return a }
        switch (a.isFloatingPoint, b.isFloatingPoint) {
        case (true, true):
            // Two different 16-bit floats: neither holds the other.
            return a.byteCount == b.byteCount ? .float32 : (a.byteCount > b.byteCount ? a : b)
        case (true, false): return a
        case (false, true): return b
        case (false, false): return promotedInteger(a, b)
        }
    }

    private static func promotedInteger(_ a: DType, _ b: DType) -> DType {
        if a.isSigned == b.isSigned { return a.byteCount > b.byteCount ? a : b }
        let (signed, unsigned) = a.isSigned ? (a, b) : (b, a)
        if signed.byteCount > unsigned.byteCount { return signed }
        switch unsigned.byteCount {
        case 1: return .int16
        case 2: return .int32
        case 4: return .int64
        default: return .float64
        }
    }

    private var isSigned: Bool {
        switch self {
        case .int8, .int16, .int32, .int64: true
        default: false
        }
    }

    /// The narrowest type with arithmetic kernels that holds every value: where this type's sums are computed.
    ///
    /// Wrapping arithmetic on the low bits is the same in a wider integer, and for 64 bits the same for both signs.
    var computationType: DType {
        switch self {
        case .bool, .uint8, .int32, .int64, .float32, .float64: self
        case .int8, .int16, .uint16: .int32
        case .uint32, .uint64: .int64
        case .float16, .bfloat16: .float32
        }
    }
}
