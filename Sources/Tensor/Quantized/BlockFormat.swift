/// How GGUF files store weights: in blocks of a few bits per element with their own scales, or as plain floats.
///
/// The raw values are the format's type numbers (ggml.h, `enum ggml_type`).
public enum BlockFormat: UInt32, Sendable, Hashable, CaseIterable {
    case float32 = 0
    case float16 = 1
    /// 4 bits, one scale: `d * (q - 8)`.
    case q4_0 = 2
    /// 4 bits, scale and minimum: `d * q + m`.
    case q4_1 = 3
    /// 5 bits, one scale: `d * (q - 16)`.
    case q5_0 = 6
    /// 5 bits, scale and minimum: `d * q + m`.
    case q5_1 = 7
    /// 8 bits, one scale: `d * q`.
    case q8_0 = 8
    /// 2 bits in 16 sub-blocks with 4-bit scales and minima.
    case q2_K = 10
    /// 3 bits in 16 sub-blocks with 6-bit scales.
    case q3_K = 11
    /// 4 bits in 8 sub-blocks with 6-bit scales and minima.
    case q4_K = 12
    /// 5 bits in 8 sub-blocks with 6-bit scales and minima.
    case q5_K = 13
    /// 6 bits in 16 sub-blocks with 8-bit scales.
    case q6_K = 14
    case bfloat16 = 30

    /// The elements that one block holds; the last axis of a tensor is a multiple of it.
    public var blockLength: Int {
        switch self {
        case .float32, .float16, .bfloat16: 1
        case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0: 32
        case .q2_K, .q3_K, .q4_K, .q5_K, .q6_K: 256
        }
    }

    /// The bytes that one block takes.
    public var blockByteCount: Int {
        switch self {
        case .float32: 4
        case .float16, .bfloat16: 2
        case .q4_0: 2 + 16
        case .q4_1: 2 + 2 + 16
        case .q5_0: 2 + 4 + 16
        case .q5_1: 2 + 2 + 4 + 16
        case .q8_0: 2 + 32
        case .q2_K: 16 + 64 + 2 + 2
        case .q3_K: 32 + 64 + 12 + 2
        case .q4_K: 2 + 2 + 12 + 128
        case .q5_K: 2 + 2 + 12 + 32 + 128
        case .q6_K: 128 + 64 + 16 + 2
        }
    }

    /// The element type of a format without blocks, or nil.
    public var dtype: DType? {
        switch self {
        case .float32: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        default: nil
        }
    }
}

extension BlockFormat: CustomStringConvertible {
    /// The name in GGUF's spelling, such as `Q4_K`.
    public var description: String {
        switch self {
        case .float32: "F32"
        case .float16: "F16"
        case .bfloat16: "BF16"
        case .q4_0: "Q4_0"
        case .q4_1: "Q4_1"
        case .q5_0: "Q5_0"
        case .q5_1: "Q5_1"
        case .q8_0: "Q8_0"
        case .q2_K: "Q2_K"
        case .q3_K: "Q3_K"
        case .q4_K: "Q4_K"
        case .q5_K: "Q5_K"
        case .q6_K: "Q6_K"
        }
    }
}
