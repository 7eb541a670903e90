/// A binary tree of threshold questions with values at its leaves.
///
/// ```swift
/// let fitted = try DecisionTreeClassifier(maximumDepth: 2).fit(features, labels)
/// for node in fitted.tree.nodes where !node.isLeaf { print(node.feature, node.threshold) }
/// ```
public struct DecisionTree: Sendable, Hashable {
    /// A question, or a leaf.
    public struct Node: Sendable, Hashable {
        /// The feature asked about; −1 at a leaf.
        public var feature: Int
        /// Rows with values up to this one go left.
        public var threshold: Double
        /// Where rows go whose value is missing.
        public var sendsMissingLeft: Bool
        /// The position of the left child; of the node itself at a leaf.
        public var left: Int
        /// The position of the right child; of the node itself at a leaf.
        public var right: Int
        /// The training rows that came here, or their total weight.
        public var cover: Double
        /// How mixed the training rows here are, by the criterion the tree was grown with.
        public var impurity: Double

        /// Whether the node asks nothing.
        public var isLeaf: Bool { feature < 0 }
    }

    /// The nodes, parents before children; the root first.
    public internal(set) var nodes: [Node]
    /// The values of every node, `[nodes, outputs]`: class shares, or a number.
    public internal(set) var values: [Double]
    /// How many values a node has.
    public let outputs: Int
    /// How many features a row has.
    public let featureCount: Int

    /// The position of the leaf a row ends in; features is the row's first value.
    func leaf(of row: UnsafePointer<Double>) -> Int {
        nodes.withUnsafeBufferPointer { nodes in
            var position: Int = 0
            while true {
                let node = nodes.baseAddress! + position
                let feature: Int = node.pointee.feature
                if feature < 0 { return position }
                let value: Double = row[feature]
                let goesLeft: Bool =
                    value <= node.pointee.threshold || (value != value && node.pointee.sendsMissingLeft)
                position = goesLeft ? node.pointee.left : node.pointee.right
            }
        }
    }

    /// The leaf that each row ends in, as a position in `nodes`; stops the program for another number of features.
    public func leaves(of features: FeatureMatrix) -> [Int] {
        requireFeatures(features, fittedOn: featureCount)
        return features.values.withUnsafeBufferPointer { values in
            (0..<features.rows).map { row in
                values.baseAddress.map { leaf(of: $0 + row * featureCount) } ?? 0
            }
        }
    }

    /// The greatest number of questions a row is asked.
    public var depth: Int {
        var depths = [Int](repeating: 0, count: nodes.count)
        for (position, node) in nodes.enumerated() where !node.isLeaf {
            depths[node.left] = depths[position] + 1
            depths[node.right] = depths[position] + 1
        }
        return depths.max() ?? 0
    }

    /// How much each feature's questions lowered the impurity, weighted by the rows that came by; sums to 1, or to 0 for
    /// a tree without questions.
    public var featureImportances: [Double] {
        var gains = [Double](repeating: 0, count: featureCount)
        for node in nodes where !node.isLeaf {
            let (left, right) = (nodes[node.left], nodes[node.right])
            gains[node.feature] +=
                node.cover * node.impurity - left.cover * left.impurity - right.cover * right.impurity
        }
        let total: Double = gains.reduce(0, +)
        return total > 0 ? gains.map { $0 / total } : gains
    }
}
