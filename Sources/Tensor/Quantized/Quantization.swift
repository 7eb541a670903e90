extension QuantizedTensor {
    /// Rounds a tensor to a block format: Q4_0, Q4_1 and Q8_0 by the rules of ggml (ggml-quants.c, quantize_row_*_ref), to
    /// the byte; Q4_K and Q6_K with scales from a least-squares fit.
    ///
    /// A block with an element that is not finite becomes NaN as a whole, so that bad weights stay visible. Traps for
    /// the formats that are read only (Q5_0, Q5_1, Q2_K, Q3_K and Q5_K) and if the last axis is not whole blocks.
    public init(quantizing tensor: Tensor<Float>, as format: BlockFormat) {
        QuantizedTensor.requireWholeBlocks(tensor.shape, format)
        if let dtype = format.dtype {
            let plain = AnyTensor(tensor).cast(to: dtype).contiguous()
            let storage =
                plain.layout.offset == 0 ? plain.storage : AnyTensor(tensor.copied()).cast(to: dtype).storage
            self.init(format: format, shape: tensor.shape, storage: storage)
            return
        }
        let quantize: (UnsafePointer<Float>, UnsafeMutableRawPointer) -> Void
        switch format {
        case .q4_0: quantize = quantizeQ4_0
        case .q4_1: quantize = quantizeQ4_1
        case .q8_0: quantize = quantizeQ8_0
        case .q4_K: quantize = quantizeQ4K
        case .q6_K: quantize = quantizeQ6K
        default:
            trap("QuantizedTensor(quantizing:): \(format) can be read but not made; use Q4_0, Q4_1, Q8_0, Q4_K or Q6_K")
        }
        let blockCount = tensor.count / format.blockLength
        let storage = TensorStorage(byteCount: blockCount * format.blockByteCount)
        tensor.withUnsafeBufferPointer { elements in
            guard let source = elements.baseAddress else { return }
            Parallelism.forEachPiece(of: blockCount, grain: max(1, 4096 / format.blockLength)) { piece in
                for block in piece {
                    quantize(source + block * format.blockLength, storage.bytes + block * format.blockByteCount)
                }
            }
        }
        self.init(format: format, shape: tensor.shape, storage: storage)
    }
}

private func storeHalf(_ value: Float, _ target: UnsafeMutableRawPointer) {
    target.storeBytes(of: Float16(value).bitPattern, as: UInt16.self)
}

/// The multiplier that maps elements to steps; 0 where it would not be finite: such steps are NaN or zero as float16.
private func reciprocal(_ step: Float) -> Float {
    let inverse = 1 / step
    return inverse.isFinite ? inverse : 0
}

private func isFinite(_ source: UnsafePointer<Float>) -> Bool {
    (0..<32).allSatisfy { source[$0].isFinite }
}

/// Truncates to 0...15. The product is formed in double precision: ggml's result depends on whether the compiler fuses
/// the multiplication with the addition, and this is the fused one, as in ggml's Python implementation.
@inline(__always)
private func nibble(_ value: Float, _ inverse: Float, _ offset: Double) -> UInt8 {
    let position = Double(value) * Double(inverse) + offset
    return UInt8(min(max(Float(position), 0), 15))
}

private func quantizeQ4_0(_ source: UnsafePointer<Float>, _ target: UnsafeMutableRawPointer) {
    var extreme: Float = 0
    for i in 0..<32 where abs(source[i]) > abs(extreme) { extreme = source[i] }
    let step = isFinite(source) ? extreme / -8 : .nan
    let inverse = reciprocal(step)
    storeHalf(step, target)
    for i in 0..<16 {
        let pair = nibble(finite(source[i]), inverse, 8.5) | nibble(finite(source[i + 16]), inverse, 8.5) << 4
        target.storeBytes(of: pair, toByteOffset: 2 + i, as: UInt8.self)
    }
}

private func quantizeQ4_1(_ source: UnsafePointer<Float>, _ target: UnsafeMutableRawPointer) {
    var (low, high) = (source[0], source[0])
    for i in 1..<32 {
        low = min(low, source[i])
        high = max(high, source[i])
    }
    let step = isFinite(source) ? (high - low) / 15 : .nan
    let inverse = reciprocal(step)
    storeHalf(step, target)
    storeHalf(low, target + 2)
    for i in 0..<16 {
        let first = nibble(finite(source[i] - low), inverse, 0.5)
        let second = nibble(finite(source[i + 16] - low), inverse, 0.5)
        target.storeBytes(of: first | second << 4, toByteOffset: 4 + i, as: UInt8.self)
    }
}

private func quantizeQ8_0(_ source: UnsafePointer<Float>, _ target: UnsafeMutableRawPointer) {
    var extreme: Float = 0
    for i in 0..<32 { extreme = max(extreme, abs(source[i])) }
    let step = isFinite(source) ? extreme / 127 : .nan
    let inverse = reciprocal(step)
    storeHalf(step, target)
    for i in 0..<32 {
        let position = (finite(source[i]) * inverse).rounded(.toNearestOrAwayFromZero)
        target.storeBytes(of: Int8(min(max(position, -127), 127)), toByteOffset: 2 + i, as: Int8.self)
    }
}

/// The value, or 0 in a block that is NaN anyway.
@inline(__always)
private func finite(_ value: Float) -> Float { value.isFinite ? value : 0 }
