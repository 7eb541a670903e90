import Tensor

/// Classification trees whose class shares are averaged.
public struct TreeClassifier: FittedClassifier, Hashable {
    /// The trees.
    public let trees: [DecisionTree]

    /// The mean share of every class in the leaves that each row ends in, `[rows, classes]`.
    public func predictProbability(_ features: FeatureMatrix) -> FeatureMatrix {
        FeatureMatrix(rows: features.rows, columns: trees[0].outputs, values: meanValues(trees, features))
    }

    /// The mean of the trees' importances: how much of the impurity each feature's questions removed.
    public var featureImportances: [Double] { meanImportances(trees) }
}

/// Regression trees whose predictions are averaged.
public struct TreeRegressor: FittedRegressor, Hashable {
    /// The trees.
    public let trees: [DecisionTree]

    /// The mean of the leaves that each row ends in.
    public func predict(_ features: FeatureMatrix) -> [Double] { meanValues(trees, features) }

    /// The mean of the trees' importances: how much of the variance each feature's questions removed.
    public var featureImportances: [Double] { meanImportances(trees) }
}

/// The mean over trees of the values of each row's leaves, `[rows, outputs]`.
private func meanValues(_ trees: [DecisionTree], _ features: FeatureMatrix) -> [Double] {
    let outputs: Int = trees[0].outputs
    var result: [Double] = sumOfLeaves(trees, features)
    for index in 0..<features.rows * outputs { result[index] /= Double(trees.count) }
    return result
}

/// The sum over trees of the values of each row's leaves, `[rows, outputs]`, rows shared out over threads.
func sumOfLeaves(_ trees: [DecisionTree], _ features: FeatureMatrix) -> [Double] {
    requireFeatures(features, fittedOn: trees[0].featureCount)
    let outputs: Int = trees[0].outputs
    var result = [Double](repeating: 0, count: features.rows * outputs)
    result.withUnsafeMutableBufferPointer { result in
        nonisolated(unsafe) let result = result
        features.values.withUnsafeBufferPointer { values in
            Parallelism.forEachPiece(of: features.rows, grain: max(1, 4096 / trees.count)) { piece in
                for tree in trees {
                    for row in piece {
                        guard let base = values.baseAddress else { return }
                        let leaf: Int = tree.leaf(of: base + row * features.columns)
                        for output in 0..<outputs {
                            result[row * outputs + output] += tree.values[leaf * outputs + output]
                        }
                    }
                }
            }
        }
    }
    return result
}

private func meanImportances(_ trees: [DecisionTree]) -> [Double] {
    var sums = [Double](repeating: 0, count: trees[0].featureCount)
    for tree in trees { for (feature, gain) in tree.featureImportances.enumerated() { sums[feature] += gain } }
    let total: Double = sums.reduce(0, +)
    return total > 0 ? sums.map { $0 / total } : sums
}
