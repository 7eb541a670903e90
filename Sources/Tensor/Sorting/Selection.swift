/// Finds the first few of a row's elements in sorted order without sorting the rest.
struct RowSelector: ~Copyable {
    private let type: DType
    private let count: Int
    private let wanted: Int
    private let isPacked: Bool
    private let capacity: Int
    private let packed: UnsafeMutablePointer<UInt64>
    private let wide: UnsafeMutablePointer<WideKey>
    /// Keys of the part of the row that is being looked at; small enough for the first cache.
    private let chunk: UnsafeMutablePointer<UInt64>
    private static var chunkSize: Int { 1024 }

    /// Makes room for selecting `wanted` elements, at least 1, of rows of `count`.
    init(_ type: DType, count: Int, wanted: Int) {
        self.type = type
        self.count = count
        self.wanted = wanted
        isPacked = type.packsKeys(count: count)
        // Candidates collect until there are twice as many as wanted: then half of them can be dropped at once.
        capacity = wanted + max(wanted, 128)
        packed = .allocate(capacity: isPacked ? capacity : 0)
        wide = .allocate(capacity: isPacked ? 0 : capacity)
        chunk = .allocate(capacity: Self.chunkSize)
    }

    deinit {
        packed.deallocate()
        wide.deallocate()
        chunk.deallocate()
    }

    /// Writes the positions of the largest or smallest elements; of equal ones the lowest positions.
    ///
    /// - Parameter sorted: whether they come in order, the extreme first; else they come by position.
    func select(
        _ row: UnsafeRawPointer, largest: Bool, sorted: Bool, positions: UnsafeMutablePointer<Int64>
    ) {
        if isPacked {
            selectPacked(row, largest)
            var best = UnsafeMutableBufferPointer(start: packed, count: wanted)
            if sorted {
                best.sort()
            } else {
                for i in 0..<wanted { best[i] &= 0xFFFF_FFFF }
                best.sort()
            }
            for i in 0..<wanted { positions[i] = Int64(best[i] & 0xFFFF_FFFF) }
        } else {
            selectWide(row, largest)
            var best = UnsafeMutableBufferPointer(start: wide, count: wanted)
            if !sorted { for i in 0..<wanted { best[i].key = 0 } }
            best.sort()
            for i in 0..<wanted { positions[i] = Int64(best[i].position) }
        }
    }

    private func selectPacked(_ row: UnsafeRawPointer, _ largest: Bool) {
        var filled = 0
        var threshold = UInt64.max
        var start = 0
        while start < count {
            let size = min(Self.chunkSize, count - start)
            fillPackedKeys(type, row, from: start, count: size, descending: largest, chunk)
            for i in 0..<size where chunk[i] <= threshold {
                packed[filled] = chunk[i]
                filled &+= 1
                if filled == capacity {
                    partitionSmallest(packed, filled, wanted)
                    threshold = packed[wanted - 1]
                    filled = wanted
                }
            }
            start += size
        }
        partitionSmallest(packed, filled, wanted)
    }

    private func selectWide(_ row: UnsafeRawPointer, _ largest: Bool) {
        var filled = 0
        var threshold = UInt64.max
        var start = 0
        while start < count {
            let size = min(Self.chunkSize, count - start)
            fillWideKeys(type, row, from: start, count: size, descending: largest, chunk)
            for i in 0..<size where chunk[i] <= threshold {
                wide[filled] = WideKey(key: chunk[i], position: start &+ i)
                filled &+= 1
                if filled == capacity {
                    partitionSmallest(wide, filled, wanted)
                    threshold = wide[wanted - 1].key
                    filled = wanted
                }
            }
            start += size
        }
        partitionSmallest(wide, filled, wanted)
    }
}

/// Moves the `wanted` smallest of `count` different values to the front, the largest of them last (Hoare's FIND with the
/// median of three as pivot).
private func partitionSmallest<Key: Comparable & BitwiseCopyable>(
    _ keys: UnsafeMutablePointer<Key>, _ count: Int, _ wanted: Int
) {
    let target = wanted - 1
    var low = 0
    var high = count - 1
    while low < high {
        let middle = low &+ (high &- low) / 2
        if keys[middle] < keys[low] { exchange(keys, middle, low) }
        if keys[high] < keys[low] { exchange(keys, high, low) }
        if keys[high] < keys[middle] { exchange(keys, high, middle) }
        let pivot = keys[middle]
        var (i, j) = (low, high)
        while i <= j {
            while keys[i] < pivot { i &+= 1 }
            while pivot < keys[j] { j &-= 1 }
            if i <= j {
                exchange(keys, i, j)
                i &+= 1
                j &-= 1
            }
        }
        if target <= j {
            high = j
        } else if target >= i {
            low = i
        } else {
            return
        }
    }
}

@inline(__always)
private func exchange<Key: BitwiseCopyable>(_ keys: UnsafeMutablePointer<Key>, _ a: Int, _ b: Int) {
    let key = keys[a]
    keys[a] = keys[b]
    keys[b] = key
}
