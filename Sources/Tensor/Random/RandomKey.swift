import CKernels

/// A stream of random numbers that is a pure function of a key.
///
/// The generator is Philox-4x32-10 (Salmon et al., SC 2011): block `i` of the stream is computed from the key and `i`
/// alone, so any thread can make any part, and the same key always gives the same numbers. Draw different things from
/// different keys: ``split(_:)`` and ``folded(_:)`` make independent ones.
///
/// ```swift
/// let keys = RandomKey(seed: 7).split(2)
/// let weights = Tensor<Float>(randomNormal: [3, 4], key: keys[0])
/// ```
public struct RandomKey: Sendable, Hashable {
    /// The key of the block cipher.
    public let bits: UInt64

    /// Creates a key from a seed.
    public init(seed: UInt64) {
        bits = seed
    }

    /// Independent keys, the same for the same receiver.
    public func split(_ count: Int) -> [RandomKey] {
        (0..<count).map { folded($0) }
    }

    /// A key that depends on this one and a number, such as a layer's position or a step.
    public func folded(_ number: Int) -> RandomKey {
        // Streams use counters whose upper half is 0; deriving keys uses 1, so the two never meet.
        let words = RandomKey.block(key: bits, low: UInt64(bitPattern: Int64(number)), high: 1)
        return RandomKey(seed: UInt64(words.1) << 32 | UInt64(words.0))
    }

    /// One block of the cipher: four words from a key and a 128-bit counter.
    public static func block(key: UInt64, low: UInt64, high: UInt64) -> (UInt32, UInt32, UInt32, UInt32) {
        var words: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) {
            mk_random_words(key, low, high, 1, $0.baseAddress!.assumingMemoryBound(to: UInt32.self))
        }
        return words
    }
}

/// A position in the stream of a ``RandomKey``, for code that draws one number after another.
///
/// It is a value: saving it saves the state, and a copy repeats the same numbers.
public struct RandomGenerator: RandomNumberGenerator, Sendable, Hashable {
    /// The stream.
    public let key: RandomKey

    /// How many 64-bit numbers have been drawn.
    public private(set) var position: UInt64

    /// Creates a generator at the beginning of a stream.
    public init(key: RandomKey) {
        self.init(key: key, position: 0)
    }

    /// Creates a generator at the beginning of the stream of a seed.
    public init(seed: UInt64) {
        self.init(key: RandomKey(seed: seed))
    }

    /// Creates a generator at a position, as when a run resumes.
    public init(key: RandomKey, position: UInt64) {
        self.key = key
        self.position = position
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        // Upper counter half 2: apart from tensors (0) and derived keys (1).
        let words = RandomKey.block(key: key.bits, low: position / 2, high: 2)
        let result = position % 2 == 0 ? (words.0, words.1) : (words.2, words.3)
        position += 1
        return UInt64(result.1) << 32 | UInt64(result.0)
    }

    /// A fresh key for a tensor or a component.
    public mutating func nextKey() -> RandomKey { RandomKey(seed: next()) }

    /// A Double in [0, 1) with 53 random bits.
    public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// An integer in 0..<bound without bias; traps unless the bound is positive.
    public mutating func integer(below bound: Int) -> Int {
        guard bound > 0 else { trap("integer(below:): the bound \(bound) is not positive") }
        // Lemire's multiply-shift with rejection (arXiv 1805.10941); the standard library's choice of method may change.
        let range = UInt64(bound)
        var product = next().multipliedFullWidth(by: range)
        if product.low < range {
            let threshold = (0 &- range) % range
            while product.low < threshold { product = next().multipliedFullWidth(by: range) }
        }
        return Int(product.high)
    }

    /// A standard normal number.
    public mutating func normal() -> Double {
        let u = Double((next() >> 11) + 1) * 0x1p-53
        let v = uniform()
        return (-2 * mathLog(u)).squareRoot() * mathCos(2 * Double.pi * v)
    }

    /// The numbers 0..<count in random order (Fisher-Yates).
    public mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        var last = count - 1
        while last > 0 {
            order.swapAt(last, integer(below: last + 1))
            last -= 1
        }
        return order
    }
}
