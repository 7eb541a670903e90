/// The working memory of byte-pair merging, reused from word to word.
struct BPEScratch: ~Copyable {
    /// The symbols of a word: their token, their end in the word and, for a linked list, their neighbours.
    private var ids: UnsafeMutablePointer<Int32>
    private var ends: UnsafeMutablePointer<Int32>
    private var previous: UnsafeMutablePointer<Int32>
    private var next: UnsafeMutablePointer<Int32>
    /// The rank and the result of the pair that begins at each symbol.
    private var ranks: UnsafeMutablePointer<UInt32>
    private var results: UnsafeMutablePointer<Int32>
    private var capacity: Int
    private var heap: [UInt64] = []

    /// For looking up words that must be written differently.
    var text: [UInt8] = []

    /// Up to this many symbols a scan for the lowest rank is faster than a heap.
    private static let scanLimit = 48

    init() {
        capacity = 64
        ids = .allocate(capacity: capacity)
        ends = .allocate(capacity: capacity)
        previous = .allocate(capacity: capacity)
        next = .allocate(capacity: capacity)
        ranks = .allocate(capacity: capacity)
        results = .allocate(capacity: capacity)
    }

    deinit { free() }

    private func free() {
        ids.deallocate()
        ends.deallocate()
        previous.deallocate()
        next.deallocate()
        ranks.deallocate()
        results.deallocate()
    }

    /// Makes room for the symbols of a word of `count` bytes; what was there is lost.
    mutating func reserve(_ count: Int) {
        // A character with an affix may fall back to more symbols than it has bytes.
        let needed = 4 * count + 256
        if needed <= capacity { return }
        free()
        capacity = needed + needed / 2
        ids = .allocate(capacity: capacity)
        ends = .allocate(capacity: capacity)
        previous = .allocate(capacity: capacity)
        next = .allocate(capacity: capacity)
        ranks = .allocate(capacity: capacity)
        results = .allocate(capacity: capacity)
    }

    @inline(__always)
    func setSymbol(_ position: Int, _ id: Int32, _ end: Int) {
        ids[position] = id
        ends[position] = Int32(truncatingIfNeeded: end)
    }

    /// Merges the first `count` symbols and appends what is left.
    mutating func merge(_ count: Int, _ merges: borrowing MergeTable, into result: inout TokenBuffer) {
        if count <= BPEScratch.scanLimit {
            let left = mergeByScanning(count, merges)
            for position in 0..<left { result.append(ids[position], end: Int(ends[position])) }
        } else {
            mergeByHeap(count, merges)
            var position = 0
            while position >= 0 {
                result.append(ids[position], end: Int(ends[position]))
                position = Int(next[position])
            }
        }
    }

    private func lookUp(_ position: Int, _ left: Int32, _ right: Int32, _ merges: borrowing MergeTable) {
        if let merge = merges[left, right] {
            ranks[position] = merge.rank
            results[position] = merge.id
        } else {
            ranks[position] = .max
        }
    }

    /// Quadratic in the number of symbols, without allocation.
    private func mergeByScanning(_ symbolCount: Int, _ merges: borrowing MergeTable) -> Int {
        var count = symbolCount
        if count < 2 { return count }
        for position in 0..<count - 1 { lookUp(position, ids[position], ids[position + 1], merges) }
        while true {
            var best = 0
            var lowest = UInt32.max
            for position in 0..<count - 1 where ranks[position] < lowest {
                lowest = ranks[position]
                best = position
            }
            if lowest == .max { return count }
            ids[best] = results[best]
            ends[best] = ends[best + 1]
            count -= 1
            for position in best + 1..<max(count, best + 1) {
                ids[position] = ids[position + 1]
                ends[position] = ends[position + 1]
                ranks[position] = ranks[position + 1]
                results[position] = results[position + 1]
            }
            if best > 0 { lookUp(best - 1, ids[best - 1], ids[best], merges) }
            if best < count - 1 {
                lookUp(best, ids[best], ids[best + 1], merges)
            } else {
                if count < 2 { return count }
            }
        }
    }

    /// O(n log n): candidates in a heap by rank and then place, symbols in a linked list.
    private mutating func mergeByHeap(_ count: Int, _ merges: borrowing MergeTable) {
        heap.removeAll(keepingCapacity: true)
        for position in 0..<count {
            previous[position] = Int32(position - 1)
            next[position] = Int32(position == count - 1 ? -1 : position + 1)
            if position < count - 1 {
                lookUp(position, ids[position], ids[position + 1], merges)
                if ranks[position] != .max { heap.append(UInt64(ranks[position]) << 32 | UInt64(position)) }
            } else {
                ranks[position] = .max
            }
        }
        heap.makeHeap()
        while let top = heap.popLeast() {
            let position = Int(top & 0xFFFF_FFFF)
            // An entry is out of date if the pair has changed; a symbol that was merged away has no rank.
            if ranks[position] != UInt32(top >> 32) { continue }
            let right = Int(next[position])
            ids[position] = results[position]
            ends[position] = ends[right]
            next[position] = next[right]
            ranks[right] = .max
            if next[right] >= 0 {
                previous[Int(next[right])] = Int32(position)
                lookUp(position, ids[position], ids[Int(next[right])], merges)
                if ranks[position] != .max { heap.push(UInt64(ranks[position]) << 32 | UInt64(position)) }
            } else {
                ranks[position] = .max
            }
            let left = Int(previous[position])
            if left >= 0 {
                lookUp(left, ids[left], ids[position], merges)
                if ranks[left] != .max { heap.push(UInt64(ranks[left]) << 32 | UInt64(left)) }
            }
        }
    }
}

/// A heap of four children a node, the least element first: flatter, so fewer cache lines than with two.
extension [UInt64] {
    fileprivate mutating func makeHeap() {
        if count < 2 { return }
        for position in stride(from: (count - 2) / 4, through: 0, by: -1) { siftDown(position) }
    }

    fileprivate mutating func popLeast() -> UInt64? {
        guard let last = popLast() else { return nil }
        if isEmpty { return last }
        let least = self[0]
        self[0] = last
        siftDown(0)
        return least
    }

    fileprivate mutating func push(_ value: UInt64) {
        append(value)
        withUnsafeMutableBufferPointer { heap in
            var position = heap.count - 1
            while position > 0 {
                let parent = (position - 1) / 4
                if heap[parent] <= value { break }
                heap[position] = heap[parent]
                position = parent
            }
            heap[position] = value
        }
    }

    private mutating func siftDown(_ start: Int) {
        withUnsafeMutableBufferPointer { heap in
            let value = heap[start]
            var position = start
            while true {
                let first = 4 * position + 1
                if first >= heap.count { break }
                var least = first
                for child in first..<Swift.min(first + 4, heap.count) where heap[child] < heap[least] { least = child }
                if heap[least] >= value { break }
                heap[position] = heap[least]
                position = least
            }
            heap[position] = value
        }
    }
}
