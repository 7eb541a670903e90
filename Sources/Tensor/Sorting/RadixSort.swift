/// Sorts rows by radix and returns the order of their positions.
struct RowSorter: ~Copyable {
    private let type: DType
    private let count: Int
    private let isPacked: Bool
    /// Keys, and as much room to move them to.
    private let packed: UnsafeMutablePointer<UInt64>
    private let wide: UnsafeMutablePointer<WideKey>

    /// Makes room for sorting rows of `count` elements.
    init(_ type: DType, count: Int) {
        self.type = type
        self.count = count
        isPacked = type.packsKeys(count: count)
        packed = .allocate(capacity: isPacked ? 2 * count : count)
        wide = .allocate(capacity: isPacked ? 0 : 2 * count)
    }

    deinit {
        packed.deallocate()
        wide.deallocate()
    }

    /// Writes the positions of a row's elements in sorted order; equal elements keep their order either way.
    func sort(_ row: UnsafeRawPointer, descending: Bool, order: UnsafeMutablePointer<Int64>) {
        if isPacked {
            fillPackedKeys(type, row, from: 0, count: count, descending: descending, packed)
            let sorted = sortPacked()
            for i in 0..<count { order[i] = Int64(sorted[i] & 0xFFFF_FFFF) }
        } else {
            fillWideKeys(type, row, from: 0, count: count, descending: descending, packed)
            for i in 0..<count { wide[i] = WideKey(key: packed[i], position: i) }
            let sorted = sortWide()
            for i in 0..<count { order[i] = Int64(sorted[i].position) }
        }
    }

    /// Below this many elements the counting tables cost more than they save.
    private static var smallCount: Int { 256 }

    private func sortPacked() -> UnsafeMutablePointer<UInt64> {
        if count < Self.smallCount {
            var keys = UnsafeMutableBufferPointer(start: packed, count: count)
            keys.sort()
            return packed
        }
        return withUnsafeTemporaryAllocation(of: Int.self, capacity: 4 * 256) { counts in
            counts.update(repeating: 0)
            let table = counts.baseAddress!
            for i in 0..<count {
                let key = packed[i]
                table[Int(truncatingIfNeeded: (key >> 32) & 255)] &+= 1
                table[256 &+ Int(truncatingIfNeeded: (key >> 40) & 255)] &+= 1
                table[512 &+ Int(truncatingIfNeeded: (key >> 48) & 255)] &+= 1
                table[768 &+ Int(truncatingIfNeeded: (key >> 56) & 255)] &+= 1
            }
            var (from, to) = (packed, packed + count)
            for digit in 0..<4 {
                let starts = table + 256 * digit
                let shift = UInt64(32 + 8 * digit)
                // All keys share this digit: nothing would move.
                if starts[Int(truncatingIfNeeded: (from[0] >> shift) & 255)] == count { continue }
                makeStarts(starts)
                for i in 0..<count {
                    let key = from[i]
                    let bucket = Int(truncatingIfNeeded: (key >> shift) & 255)
                    to[starts[bucket]] = key
                    starts[bucket] &+= 1
                }
                swap(&from, &to)
            }
            return from
        }
    }

    private func sortWide() -> UnsafeMutablePointer<WideKey> {
        if count < Self.smallCount {
            var keys = UnsafeMutableBufferPointer(start: wide, count: count)
            keys.sort()
            return wide
        }
        return withUnsafeTemporaryAllocation(of: Int.self, capacity: 8 * 256) { counts in
            counts.update(repeating: 0)
            let table = counts.baseAddress!
            for i in 0..<count {
                var key = wide[i].key
                for digit in 0..<8 {
                    table[256 &* digit &+ Int(truncatingIfNeeded: key & 255)] &+= 1
                    key >>= 8
                }
            }
            var (from, to) = (wide, wide + count)
            for digit in 0..<8 {
                let starts = table + 256 * digit
                let shift = UInt64(8 * digit)
                if starts[Int(truncatingIfNeeded: (from[0].key >> shift) & 255)] == count { continue }
                makeStarts(starts)
                for i in 0..<count {
                    let pair = from[i]
                    let bucket = Int(truncatingIfNeeded: (pair.key >> shift) & 255)
                    to[starts[bucket]] = pair
                    starts[bucket] &+= 1
                }
                swap(&from, &to)
            }
            return from
        }
    }

    /// Turns the number of keys in every bucket into the place of the bucket's first key.
    private func makeStarts(_ table: UnsafeMutablePointer<Int>) {
        var total = 0
        for bucket in 0..<256 {
            let size = table[bucket]
            table[bucket] = total
            total &+= size
        }
    }
}
