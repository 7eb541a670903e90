/// The element types of the safetensors format.
public enum SafetensorsElement: String, Sendable, Hashable, CaseIterable {
    // In the order of the reference implementation, whose writer sorts by it.
    case bool = "BOOL"
    case uint8 = "U8"
    case int8 = "I8"
    case float8e5m2 = "F8_E5M2"
    case float8e4m3 = "F8_E4M3"
    case int16 = "I16"
    case uint16 = "U16"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int32 = "I32"
    case uint32 = "U32"
    case float32 = "F32"
    case float64 = "F64"
    case int64 = "I64"
    case uint64 = "U64"

    /// The tensor element type, or nil for the 8-bit floats, which tensors do not hold.
    public var dtype: DType? {
        switch self {
        case .bool: .bool
        case .uint8: .uint8
        case .int8: .int8
        case .float8e5m2, .float8e4m3: nil
        case .int16: .int16
        case .uint16: .uint16
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .int32: .int32
        case .uint32: .uint32
        case .float32: .float32
        case .float64: .float64
        case .int64: .int64
        case .uint64: .uint64
        }
    }

    /// The format's name of a tensor element type.
    public init(_ dtype: DType) {
        self = SafetensorsElement.allCases.first { $0.dtype == dtype }!
    }

    /// The bytes that one element takes.
    public var byteCount: Int { dtype?.byteCount ?? 1 }

    /// The element's rank in the writer's order.
    var order: Int { SafetensorsElement.allCases.firstIndex(of: self)! }
}

/// The values of the 8-bit floats (Micikevicius et al., FP8 Formats for Deep Learning, arXiv 2209.05433, table 1).
enum Float8 {
    /// Every value of E4M3 by its bits: bias 7, no infinities, NaN where exponent and significand are all ones.
    static func e4m3(_ bits: UInt8) -> Float {
        if bits & 0x7F == 0x7F { return bits == 0xFF ? -Float.nan : .nan }
        return value(bits, exponentBits: 4, bias: 7)
    }

    /// Every value of E5M2 by its bits: bias 15, infinities and NaN as in IEEE 754.
    static func e5m2(_ bits: UInt8) -> Float {
        // The format is the upper half of float16.
        Float(Float16(bitPattern: UInt16(bits) << 8))
    }

    private static func value(_ bits: UInt8, exponentBits: Int, bias: Int) -> Float {
        let significandBits = 7 - exponentBits
        let exponent = Int(bits & 0x7F) >> significandBits
        let significand = Float(Int(bits) & (1 << significandBits - 1)) / Float(1 << significandBits)
        let magnitude =
            exponent == 0
            ? Float(sign: .plus, exponent: 1 - bias, significand: 1) * significand
            : Float(sign: .plus, exponent: exponent - bias, significand: 1 + significand)
        return bits & 0x80 == 0 ? magnitude : -magnitude
    }
}
