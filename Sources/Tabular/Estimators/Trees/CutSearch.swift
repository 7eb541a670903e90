import Glibc

func base2Logarithm(_ x: Double) -> Double { log2(x) }

/// The rows of a tree that is growing, in an order in which every node's rows lie together.
struct NodeRows {
    let rows: UnsafeMutablePointer<Int32>
    let weights: UnsafeMutablePointer<Double>
    /// The class of each row, in the same order.
    let labels: UnsafeMutablePointer<Int32>
    /// The number of each row, in the same order.
    let numbers: UnsafeMutablePointer<Double>
}

/// A place to cut a node's rows: those of the lower ranks of a feature go left.
struct Cut {
    var feature: Int
    /// The highest rank that goes left.
    var lowerRank: Int
    var threshold: Double
    var merit: Double
}

/// Finds the best cut of a node by one feature: sums rows by rank, then goes through the ranks that occur.
///
/// Where ranks are few compared with rows, sums are found by counting and the ranks that occur by a bitmap, else by
/// sorting; both are exact.
final class CutSearch {
    private let ranks: FeatureRanks
    private let target: TreeTarget
    private let slots: Int
    /// Sums by rank, zero between searches: `[rank, slots]`.
    private let sums: UnsafeMutablePointer<Double>
    private let sumCount: Int
    private let counts: UnsafeMutablePointer<Int32>
    /// The ranks that occur, one bit each, zero between searches.
    private let bitmap: UnsafeMutablePointer<UInt64>
    private let nodeRanks: UnsafeMutablePointer<UInt32>
    private var keys: [UInt64] = []
    /// The ranks that occur in a node, ascending, with their sums and their numbers of rows.
    private let groupRanks: UnsafeMutablePointer<Int>
    private let groupSums: UnsafeMutablePointer<Double>
    private let groupCounts: UnsafeMutablePointer<Int32>
    private let left: UnsafeMutablePointer<Double>
    private let right: UnsafeMutablePointer<Double>

    init(ranks: FeatureRanks, target: TreeTarget) {
        self.ranks = ranks
        self.target = target
        slots = target.slots
        let most: Int = ranks.distinct.reduce(1) { max($0, $1.count) }
        sumCount = most * slots
        sums = .allocate(capacity: sumCount)
        sums.initialize(repeating: 0, count: sumCount)
        counts = .allocate(capacity: most)
        counts.initialize(repeating: 0, count: most)
        bitmap = .allocate(capacity: most / 64 + 1)
        bitmap.initialize(repeating: 0, count: most / 64 + 1)
        nodeRanks = .allocate(capacity: max(ranks.rows, 1))
        groupRanks = .allocate(capacity: most)
        groupSums = .allocate(capacity: sumCount)
        groupCounts = .allocate(capacity: most)
        left = .allocate(capacity: slots)
        right = .allocate(capacity: slots)
    }

    deinit {
        sums.deallocate()
        counts.deallocate()
        bitmap.deallocate()
        nodeRanks.deallocate()
        groupRanks.deallocate()
        groupSums.deallocate()
        groupCounts.deallocate()
        left.deallocate()
        right.deallocate()
    }

    /// The best cut of a node's rows by a feature; nil if they all have one value or no cut leaves enough on each side.
    ///
    /// - Parameters:
    ///   - total: The sums of the node's rows.
    ///   - random: Draws the place of the cut instead: a number in 0..<1.
    func best(
        _ feature: Int, _ node: NodeRows, _ range: Range<Int>, total: UnsafePointer<Double>, minimumLeaf: Int,
        random: Double?
    ) -> Cut? {
        let n: Int = range.count
        let (lowest, highest) = gather(feature, node, range)
        if lowest == highest { return nil }
        if let random {
            return randomCut(feature, node, range, lowest, highest, random, total: total, minimumLeaf: minimumLeaf)
        }
        let words: Int = highest / 64 - lowest / 64 + 1
        let groups: Int
        if n > 12, words <= 2 * n + 64 {
            groups = countRanks(node, range, lowest, highest)
        } else {
            groups = sortRanks(node, range)
        }
        return scan(feature, groups: groups, rows: n, total: total, minimumLeaf: minimumLeaf)
    }

    /// Collects the ranks of a node's rows.
    private func gather(_ feature: Int, _ node: NodeRows, _ range: Range<Int>) -> (lowest: Int, highest: Int) {
        ranks.ranks.withUnsafeBufferPointer { buffer in
            let column = buffer.baseAddress! + feature * ranks.rows
            let rows = node.rows + range.lowerBound
            var lowest: UInt32 = .max
            var highest: UInt32 = 0
            for i in 0..<range.count {
                let rank: UInt32 = column[Int(rows[i])]
                nodeRanks[i] = rank
                lowest = min(lowest, rank)
                highest = max(highest, rank)
            }
            return (Int(lowest), Int(highest))
        }
    }

    @inline(__always)
    private func add(_ node: NodeRows, _ position: Int, to sums: UnsafeMutablePointer<Double>) {
        let weight: Double = node.weights[position]
        if target.kind == .numbers {
            sums[0] += weight
            sums[1] += weight * node.numbers[position]
        } else {
            sums[Int(node.labels[position])] += weight
        }
    }

    private func countRanks(_ node: NodeRows, _ range: Range<Int>, _ lowest: Int, _ highest: Int) -> Int {
        let start: Int = range.lowerBound
        if target.kind == .numbers {
            for i in 0..<range.count {
                let rank: Int = Int(nodeRanks[i])
                let weight: Double = node.weights[start &+ i]
                sums[2 &* rank] += weight
                sums[2 &* rank &+ 1] += weight * node.numbers[start &+ i]
                counts[rank] &+= 1
                bitmap[rank >> 6] |= 1 << UInt64(rank & 63)
            }
        } else {
            for i in 0..<range.count {
                let rank: Int = Int(nodeRanks[i])
                sums[slots &* rank &+ Int(node.labels[start &+ i])] += node.weights[start &+ i]
                counts[rank] &+= 1
                bitmap[rank >> 6] |= 1 << UInt64(rank & 63)
            }
        }
        var groups: Int = 0
        for word in lowest >> 6...highest >> 6 {
            var bits: UInt64 = bitmap[word]
            if bits == 0 { continue }
            bitmap[word] = 0
            while bits != 0 {
                let rank: Int = word << 6 | bits.trailingZeroBitCount
                bits &= bits &- 1
                groupRanks[groups] = rank
                groupCounts[groups] = counts[rank]
                counts[rank] = 0
                for slot in 0..<slots {
                    groupSums[groups &* slots &+ slot] = sums[rank &* slots &+ slot]
                    sums[rank &* slots &+ slot] = 0
                }
                groups &+= 1
            }
        }
        return groups
    }

    private func sortRanks(_ node: NodeRows, _ range: Range<Int>) -> Int {
        let n: Int = range.count
        if keys.count < n { keys = [UInt64](repeating: 0, count: max(n, 64)) }
        return keys.withUnsafeMutableBufferPointer { keys in
            for i in 0..<n {
                let key: UInt64 = UInt64(nodeRanks[i]) << 32 | UInt64(i)
                if n > 12 {
                    keys[i] = key
                    continue
                }
                var place: Int = i
                while place > 0, keys[place &- 1] > key {
                    keys[place] = keys[place &- 1]
                    place &-= 1
                }
                keys[place] = key
            }
            if n > 12 { keys[..<n].sort() }
            var groups: Int = 0
            var last: UInt64 = .max
            for i in 0..<n {
                let rank: UInt64 = keys[i] >> 32
                if rank != last {
                    last = rank
                    groupRanks[groups] = Int(rank)
                    groupCounts[groups] = 0
                    for slot in 0..<slots { groupSums[groups &* slots &+ slot] = 0 }
                    groups &+= 1
                }
                groupCounts[groups &- 1] &+= 1
                let position: Int = range.lowerBound &+ Int(keys[i] & 0xFFFF_FFFF)
                add(node, position, to: groupSums + (groups &- 1) &* slots)
            }
            return groups
        }
    }

    private func scan(
        _ feature: Int, groups: Int, rows: Int, total: UnsafePointer<Double>, minimumLeaf: Int
    ) -> Cut? {
        var best: Double = -.infinity
        var bestGroup: Int = -1
        var leftCount: Int = 0
        if slots == 2, target.kind != .classes(.entropy) {
            // The two common cases without a loop over slots.
            let isNumeric: Bool = target.kind == .numbers
            var (a, b): (Double, Double) = (0, 0)
            let (totalA, totalB) = (total[0], total[1])
            for group in 0..<groups &- 1 {
                a += groupSums[2 &* group]
                b += groupSums[2 &* group &+ 1]
                leftCount &+= Int(groupCounts[group])
                if leftCount < minimumLeaf || rows &- leftCount < minimumLeaf { continue }
                let (c, d) = (totalA - a, totalB - b)
                let merit: Double =
                    isNumeric ? b * b / a + d * d / c : (a * a + b * b) / (a + b) + (c * c + d * d) / (c + d)
                if merit > best { (best, bestGroup) = (merit, group) }
            }
        } else {
            for slot in 0..<slots { left[slot] = 0 }
            for group in 0..<groups &- 1 {
                for slot in 0..<slots {
                    left[slot] += groupSums[group &* slots &+ slot]
                    right[slot] = total[slot] - left[slot]
                }
                leftCount &+= Int(groupCounts[group])
                if leftCount < minimumLeaf || rows &- leftCount < minimumLeaf { continue }
                let merit: Double = target.merit(left) + target.merit(right)
                if merit > best { (best, bestGroup) = (merit, group) }
            }
        }
        if bestGroup < 0 { return nil }
        let lower: Int = groupRanks[bestGroup]
        return Cut(
            feature: feature, lowerRank: lower,
            threshold: ranks.threshold(feature, lower, groupRanks[bestGroup &+ 1]), merit: best)
    }

    private func randomCut(
        _ feature: Int, _ node: NodeRows, _ range: Range<Int>, _ lowest: Int, _ highest: Int, _ random: Double,
        total: UnsafePointer<Double>, minimumLeaf: Int
    ) -> Cut? {
        let distinct: [Double] = ranks.distinct[feature]
        let (smallest, largest) = (distinct[lowest], distinct[highest])
        let drawn: Double = smallest + random * (largest - smallest)
        let threshold: Double = drawn < largest ? drawn : smallest
        var (low, high) = (lowest, highest - 1)
        while low < high {
            let middle: Int = (low + high + 1) / 2
            if distinct[middle] <= threshold { low = middle } else { high = middle - 1 }
        }
        for slot in 0..<slots { left[slot] = 0 }
        var leftCount: Int = 0
        for i in 0..<range.count where Int(nodeRanks[i]) <= low {
            add(node, range.lowerBound + i, to: left)
            leftCount += 1
        }
        if leftCount < minimumLeaf || range.count - leftCount < minimumLeaf { return nil }
        for slot in 0..<slots { right[slot] = total[slot] - left[slot] }
        return Cut(
            feature: feature, lowerRank: low, threshold: threshold, merit: target.merit(left) + target.merit(right))
    }
}
