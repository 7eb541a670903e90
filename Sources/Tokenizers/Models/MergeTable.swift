/// Which pairs of tokens merge, in which order, into what: open addressing over packed pairs.
struct MergeTable: Sendable {
    /// A pair's place in the order and what it becomes.
    struct Merge {
        let rank: UInt32
        let id: Int32
    }

    /// Key and value side by side; a free slot has the key `free`.
    private var slots: [(key: UInt64, value: UInt64)]
    private let shift: UInt64

    private static let free = UInt64.max

    /// Creates a table of merges in their order; of several merges of one pair the last counts.
    ///
    /// One tight loop, so that the cache misses of neighbouring insertions overlap.
    init(_ merges: [(left: Int32, right: Int32, rank: UInt32, id: Int32)]) {
        var bits: UInt64 = 4
        while 1 << bits < 2 * merges.count { bits += 1 }
        let shift = 64 - bits
        self.shift = shift
        slots = Array(repeating: (MergeTable.free, 0), count: 1 << bits)
        slots.withUnsafeMutableBufferPointer { slots in
            for merge in merges {
                let key = MergeTable.key(merge.left, merge.right)
                var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift)
                while slots[slot].key != key, slots[slot].key != MergeTable.free {
                    slot = (slot + 1) & (slots.count - 1)
                }
                slots[slot] = (key, UInt64(merge.rank) << 32 | UInt64(UInt32(bitPattern: merge.id)))
            }
        }
    }

    /// All merges by their rank.
    var ordered: [(left: Int32, right: Int32, merge: Merge)] {
        slots.filter { $0.key != MergeTable.free }.map { key, value in
            (
                Int32(truncatingIfNeeded: key >> 32), Int32(truncatingIfNeeded: key),
                Merge(rank: UInt32(truncatingIfNeeded: value >> 32), id: Int32(truncatingIfNeeded: value))
            )
        }.sorted { ($0.merge.rank, $0.left, $0.right) < ($1.merge.rank, $1.left, $1.right) }
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
