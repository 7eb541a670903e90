import Tensor

/// Which tensor of a GGUF file gets which format when a file is made.
///
/// As in llama.cpp's tools, matrices get the format that was asked for; vectors, norms and the tables of positions stay in
/// float32; the embedding and the head, on which every token depends, get more bits beside a 4-bit format; rows that are
/// no whole blocks get the nearest format that can hold them.
public struct QuantizationPolicy: Sendable, Hashable {
    /// The format of the matrices.
    public let format: BlockFormat

    /// The formats that files can be written in.
    public static let formats: [BlockFormat] = [
        .float32, .float16, .bfloat16, .q8_0, .q6_K, .q4_K, .q4_1, .q4_0,
    ]

    /// Chooses by a format; nil for one that is read only.
    public init?(_ format: BlockFormat) {
        guard QuantizationPolicy.formats.contains(format) else { return nil }
        self.format = format
    }

    /// The format of a tensor with one of GGUF's names.
    public func format(of name: String, shape: TensorShape) -> BlockFormat {
        guard shape.rank >= 2, !QuantizationPolicy.precise.contains(name) else { return .float32 }
        let isFrequent = name == "token_embd.weight" || name == "output.weight"
        let isNarrow = [BlockFormat.q4_0, .q4_1, .q4_K].contains(format)
        return QuantizationPolicy.fitting(isFrequent && isNarrow ? .q6_K : format, columns: shape[-1])
    }

    /// Tables whose rows are added as they are.
    private static let precise: Set<String> = ["position_embd.weight", "token_types.weight"]

    /// The format, or the nearest above it whose blocks divide the rows.
    private static func fitting(_ format: BlockFormat, columns: Int) -> BlockFormat {
        if columns % format.blockLength == 0 { return format }
        switch format {
        case .q4_K: return fitting(.q4_1, columns: columns)
        case .q6_K: return fitting(.q8_0, columns: columns)
        default: return .float16
        }
    }

    /// What GGUF files call a file in this format (llama.h, `enum llama_ftype`).
    var fileType: UInt32 {
        switch format {
        case .float32: 0
        case .float16: 1
        case .q4_0: 2
        case .q4_1: 3
        case .q8_0: 7
        case .q4_K: 14
        case .q6_K: 18
        case .bfloat16: 32
        default: 0
        }
    }

    /// The metadata that say how a file is quantised.
    var metadata: [(key: String, value: GGUFValue)] {
        [("general.file_type", .uint32(fileType)), ("general.quantization_version", .uint32(2))]
    }
}
