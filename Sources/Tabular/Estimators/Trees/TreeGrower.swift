import Tensor

/// Grows trees one after another on the same ranked features: depth first, every node cut where it is best for it.
///
/// One thread uses a grower at a time; a node's features may be searched by several.
final class TreeGrower {
    private let ranks: FeatureRanks
    private let target: TreeTarget
    private let settings: TreeSettings
    private let searches: [CutSearch]
    /// Whether features are looked at in drawn order, so that chance decides between equal ones.
    private let drawsOrder: Bool
    private let capacity: Int
    private var node: NodeRows
    private var featureOrder: [Int]

    /// The leaves of the last tree, each with the place of its rows in ``rows``.
    private(set) var leaves: [(node: Int, range: Range<Int>)] = []

    init(ranks: FeatureRanks, target: TreeTarget, settings: TreeSettings, drawsOrder: Bool = false) {
        self.ranks = ranks
        self.target = target
        self.settings = settings
        self.drawsOrder = drawsOrder || settings.features.count(of: ranks.columns) < ranks.columns
        let isWide: Bool = !self.drawsOrder && settings.cuts == .best && ranks.columns > 1
        searches = (0..<(isWide ? min(ranks.columns, 16) : 1)).map { _ in CutSearch(ranks: ranks, target: target) }
        capacity = max(ranks.rows, 1)
        node = NodeRows(
            rows: .allocate(capacity: capacity), weights: .allocate(capacity: capacity),
            labels: .allocate(capacity: capacity), numbers: .allocate(capacity: capacity))
        featureOrder = Array(0..<ranks.columns)
    }

    deinit {
        node.rows.deallocate()
        node.weights.deallocate()
        node.labels.deallocate()
        node.numbers.deallocate()
    }

    /// The row at a place of the last tree's order.
    func row(at place: Int) -> Int { Int(node.rows[place]) }

    private struct Pending {
        let range: Range<Int>
        let depth: Int
        let parent: Int
        let isLeft: Bool
    }

    /// Grows a tree on the rows of positive weight.
    ///
    /// - Parameter numbers: The targets of numbers where they change from tree to tree.
    func grow(
        weights: [Double], numbers: [Double]? = nil, using generator: inout RandomGenerator
    ) -> DecisionTree {
        let count: Int = load(weights, numbers)
        var tree = DecisionTree(nodes: [], values: [], outputs: target.outputs, featureCount: ranks.columns)
        leaves = []
        featureOrder = Array(0..<ranks.columns)
        let sums = UnsafeMutablePointer<Double>.allocate(capacity: target.slots)
        defer { sums.deallocate() }
        var stack: [Pending] = [Pending(range: 0..<count, depth: 0, parent: -1, isLeft: false)]
        while let next = stack.popLast() {
            let squares: Double = sum(next.range, into: sums)
            let impurity: Double = target.impurity(sums, squares: squares)
            let position: Int = tree.nodes.count
            tree.nodes.append(
                DecisionTree.Node(
                    feature: -1, threshold: 0, sendsMissingLeft: false, left: position, right: position,
                    cover: target.weight(sums), impurity: impurity))
            appendValues(sums, to: &tree.values)
            if next.parent >= 0 {
                if next.isLeft {
                    tree.nodes[next.parent].left = position
                } else {
                    tree.nodes[next.parent].right = position
                }
            }
            let mayGrow: Bool =
                next.range.count >= max(settings.minimumSplit, 2 * settings.minimumLeaf)
                && next.depth < settings.maximumDepth ?? .max && impurity > Double.ulpOfOne
            guard mayGrow, let cut = findCut(next.range, sums, &generator) else {
                leaves.append((position, next.range))
                continue
            }
            tree.nodes[position].feature = cut.feature
            tree.nodes[position].threshold = cut.threshold
            let middle: Int = partition(next.range, cut)
            stack.append(
                Pending(
                    range: middle..<next.range.upperBound, depth: next.depth + 1, parent: position, isLeft: false))
            stack.append(
                Pending(range: next.range.lowerBound..<middle, depth: next.depth + 1, parent: position, isLeft: true))
        }
        return tree
    }

    private func load(_ weights: [Double], _ numbers: [Double]?) -> Int {
        var count: Int = 0
        for row in 0..<ranks.rows where weights[row] > 0 {
            node.rows[count] = Int32(row)
            node.weights[count] = weights[row]
            if target.kind == .numbers {
                node.numbers[count] = numbers?[row] ?? target.numbers[row]
            } else {
                node.labels[count] = target.labels[row]
            }
            count += 1
        }
        return count
    }

    /// Adds up a node's rows and returns the weighted sum of squares of numbers.
    private func sum(_ range: Range<Int>, into sums: UnsafeMutablePointer<Double>) -> Double {
        for slot in 0..<target.slots { sums[slot] = 0 }
        var squares: Double = 0
        if target.kind == .numbers {
            for place in range {
                let (weight, number) = (node.weights[place], node.numbers[place])
                sums[0] += weight
                sums[1] += weight * number
                squares += weight * number * number
            }
        } else {
            for place in range { sums[Int(node.labels[place])] += node.weights[place] }
        }
        return squares
    }

    private func appendValues(_ sums: UnsafePointer<Double>, to values: inout [Double]) {
        if target.kind == .numbers {
            values.append(sums[1] / sums[0])
        } else {
            let total: Double = target.weight(sums)
            for slot in 0..<target.slots { values.append(sums[slot] / total) }
        }
    }

    private func findCut(
        _ range: Range<Int>, _ sums: UnsafePointer<Double>, _ generator: inout RandomGenerator
    ) -> Cut? {
        if searches.count > 1 { return findCutAmongAll(range, sums) }
        let wanted: Int = settings.features.count(of: ranks.columns)
        var best: Cut?
        for visited in 0..<ranks.columns {
            if visited >= wanted, best != nil { break }
            if drawsOrder {
                let other: Int = visited + generator.integer(below: ranks.columns - visited)
                featureOrder.swapAt(visited, other)
            }
            let random: Double? = settings.cuts == .random ? generator.uniform() : nil
            let cut: Cut? = searches[0].best(
                featureOrder[visited], node, range, total: sums, minimumLeaf: settings.minimumLeaf, random: random)
            if let cut, best.map({ cut.merit > $0.merit }) ?? true { best = cut }
        }
        return best
    }

    /// The best cut over all features, searched block by block on several threads; the first feature wins a tie.
    private func findCutAmongAll(_ range: Range<Int>, _ sums: UnsafePointer<Double>) -> Cut? {
        let blocks: Int = searches.count
        var cuts = [Cut?](repeating: nil, count: blocks)
        let columns: Int = ranks.columns
        let grain: Int = range.count * columns < 1 << 14 ? blocks : 1
        cuts.withUnsafeMutableBufferPointer { cuts in
            nonisolated(unsafe) let cuts = cuts
            Parallelism.forEachPiece(of: blocks, grain: grain) { piece in
                for block in piece {
                    for feature in block * columns / blocks..<(block + 1) * columns / blocks {
                        let cut: Cut? = searches[block].best(
                            feature, node, range, total: sums, minimumLeaf: settings.minimumLeaf, random: nil)
                        if let cut, cuts[block].map({ cut.merit > $0.merit }) ?? true { cuts[block] = cut }
                    }
                }
            }
        }
        var best: Cut?
        for case let cut? in cuts where best.map({ cut.merit > $0.merit }) ?? true { best = cut }
        return best
    }

    /// Brings a node's left rows to the front and returns where the right ones begin.
    private func partition(_ range: Range<Int>, _ cut: Cut) -> Int {
        ranks.ranks.withUnsafeBufferPointer { buffer in
            let column = buffer.baseAddress! + cut.feature * ranks.rows
            var (low, high) = (range.lowerBound, range.upperBound)
            let isNumeric: Bool = target.kind == .numbers
            while low < high {
                if Int(column[Int(node.rows[low])]) <= cut.lowerRank {
                    low += 1
                    continue
                }
                high -= 1
                swap(&node.rows[low], &node.rows[high])
                swap(&node.weights[low], &node.weights[high])
                if isNumeric {
                    swap(&node.numbers[low], &node.numbers[high])
                } else {
                    swap(&node.labels[low], &node.labels[high])
                }
            }
            return low
        }
    }
}
