import Tensor

/// Grows trees on binned features, best leaf first, as LightGBM does (Ke et al., NeurIPS 2017).
///
/// Of two children the smaller one's histogram is summed up and the larger one's is the difference to their parent's.
final class HistogramTreeGrower {
    struct Settings: Sendable, Hashable {
        var maximumLeaves: Int
        var maximumDepth: Int?
        var minimumLeaf: Int
        var ridge: Double
        var learningRate: Double
    }

    /// A cut that has been found for a leaf.
    private struct Cut {
        var gain: Double = 0
        var feature: Int = -1
        var bin: Int = 0
        var sendsMissingLeft: Bool = false
        var left: SIMD2<Double> = .zero
        var leftCount: Int = 0
    }

    /// A leaf that may be cut further.
    private struct Leaf {
        let node: Int
        let range: Range<Int>
        let depth: Int
        let total: SIMD2<Double>
        var histogram: Histogram?
        var cut: Cut
    }

    /// The least curvature on each side of a cut.
    private static let leastCurvature: Double = 1e-3

    private let features: BinnedFeatures
    private let settings: Settings
    private let rows: UnsafeMutablePointer<Int32>
    private let moved: UnsafeMutablePointer<Int32>
    private var unused: [Histogram] = []

    /// The leaves of the last tree with the places of their rows.
    private(set) var leaves: [(node: Int, range: Range<Int>)] = []

    init(_ features: BinnedFeatures, _ settings: Settings) {
        self.features = features
        self.settings = settings
        rows = .allocate(capacity: max(features.rows, 1))
        moved = .allocate(capacity: max(features.rows, 1))
    }

    deinit {
        rows.deallocate()
        moved.deallocate()
    }

    /// The row at a place of the last tree's order.
    @inline(__always)
    func row(at place: Int) -> Int { Int(rows[place]) }

    /// Grows a tree along gradients and curvatures of the loss, one pair for each row.
    func grow(_ slopes: UnsafePointer<SIMD2<Float>>) -> DecisionTree {
        var total: SIMD2<Double> = .zero
        for row in 0..<features.rows {
            rows[row] = Int32(row)
            total += SIMD2<Double>(slopes[row])
        }
        var tree = DecisionTree(nodes: [], values: [], outputs: 1, featureCount: features.columns)
        func addNode(_ total: SIMD2<Double>, _ count: Int) -> Int {
            let position: Int = tree.nodes.count
            // The impurity is minus the gain in the loss that a constant has here, for each row.
            let merit: Double = total.x * total.x / (total.y + settings.ridge)
            tree.nodes.append(
                DecisionTree.Node(
                    feature: -1, threshold: 0, sendsMissingLeft: false, left: position, right: position,
                    cover: Double(count), impurity: -merit / Double(count)))
            tree.values.append(-settings.learningRate * total.x / (total.y + settings.ridge + Double.ulpOfOne))
            return position
        }
        var open: [Leaf] = []
        leaves = []
        var root = Leaf(
            node: addNode(total, features.rows), range: 0..<features.rows, depth: 0, total: total, histogram: nil,
            cut: Cut())
        var leafCount: Int = 1
        if mayBeCut(root) {
            let histogram: Histogram = takeHistogram()
            root.histogram = histogram
            root.cut = search(root, filling: histogram, slopes)
        }
        open.append(root)
        while leafCount < settings.maximumLeaves {
            var best: Int = -1
            for index in open.indices where open[index].cut.gain > (best < 0 ? 0 : open[best].cut.gain) { best = index }
            if best < 0 { break }
            let leaf: Leaf = open.remove(at: best)
            let cut: Cut = leaf.cut
            let middle: Int = partition(leaf.range, cut)
            leafCount += 1
            let rightCount: Int = leaf.range.count - cut.leftCount
            let left: Int = addNode(cut.left, cut.leftCount)
            let right: Int = addNode(leaf.total - cut.left, rightCount)
            tree.nodes[leaf.node].feature = cut.feature
            tree.nodes[leaf.node].threshold = threshold(of: cut)
            // A feature that misses no value here may miss one later: that goes with the majority.
            tree.nodes[leaf.node].sendsMissingLeft =
                features.hasMissing[cut.feature] ? cut.sendsMissingLeft : cut.leftCount > rightCount
            tree.nodes[leaf.node].left = left
            tree.nodes[leaf.node].right = right
            var children: [Leaf] = [
                Leaf(
                    node: left, range: leaf.range.lowerBound..<middle, depth: leaf.depth + 1, total: cut.left,
                    histogram: nil, cut: Cut()),
                Leaf(
                    node: right, range: middle..<leaf.range.upperBound, depth: leaf.depth + 1,
                    total: leaf.total - cut.left, histogram: nil, cut: Cut()),
            ]
            if leafCount < settings.maximumLeaves, let parent = leaf.histogram {
                searchChildren(&children, parent, slopes)
            } else if let histogram = leaf.histogram {
                unused.append(histogram)
            }
            open += children
        }
        for leaf in open {
            leaves.append((leaf.node, leaf.range))
            if let histogram = leaf.histogram { unused.append(histogram) }
        }
        return tree
    }

    private func takeHistogram() -> Histogram {
        unused.popLast() ?? Histogram(bins: features.offsets[features.columns])
    }

    private func mayBeCut(_ leaf: Leaf) -> Bool {
        leaf.range.count >= 2 * settings.minimumLeaf && leaf.depth < settings.maximumDepth ?? .max
            && leaf.total.y >= 2 * Self.leastCurvature
    }

    /// A cut at the last ordinary bin parts the missing values from the others.
    private func threshold(of cut: Cut) -> Double {
        let ends: [Double] = features.thresholds[cut.feature]
        return cut.bin < ends.count ? ends[cut.bin] : .infinity
    }

    /// Sums up a leaf's histogram and finds its best cut.
    private func search(_ leaf: Leaf, filling histogram: Histogram, _ slopes: UnsafePointer<SIMD2<Float>>) -> Cut {
        let own = UnsafeBufferPointer(start: rows + leaf.range.lowerBound, count: leaf.range.count)
        var cuts = [Cut](repeating: Cut(), count: features.groups.count)
        forEachGroup(rows: own.count, results: &cuts) { index, group in
            histogram.fill(features, group, own, slopes, total: leaf.total)
            return bestCut(leaf, histogram, group)
        }
        return Self.best(cuts)
    }

    /// Finds the best cuts of two children; the parent's histogram becomes the larger one's.
    private func searchChildren(
        _ children: inout [Leaf], _ parent: Histogram, _ slopes: UnsafePointer<SIMD2<Float>>
    ) {
        let small: Int = children[0].range.count <= children[1].range.count ? 0 : 1
        let (smaller, larger) = (children[small], children[1 - small])
        let (cutsSmaller, cutsLarger) = (mayBeCut(smaller), mayBeCut(larger))
        if !cutsSmaller, !cutsLarger {
            unused.append(parent)
            return
        }
        let own = UnsafeBufferPointer(start: rows + smaller.range.lowerBound, count: smaller.range.count)
        let histogram: Histogram = takeHistogram()
        var cuts = [(Cut, Cut)](repeating: (Cut(), Cut()), count: features.groups.count)
        forEachGroup(rows: 2 * own.count + 512, results: &cuts) { index, group in
            histogram.fill(features, group, own, slopes, total: smaller.total)
            if cutsLarger { parent.subtract(histogram, features, group) }
            return (
                cutsSmaller ? bestCut(smaller, histogram, group) : Cut(),
                cutsLarger ? bestCut(larger, parent, group) : Cut()
            )
        }
        children[small].cut = Self.best(cuts.map(\.0))
        children[1 - small].cut = Self.best(cuts.map(\.1))
        if children[small].cut.gain > 0 { children[small].histogram = histogram } else { unused.append(histogram) }
        if children[1 - small].cut.gain > 0 { children[1 - small].histogram = parent } else { unused.append(parent) }
    }

    /// Works on the groups of features, on several threads where there are enough rows.
    private func forEachGroup<Found>(
        rows: Int, results: inout [Found], _ body: (Int, BinnedFeatures.Group) -> Found
    ) {
        let groups: [BinnedFeatures.Group] = features.groups
        results.withUnsafeMutableBufferPointer { results in
            nonisolated(unsafe) let results = results
            withoutActuallyEscaping(body) { body in
                Parallelism.forEachPiece(of: groups.count, grain: rows < 256 ? groups.count : 1) { piece in
                    for index in piece { results[index] = body(index, groups[index]) }
                }
            }
        }
    }

    /// The first of the cuts with the highest gain.
    private static func best(_ cuts: [Cut]) -> Cut {
        var best = Cut()
        for cut in cuts where cut.gain > best.gain { best = cut }
        return best
    }

    /// The best cut of a leaf by the features of a group: the fall of the loss by two constants instead of one.
    ///
    /// Of equal cuts the first counts: of the lowest feature, with missing values on the right from the lowest bin up, then
    /// with missing values on the left from the highest bin down.
    private func bestCut(_ leaf: Leaf, _ histogram: Histogram, _ group: BinnedFeatures.Group) -> Cut {
        let ridge: Double = settings.ridge + 1e-15
        let least: Int = settings.minimumLeaf
        func loss(_ sum: SIMD2<Double>) -> Double { -sum.x / (sum.y + ridge) * sum.x }
        let base: Double = loss(leaf.total)
        var best = Cut()
        for feature in group.features {
            let sums = histogram.sums + features.offsets[feature]
            let counts = histogram.counts + features.offsets[feature]
            let ordinary: Int = features.thresholds[feature].count + 1
            func consider(_ left: SIMD2<Double>, _ leftCount: Int, bin: Int, sendsMissingLeft: Bool) {
                let gain: Double = base - loss(left) - loss(leaf.total - left)
                if gain > best.gain {
                    best = Cut(
                        gain: gain, feature: feature, bin: bin, sendsMissingLeft: sendsMissingLeft, left: left,
                        leftCount: leftCount)
                }
            }
            // The side that grows must be large enough, and the other one must still be.
            var side: SIMD2<Double> = .zero
            var sideCount: Int = 0
            for bin in 0..<ordinary where counts[bin] > 0 {
                side += sums[bin]
                sideCount &+= Int(counts[bin])
                if sideCount < least || side.y < Self.leastCurvature { continue }
                if leaf.range.count &- sideCount < least || leaf.total.y - side.y < Self.leastCurvature { break }
                consider(side, sideCount, bin: bin, sendsMissingLeft: false)
            }
            guard features.hasMissing[feature], counts[ordinary] > 0 else { continue }
            (side, sideCount) = (.zero, 0)
            for bin in stride(from: ordinary - 1, to: 0, by: -1) where counts[bin] > 0 {
                side += sums[bin]
                sideCount &+= Int(counts[bin])
                if sideCount < least || side.y < Self.leastCurvature { continue }
                let leftCount: Int = leaf.range.count &- sideCount
                if leftCount < least || leaf.total.y - side.y < Self.leastCurvature { break }
                consider(leaf.total - side, leftCount, bin: bin - 1, sendsMissingLeft: true)
            }
        }
        return best
    }

    /// Brings the left rows to the front, both sides in their order, and returns where the right ones begin.
    private func partition(_ range: Range<Int>, _ cut: Cut) -> Int {
        let missing: Int = features.hasMissing[cut.feature] ? features.thresholds[cut.feature].count + 1 : -1
        return features.bins.withUnsafeBufferPointer { bins in
            let column = bins.baseAddress! + cut.feature * features.rows
            var place: Int = range.lowerBound
            var movedCount: Int = 0
            for index in range {
                let row: Int32 = rows[index]
                let bin: Int = Int(column[Int(row)])
                let goesLeft: Bool = bin == missing ? cut.sendsMissingLeft : bin <= cut.bin
                if goesLeft {
                    rows[place] = row
                    place &+= 1
                } else {
                    moved[movedCount] = row
                    movedCount &+= 1
                }
            }
            for index in 0..<movedCount { rows[place &+ index] = moved[index] }
            return place
        }
    }
}
