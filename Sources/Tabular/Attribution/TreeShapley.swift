import Tensor

/// Shapley values of a tree model's features.
public struct TreeAttributions: Sendable, Hashable {
    /// What each feature adds to each row's prediction, `[rows, features]`.
    public let values: FeatureMatrix
    /// The prediction without any feature: every question answered both ways, weighted by training rows.
    public let base: Double
}

/// Exact Shapley values of trees in polynomial time (Lundberg et al., arXiv 1802.03888, algorithm 2).
///
/// The value of a set of features is the tree's prediction when questions about other features are answered both ways,
/// in the shares of the training rows that went there. Work grows with leaves times the square of the depth.
struct TreeShapley {
    private let tree: DecisionTree
    private let output: Int

    init(_ tree: DecisionTree, output: Int) {
        self.tree = tree
        self.output = output
    }

    /// One question on the way to a node: the share of rows that come by if its feature is unknown, whether the row
    /// itself does, and the weight of the sets of so many features of the way.
    private struct Step {
        var feature: Int
        var unknown: Double
        var known: Double
        var weight: Double
    }

    /// The mean of the leaves, weighted by training rows.
    var base: Double {
        var sum: Double = 0
        for (position, node) in tree.nodes.enumerated() where node.isLeaf {
            sum += node.cover / tree.nodes[0].cover * tree.values[position * tree.outputs + output]
        }
        return sum
    }

    /// Adds a row's values.
    func add(_ row: UnsafePointer<Double>, to values: UnsafeMutablePointer<Double>) {
        descend(0, [], Step(feature: -1, unknown: 1, known: 1, weight: 1), row, values)
    }

    private func descend(
        _ position: Int, _ path: [Step], _ next: Step, _ row: UnsafePointer<Double>,
        _ values: UnsafeMutablePointer<Double>
    ) {
        var path: [Step] = Self.extended(path, next)
        let node: DecisionTree.Node = tree.nodes[position]
        if node.isLeaf {
            let value: Double = tree.values[position * tree.outputs + output]
            for index in 1..<max(path.count, 1) {
                let step: Step = path[index]
                values[step.feature] += Self.unwoundSum(path, index) * (step.known - step.unknown) * value
            }
            return
        }
        let value: Double = row[node.feature]
        let goesLeft: Bool = value <= node.threshold || (value.isNaN && node.sendsMissingLeft)
        var (unknown, known): (Double, Double) = (1, 1)
        // A feature asked before is one feature still: its earlier step is taken back and multiplied in.
        if let earlier = path.indices.dropFirst().first(where: { path[$0].feature == node.feature }) {
            (unknown, known) = (path[earlier].unknown, path[earlier].known)
            path = Self.unwound(path, earlier)
        }
        for (child, isOwn) in [(node.left, goesLeft), (node.right, !goesLeft)] {
            let share: Double = tree.nodes[child].cover / node.cover
            let step = Step(
                feature: node.feature, unknown: unknown * share, known: isOwn ? known : 0, weight: 0)
            descend(child, path, step, row, values)
        }
    }

    private static func extended(_ path: [Step], _ next: Step) -> [Step] {
        var path: [Step] = path
        let length: Int = path.count
        path.append(next)
        path[length].weight = length == 0 ? 1 : 0
        for index in stride(from: length - 1, through: 0, by: -1) {
            let size: Double = Double(length + 1)
            path[index + 1].weight += next.known * path[index].weight * Double(index + 1) / size
            path[index].weight = next.unknown * path[index].weight * Double(length - index) / size
        }
        return path
    }

    private static func unwound(_ path: [Step], _ place: Int) -> [Step] {
        var path: [Step] = path
        let last: Int = path.count - 1
        let (unknown, known) = (path[place].unknown, path[place].known)
        var carried: Double = path[last].weight
        let size: Double = Double(last + 1)
        for index in stride(from: last - 1, through: 0, by: -1) {
            if known != 0 {
                let old: Double = path[index].weight
                path[index].weight = carried * size / (Double(index + 1) * known)
                carried = old - path[index].weight * unknown * Double(last - index) / size
            } else {
                path[index].weight = path[index].weight * size / (unknown * Double(last - index))
            }
        }
        for index in place..<last {
            path[index].feature = path[index + 1].feature
            path[index].unknown = path[index + 1].unknown
            path[index].known = path[index + 1].known
        }
        path.removeLast()
        return path
    }

    /// The sum of the weights after taking a step back.
    private static func unwoundSum(_ path: [Step], _ place: Int) -> Double {
        let last: Int = path.count - 1
        let (unknown, known) = (path[place].unknown, path[place].known)
        var carried: Double = path[last].weight
        var total: Double = 0
        for index in stride(from: last - 1, through: 0, by: -1) {
            if known != 0 {
                let weight: Double = carried / (Double(index + 1) * known)
                total += weight
                carried = path[index].weight - weight * unknown * Double(last - index)
            } else if unknown != 0 {
                total += path[index].weight / (unknown * Double(last - index))
            }
        }
        return total * Double(last + 1)
    }
}

/// The sum over trees, times a scale, rows shared out over threads.
private func attributions(
    _ trees: [DecisionTree], _ features: FeatureMatrix, output: Int, scale: Double, base: Double
) -> TreeAttributions {
    requireFeatures(features, fittedOn: trees[0].featureCount)
    requireShape(output >= 0 && output < trees[0].outputs, "There is no output \(output) to attribute.")
    let explainers: [TreeShapley] = trees.map { TreeShapley($0, output: output) }
    let columns: Int = features.columns
    var values = [Double](repeating: 0, count: features.values.count)
    values.withUnsafeMutableBufferPointer { values in
        features.values.withUnsafeBufferPointer { rows in
            nonisolated(unsafe) let (values, rows) = (values, rows)
            Parallelism.forEachPiece(of: columns == 0 ? 0 : features.rows, grain: 1) { piece in
                for row in piece {
                    let own = values.baseAddress! + row * columns
                    for explainer in explainers { explainer.add(rows.baseAddress! + row * columns, to: own) }
                    for column in 0..<columns { own[column] *= scale }
                }
            }
        }
    }
    let mean: Double = explainers.reduce(0) { $0 + $1.base } * scale
    return TreeAttributions(
        values: FeatureMatrix(rows: features.rows, columns: columns, values: values), base: base + mean)
}

extension TreeClassifier {
    /// What each feature adds to the probability of a class; stops the program for an unknown class.
    public func shapleyValues(_ features: FeatureMatrix, ofClass index: Int) -> TreeAttributions {
        attributions(trees, features, output: index, scale: 1 / Double(trees.count), base: 0)
    }
}

extension TreeRegressor {
    /// What each feature adds to the prediction.
    public func shapleyValues(_ features: FeatureMatrix) -> TreeAttributions {
        attributions(trees, features, output: 0, scale: 1 / Double(trees.count), base: 0)
    }
}

extension BoostedClassifier {
    /// What each feature adds to ``decision(_:)``; the only output of two classes is 0.
    public func shapleyValues(_ features: FeatureMatrix, output: Int = 0) -> TreeAttributions {
        attributions(trees.map { $0[output] }, features, output: 0, scale: 1, base: baselines[output])
    }
}

extension BoostedRegressor {
    /// What each feature adds to the prediction.
    public func shapleyValues(_ features: FeatureMatrix) -> TreeAttributions {
        attributions(trees, features, output: 0, scale: 1, base: baseline)
    }
}
