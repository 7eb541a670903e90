// Rounding to blocks of 256 with scales of their own. The layouts are ggml's; the search for the scales is a least-squares
// fit of our own, so the bytes differ from those of llama.cpp's tools while the error is about theirs.

/// Multipliers to try beside the one that maps the widest element to the last step: rounding wastes less with some of them.
private let candidates: [Float] = (-9...9).map { Float($0) / 10 }

private func isFinite(_ source: UnsafePointer<Float>) -> Bool {
    (0..<256).allSatisfy { source[$0].isFinite }
}

/// Writes a block of NaN.
private func storeNaN(_ target: UnsafeMutableRawPointer, byteCount: Int, scalesAt offsets: [Int]) {
    target.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    for offset in offsets { target.storeBytes(of: Float16.nan.bitPattern, toByteOffset: offset, as: UInt16.self) }
}

/// The value as float16, stored, and as float32 again.
private func storeHalf(_ value: Float, _ target: UnsafeMutableRawPointer) -> Float {
    let half = Float16(value)
    target.storeBytes(of: half.bitPattern, as: UInt16.self)
    return Float(half)
}

/// The quotient, or 0 where it is not finite.
private func quotient(_ a: Float, _ b: Float) -> Float {
    let value = a / b
    return value.isFinite ? value : 0
}

@inline(__always)
private func rounded(_ value: Float, _ low: Float, _ high: Float) -> Float {
    min(max(value.rounded(.toNearestOrEven), low), high)
}

// MARK: - Q4_K

/// The step and the offset, not positive, with which `count` elements are best approximated by step q + offset for q in
/// 0...15, in the least-squares sense.
private func affineFit(_ x: UnsafePointer<Float>, _ count: Int) -> (step: Float, offset: Float) {
    var (low, high, sum) = (Float(0), x[0], Float(0))
    for i in 0..<count {
        low = min(low, x[i])
        high = max(high, x[i])
        sum += x[i]
    }
    guard high > low, (15 / (high - low)).isFinite else { return (0, low) }
    var best = (step: (high - low) / 15, offset: low)
    var least = Float.infinity
    for candidate in candidates {
        let inverse = (15 + candidate) / (high - low)
        var (sumQ, sumQQ, sumQX) = (Float(0), Float(0), Float(0))
        for i in 0..<count {
            let q = rounded((x[i] - low) * inverse, 0, 15)
            sumQ += q
            sumQQ += q * q
            sumQX += q * x[i]
        }
        let determinant = Float(count) * sumQQ - sumQ * sumQ
        guard determinant > 0 else { continue }
        var step = (Float(count) * sumQX - sumQ * sum) / determinant
        var offset = (sumQQ * sum - sumQ * sumQX) / determinant
        // The format has no positive offsets and no negative steps.
        if offset > 0 { (step, offset) = (sumQX / sumQQ, 0) }
        guard step > 0 else { continue }
        var error: Float = 0
        for i in 0..<count {
            let difference = step * rounded((x[i] - low) * inverse, 0, 15) + offset - x[i]
            error += difference * difference
        }
        if error < least { (least, best) = (error, (step, offset)) }
    }
    return best
}

/// Eight sub-blocks of 32: `d * scale * q - dmin * minimum` with 6-bit scales and minima.
func quantizeQ4K(_ source: UnsafePointer<Float>, _ target: UnsafeMutableRawPointer) {
    guard isFinite(source) else { return storeNaN(target, byteCount: 144, scalesAt: [0, 2]) }
    let fits = (0..<8).map { affineFit(source + 32 * $0, 32) }
    let d = storeHalf(fits.map(\.step).max()! / 63, target)
    let dMinimum = storeHalf(-fits.map(\.offset).min()! / 63, target + 2)
    let packed = (target + 4).initializeMemory(as: UInt8.self, repeating: 0, count: 12)
    let quants = (target + 16).initializeMemory(as: UInt8.self, repeating: 0, count: 128)
    for (s, fit) in fits.enumerated() {
        let scale = rounded(quotient(fit.step, d), 0, 63)
        let minimum = rounded(quotient(-fit.offset, dMinimum), 0, 63)
        let (scaleBits, minimumBits) = (UInt8(scale), UInt8(minimum))
        if s < 4 {
            packed[s] |= scaleBits
            packed[s + 4] |= minimumBits
        } else {
            packed[s + 4] = scaleBits & 15 | (minimumBits & 15) << 4
            packed[s - 4] |= (scaleBits >> 4) << 6
            packed[s] |= (minimumBits >> 4) << 6
        }
        let (step, offset) = (d * scale, dMinimum * minimum)
        for i in 0..<32 {
            let q = UInt8(rounded(quotient(source[32 * s + i] + offset, step), 0, 15))
            quants[s / 2 * 32 + i] |= s % 2 == 0 ? q : q << 4
        }
    }
}

// MARK: - Q6_K

/// The step with which `count` elements are best approximated by step q for q in -32...31, in the least-squares sense.
private func scaleFit(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
    var extreme: Float = 0
    for i in 0..<count where abs(x[i]) > abs(extreme) { extreme = x[i] }
    guard (32 / extreme).isFinite else { return 0 }
    var (best, most) = (extreme / -32, Float(0))
    for candidate in candidates {
        let inverse = (candidate - 32) / extreme
        var (sumQQ, sumQX) = (Float(0), Float(0))
        for i in 0..<count {
            let q = rounded(x[i] * inverse, -32, 31)
            sumQQ += q * q
            sumQX += q * x[i]
        }
        // The error falls by sumQX^2 / sumQQ with the best step for these q.
        guard sumQQ > 0, sumQX * sumQX > most * sumQQ else { continue }
        (best, most) = (sumQX / sumQQ, sumQX * sumQX / sumQQ)
    }
    return best
}

/// Sixteen sub-blocks of 16: `d * scale * (q - 32)` with 8-bit scales.
func quantizeQ6K(_ source: UnsafePointer<Float>, _ target: UnsafeMutableRawPointer) {
    guard isFinite(source) else { return storeNaN(target, byteCount: 210, scalesAt: [208]) }
    let steps = (0..<16).map { scaleFit(source + 16 * $0, 16) }
    var widest: Float = 0
    for step in steps where abs(step) > abs(widest) { widest = step }
    let d = storeHalf(widest / -128, target + 208)
    let low = target.initializeMemory(as: UInt8.self, repeating: 0, count: 128)
    let high = (target + 128).initializeMemory(as: UInt8.self, repeating: 0, count: 64)
    for (s, wanted) in steps.enumerated() {
        let scale = rounded(quotient(wanted, d), -128, 127)
        target.storeBytes(of: Int8(scale), toByteOffset: 192 + s, as: Int8.self)
        // Quarter q of half h, as in dequantizeQ6K.
        let (h, q, start) = (s / 8, s % 8 / 2, s % 2 * 16)
        for i in 0..<16 {
            let value = UInt8(rounded(quotient(source[16 * s + i], d * scale), -32, 31) + 32)
            low[h * 64 + q % 2 * 32 + start + i] |= (value & 15) << UInt8(q / 2 * 4)
            high[h * 32 + start + i] |= (value >> 4) << UInt8(q * 2)
        }
    }
}
