/// Which pairs of tokens merge, in which order, into what: open addressing over packed pairs.
struct MergeTable: Sendable {
    /// A pair's place in the order and what it becomes.
    struct Merge {
        let rank: UInt32
        let id: Int32
    }

    /// Key and value side by side; a free slot has the key `free`.
    private var slots: [(key: UInt64, value: UInt64)]
    private var shift: UInt64
    private var count = 0

    private static let free = UInt64.max

    /// Creates a table that grows when it holds more than `capacity` pairs.
    init(capacity: Int) {
        var bits: UInt64 = 4
        while 1 << bits < 2 * capacity { bits += 1 }
        shift = 64 - bits
        slots = Array(repeating: (MergeTable.free, 0), count: 1 << bits)
    }

    @inline(__always)
    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// The slot that holds a key, or the free one where it belongs.
    @inline(__always)
    private func slot(_ key: UInt64) -> Int {
        slots.withUnsafeBufferPointer { slots in
            var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift)
            while slots[slot].key != key, slots[slot].key != MergeTable.free { slot = (slot + 1) & (slots.count - 1) }
            return slot
        }
    }

    /// Adds or replaces the merge of a pair, as the last line of a file wins.
    mutating func insert(_ left: Int32, _ right: Int32, rank: UInt32, id: Int32) {
        if 2 * (count + 1) > slots.count { grow() }
        let key = MergeTable.key(left, right)
        let slot = slot(key)
        if slots[slot].key == MergeTable.free { count += 1 }
        slots[slot] = (key, UInt64(rank) << 32 | UInt64(UInt32(bitPattern: id)))
    }

    private mutating func grow() {
        let old = slots
        shift -= 1
        slots = Array(repeating: (MergeTable.free, 0), count: 2 * old.count)
        for entry in old where entry.key != MergeTable.free { slots[slot(entry.key)] = entry }
    }

    /// The merge of a pair, or nil.
    @inline(__always)
    subscript(left: Int32, right: Int32) -> Merge? {
        let key = MergeTable.key(left, right)
        let found = slots[slot(key)]
        if found.key != key { return nil }
        return Merge(
            rank: UInt32(truncatingIfNeeded: found.value >> 32), id: Int32(truncatingIfNeeded: found.value))
    }
}
