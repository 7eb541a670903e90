import Tensor

extension BlockFormat {
    /// Where a block holds float16 scales and minima.
    private var halfOffsets: [Int] {
        switch self {
        case .q4_0, .q5_0, .q8_0: [0]
        case .q4_1, .q5_1, .q4_K, .q5_K: [0, 2]
        case .q2_K: [80, 82]
        case .q3_K: [108]
        case .q6_K: [208]
        case .float32, .float16, .bfloat16: []
        }
    }

    /// A tensor `[rows, columns]` of blocks with every bit pattern of weights and sensible scales.
    func randomTensor(rows: Int, columns: Int, seed: UInt64) -> QuantizedTensor {
        let key = RandomKey(seed: seed)
        if dtype != nil {
            return QuantizedTensor(quantizing: Tensor<Float>(randomNormal: [rows, columns], key: key), as: self)
        }
        let blockCount = rows * columns / blockLength
        var bytes = Tensor<Int64>(randomIntegers: [blockCount * blockByteCount], in: 0..<256, key: key).array.map {
            UInt8($0)
        }
        let scales = Tensor<Float>(randomNormal: [2 * blockCount + 1], key: RandomKey(seed: seed + 1)).array
        for block in 0..<blockCount {
            for (index, offset) in halfOffsets.enumerated() {
                let bits = Float16(scales[2 * block + index] / 64).bitPattern
                bytes[block * blockByteCount + offset] = UInt8(bits & 255)
                bytes[block * blockByteCount + offset + 1] = UInt8(bits >> 8)
            }
        }
        return QuantizedTensor(blocks: bytes, format: self, shape: [rows, columns])
    }
}
