/// How an element is stored.
public enum DType: UInt8, Sendable, Hashable, CaseIterable {
    case bool, uint8, int8, int16, uint16, int32, uint32, int64, uint64
    case float16, bfloat16, float32, float64

    /// The bytes that one element takes.
    public var byteCount: Int {
        switch self {
        case .bool, .uint8, .int8: 1
        case .int16, .uint16, .float16, .bfloat16: 2
        case .int32, .uint32, .float32: 4
        case .int64, .uint64, .float64: 8
        }
    }

    /// Whether the type holds fractions.
    public var isFloatingPoint: Bool { rawValue >= DType.float16.rawValue }
}

extension DType: CustomStringConvertible {
    /// The name in NumPy's spelling, such as `float32`.
    public var description: String {
        switch self {
        case .bool: "bool"
        case .uint8: "uint8"
        case .int8: "int8"
        case .int16: "int16"
        case .uint16: "uint16"
        case .int32: "int32"
        case .uint32: "uint32"
        case .int64: "int64"
        case .uint64: "uint64"
        case .float16: "float16"
        case .bfloat16: "bfloat16"
        case .float32: "float32"
        case .float64: "float64"
        }
    }
}
