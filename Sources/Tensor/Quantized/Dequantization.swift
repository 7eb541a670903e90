// The values of blocks, by the formulas of ggml (ggml-quants.c, dequantize_row_*). Blocks may lie at any address.

typealias BlockSource = UnsafeRawPointer
typealias FloatTarget = UnsafeMutablePointer<Float>

extension BlockFormat {
    /// Writes the values of consecutive blocks.
    func dequantize(_ source: BlockSource, blockCount: Int, into target: FloatTarget) {
        switch self {
        case .float32:
            target.withMemoryRebound(to: UInt32.self, capacity: blockCount) { bits in
                for i in 0..<blockCount { bits[i] = source.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self) }
            }
        case .float16: for i in 0..<blockCount { target[i] = half(source + 2 * i) }
        case .bfloat16:
            for i in 0..<blockCount {
                let bits = source.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)
                target[i] = Float(BFloat16(bitPattern: bits))
            }
        case .q4_0: forEachBlock(source, blockCount, target, dequantizeQ4_0)
        case .q4_1: forEachBlock(source, blockCount, target, dequantizeQ4_1)
        case .q5_0: forEachBlock(source, blockCount, target, dequantizeQ5_0)
        case .q5_1: forEachBlock(source, blockCount, target, dequantizeQ5_1)
        case .q8_0: forEachBlock(source, blockCount, target, dequantizeQ8_0)
        case .q2_K: forEachBlock(source, blockCount, target, dequantizeQ2K)
        case .q3_K: forEachBlock(source, blockCount, target, dequantizeQ3K)
        case .q4_K: forEachBlock(source, blockCount, target, dequantizeQ4K)
        case .q5_K: forEachBlock(source, blockCount, target, dequantizeQ5K)
        case .q6_K: forEachBlock(source, blockCount, target, dequantizeQ6K)
        }
    }

    @inline(__always)
    private func forEachBlock(
        _ source: BlockSource, _ count: Int, _ target: FloatTarget, _ body: (BlockSource, FloatTarget) -> Void
    ) {
        for block in 0..<count { body(source + block * blockByteCount, target + block * blockLength) }
    }
}

/// The float16 at an address, widened.
@inline(__always)
func half(_ source: BlockSource) -> Float {
    Float(Float16(bitPattern: source.loadUnaligned(as: UInt16.self)))
}

@inline(__always)
func byte(_ source: BlockSource, _ offset: Int) -> UInt8 {
    source.load(fromByteOffset: offset, as: UInt8.self)
}

// MARK: - Blocks of 32: low nibbles are elements 0..<16, high nibbles 16..<32.

private func dequantizeQ4_0(_ block: BlockSource, _ target: FloatTarget) {
    let d = half(block)
    for i in 0..<16 {
        let pair = byte(block, 2 + i)
        target[i] = Float(Int32(pair & 15) - 8) * d
        target[i + 16] = Float(Int32(pair >> 4) - 8) * d
    }
}

private func dequantizeQ4_1(_ block: BlockSource, _ target: FloatTarget) {
    let (d, m) = (half(block), half(block + 2))
    for i in 0..<16 {
        let pair = byte(block, 4 + i)
        target[i] = Float(pair & 15) * d + m
        target[i + 16] = Float(pair >> 4) * d + m
    }
}

private func dequantizeQ5_0(_ block: BlockSource, _ target: FloatTarget) {
    let d = half(block)
    let high = block.loadUnaligned(fromByteOffset: 2, as: UInt32.self)
    for i in 0..<16 {
        let (first, second) = fiveBits(byte(block, 6 + i), high, i)
        target[i] = Float(first - 16) * d
        target[i + 16] = Float(second - 16) * d
    }
}

private func dequantizeQ5_1(_ block: BlockSource, _ target: FloatTarget) {
    let (d, m) = (half(block), half(block + 2))
    let high = block.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
    for i in 0..<16 {
        let (first, second) = fiveBits(byte(block, 8 + i), high, i)
        target[i] = Float(first) * d + m
        target[i + 16] = Float(second) * d + m
    }
}

/// Elements i and i + 16: a byte's nibbles, each with its fifth bit.
@inline(__always)
private func fiveBits(_ pair: UInt8, _ high: UInt32, _ i: Int) -> (Int32, Int32) {
    let first = UInt32(pair & 15) | (high >> UInt32(i) & 1) << 4
    let second = UInt32(pair >> 4) | (high >> UInt32(i + 16) & 1) << 4
    return (Int32(first), Int32(second))
}

private func dequantizeQ8_0(_ block: BlockSource, _ target: FloatTarget) {
    let d = half(block)
    for i in 0..<32 { target[i] = Float(Int8(bitPattern: byte(block, 2 + i))) * d }
}

// MARK: - Blocks of 256 with scales of their own ("k-quants")

private func dequantizeQ2K(_ block: BlockSource, _ target: FloatTarget) {
    let (scales, quants) = (block, block + 16)
    let (d, minimum) = (half(block + 80), half(block + 82))
    // Sub-block s of 16: 2-bit plane s / 2 % 4 of half s / 8, first or second 16 bytes.
    for s in 0..<16 {
        let scale = byte(scales, s)
        let (step, offset) = (d * Float(scale & 15), minimum * Float(scale >> 4))
        let source = quants + s / 8 * 32 + s % 2 * 16
        let shift = UInt8(s / 2 % 4 * 2)
        for i in 0..<16 { target[s * 16 + i] = step * Float(byte(source, i) >> shift & 3) - offset }
    }
}

private func dequantizeQ3K(_ block: BlockSource, _ target: FloatTarget) {
    let (highBits, quants, scales) = (block, block + 32, block + 96)
    let d = half(block + 108)
    for s in 0..<16 {
        // Six bits: a nibble of the first eight bytes and two bits of the last four.
        let low = s < 8 ? byte(scales, s) & 15 : byte(scales, s - 8) >> 4
        let high = byte(scales, 8 + s % 4) >> UInt8(s / 4 * 2) & 3
        let step = d * Float(Int32(low | high << 4) - 32)
        let source = quants + s / 8 * 32 + s % 2 * 16
        let shift = UInt8(s / 2 % 4 * 2)
        let plane = UInt8(s / 2)
        for i in 0..<16 {
            let isHigh = byte(highBits, s % 2 * 16 + i) >> plane & 1
            let quant = Int32(byte(source, i) >> shift & 3) - (isHigh == 1 ? 0 : 4)
            target[s * 16 + i] = step * Float(quant)
        }
    }
}

/// The 6-bit scale and minimum of sub-block `i` of 8, from 12 bytes.
@inline(__always)
private func scaleAndMinimum(_ packed: BlockSource, _ i: Int) -> (Float, Float) {
    if i < 4 { return (Float(byte(packed, i) & 63), Float(byte(packed, i + 4) & 63)) }
    let scale = byte(packed, i + 4) & 15 | (byte(packed, i - 4) >> 6) << 4
    let minimum = byte(packed, i + 4) >> 4 | (byte(packed, i) >> 6) << 4
    return (Float(scale), Float(minimum))
}

private func dequantizeQ4K(_ block: BlockSource, _ target: FloatTarget) {
    let (d, dMinimum) = (half(block), half(block + 2))
    for s in 0..<8 {
        let (scale, minimum) = scaleAndMinimum(block + 4, s)
        let (step, offset) = (d * scale, dMinimum * minimum)
        let source = block + 16 + s / 2 * 32
        let shift = UInt8(s % 2 * 4)
        for i in 0..<32 { target[s * 32 + i] = step * Float(byte(source, i) >> shift & 15) - offset }
    }
}

private func dequantizeQ5K(_ block: BlockSource, _ target: FloatTarget) {
    let (d, dMinimum) = (half(block), half(block + 2))
    let highBits = block + 16
    for s in 0..<8 {
        let (scale, minimum) = scaleAndMinimum(block + 4, s)
        let (step, offset) = (d * scale, dMinimum * minimum)
        let source = block + 48 + s / 2 * 32
        let shift = UInt8(s % 2 * 4)
        for i in 0..<32 {
            let quant = byte(source, i) >> shift & 15 | (byte(highBits, i) >> UInt8(s) & 1) << 4
            target[s * 32 + i] = step * Float(quant) - offset
        }
    }
}

private func dequantizeQ6K(_ block: BlockSource, _ target: FloatTarget) {
    let (low, high, scales) = (block, block + 128, block + 192)
    let d = half(block + 208)
    for s in 0..<16 {
        let step = d * Float(Int8(bitPattern: byte(scales, s)))
        // Quarter q of half h: nibble q / 2 of 64 low bytes, bits 2q of 32 high bytes.
        let (h, q, start) = (s / 8, s % 8 / 2, s % 2 * 16)
        let lowSource = low + h * 64 + q % 2 * 32 + start
        let highSource = high + h * 32 + start
        let (lowShift, highShift) = (UInt8(q / 2 * 4), UInt8(q * 2))
        for i in 0..<16 {
            let quant = byte(lowSource, i) >> lowShift & 15 | (byte(highSource, i) >> highShift & 3) << 4
            target[s * 16 + i] = step * Float(Int32(quant) - 32)
        }
    }
}
