/// Damages good files at random, the same way for the same seed.
struct Mutator {
    private var random: Xorshift

    init(seed: UInt64) { random = Xorshift(state: seed &* 0x9E37_79B9_7F4A_7C15 | 1) }

    /// One of the files with one to four injuries: flipped bits, extreme bytes, cuts, insertions, doublings, and parts
    /// of another file.
    mutating func input(from files: [[UInt8]]) -> [UInt8] {
        var result = files.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...4, using: &random) where !result.isEmpty {
            let position = place(result.count)
            switch Int.random(in: 0..<8, using: &random) {
            case 0: result[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: result[position] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random)!
            case 2: result[position] = UInt8.random(in: 0...255, using: &random)
            case 3: for i in position..<min(position + 8, result.count) { result[i] = 0xFF }
            case 4:
                result.removeSubrange(position..<min(position + Int.random(in: 1...9, using: &random), result.count))
            case 5: result.insert(contentsOf: result[position..<min(position + 8, result.count)], at: position)
            case 6: result.removeLast(min(result.count, Int.random(in: 1...64, using: &random)))
            default:
                let other = files.randomElement(using: &random)!
                if other.isEmpty { continue }
                let start = place(other.count)
                result.insert(contentsOf: other[start..<min(start + 32, other.count)], at: position)
            }
        }
        return result
    }

    /// Headers stand at the start of files, directories at their end: half of the injuries go there.
    private mutating func place(_ count: Int) -> Int {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: Int.random(in: 0..<min(count, 160), using: &random)
        case 1: count - 1 - Int.random(in: 0..<min(count, 160), using: &random)
        default: Int.random(in: 0..<count, using: &random)
        }
    }
}

/// A small deterministic generator (Marsaglia, Xorshift RNGs, 2003).
private struct Xorshift: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
