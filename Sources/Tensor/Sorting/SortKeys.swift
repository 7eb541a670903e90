// Elements as unsigned integers of the same order. Sorting then knows one type only, and NaN and negative zero have
// their place: all NaNs are equal and above everything, both zeros are equal.

/// Writes `key << 32 | position` for elements of at most four bytes. Such words are all different, so that sorting them
/// by any method is stable.
///
/// - Parameter descending: whether the keys are complemented.
func fillPackedKeys(
    _ type: DType, _ source: UnsafeRawPointer, from start: Int, count: Int, descending: Bool,
    _ target: UnsafeMutablePointer<UInt64>
) {
    let flip: UInt32 = descending ? .max : 0
    @inline(__always)
    func fill<T>(_ type: T.Type, _ key: (T) -> UInt32) {
        let values = source.assumingMemoryBound(to: T.self) + start
        for i in 0..<count {
            target[i] = UInt64(key(values[i]) ^ flip) << 32 | UInt64(truncatingIfNeeded: start &+ i)
        }
    }
    switch type {
    case .bool, .uint8: fill(UInt8.self) { UInt32($0) }
    case .int8: fill(Int8.self) { UInt32(bitPattern: Int32($0)) ^ 0x8000_0000 }
    case .int16: fill(Int16.self) { UInt32(bitPattern: Int32($0)) ^ 0x8000_0000 }
    case .uint16: fill(UInt16.self) { UInt32($0) }
    case .int32: fill(Int32.self) { UInt32(bitPattern: $0) ^ 0x8000_0000 }
    case .uint32: fill(UInt32.self) { $0 }
    case .float16: fill(Float16.self) { orderedBits(Float($0)) }
    case .bfloat16: fill(UInt16.self) { orderedBits(Float(bitPattern: UInt32($0) << 16)) }
    case .float32: fill(Float.self) { orderedBits($0) }
    case .int64, .uint64, .float64: trap("sort keys of type \(type) do not fit in 32 bits")
    }
}

/// Writes keys of 64 bits for elements of any type.
func fillWideKeys(
    _ type: DType, _ source: UnsafeRawPointer, from start: Int, count: Int, descending: Bool,
    _ target: UnsafeMutablePointer<UInt64>
) {
    let flip: UInt64 = descending ? .max : 0
    @inline(__always)
    func fill<T>(_ type: T.Type, _ key: (T) -> UInt64) {
        let values = source.assumingMemoryBound(to: T.self) + start
        for i in 0..<count { target[i] = key(values[i]) ^ flip }
    }
    switch type {
    case .int64: fill(Int64.self) { UInt64(bitPattern: $0) ^ (1 << 63) }
    case .uint64: fill(UInt64.self) { $0 }
    case .float64: fill(Double.self) { orderedBits($0) }
    default:
        fillPackedKeys(type, source, from: start, count: count, descending: false, target)
        for i in 0..<count { target[i] = (target[i] >> 32) ^ flip }
    }
}

@inline(__always)
private func orderedBits(_ value: Float) -> UInt32 {
    if value != value { return .max }
    // Adding 0 turns -0 into +0.
    let bits = (value + 0).bitPattern
    return bits >> 31 == 1 ? ~bits : bits | 0x8000_0000
}

@inline(__always)
private func orderedBits(_ value: Double) -> UInt64 {
    if value != value { return .max }
    let bits = (value + 0).bitPattern
    return bits >> 63 == 1 ? ~bits : bits | (1 << 63)
}

extension DType {
    /// Whether the keys of `count` elements fit into words together with their positions.
    func packsKeys(count: Int) -> Bool { byteCount <= 4 && count <= Int(UInt32.max) }
}

/// A key of 64 bits with the position that it came from; the position breaks ties.
struct WideKey: Comparable, BitwiseCopyable {
    var key: UInt64
    var position: Int

    @inline(__always)
    static func < (lhs: WideKey, rhs: WideKey) -> Bool {
        lhs.key != rhs.key ? lhs.key < rhs.key : lhs.position < rhs.position
    }
}
