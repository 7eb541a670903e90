import Glibc

func naturalLogarithm(_ x: Double) -> Double { log(x) }

/// A sum of trees that gives the log odds of classes.
public struct BoostedClassifier: FittedClassifier, Hashable {
    /// The trees of each round: one for two classes, else one for each class.
    public let trees: [[DecisionTree]]
    /// The scores without any tree: one for two classes, else one for each class.
    public let baselines: [Double]

    /// The log odds of class 1, `[rows, 1]`, or the unnormalised log probabilities, `[rows, classes]`.
    public func decision(_ features: FeatureMatrix) -> FeatureMatrix {
        let outputs: Int = baselines.count
        var values = [Double](repeating: 0, count: features.rows * outputs)
        for output in 0..<outputs {
            let sums: [Double] = sumOfLeaves(trees.map { $0[output] }, features)
            for row in 0..<features.rows { values[row * outputs + output] = baselines[output] + sums[row] }
        }
        return FeatureMatrix(rows: features.rows, columns: outputs, values: values)
    }

    /// The probability of every class for every row, `[rows, classes]`.
    public func predictProbability(_ features: FeatureMatrix) -> FeatureMatrix {
        probabilities(ofScores: decision(features))
    }

    /// How much each feature's questions lowered the trees' impurity; sums to 1.
    public var featureImportances: [Double] { summedImportances(trees.flatMap { $0 }) }
}

/// A sum of trees that gives a number.
public struct BoostedRegressor: FittedRegressor, Hashable {
    /// The trees, one of each round.
    public let trees: [DecisionTree]
    /// The prediction without any tree.
    public let baseline: Double

    /// The baseline plus the leaves that each row ends in.
    public func predict(_ features: FeatureMatrix) -> [Double] { sumOfLeaves(trees, features).map { baseline + $0 } }

    /// How much each feature's questions lowered the trees' impurity; sums to 1.
    public var featureImportances: [Double] { summedImportances(trees) }
}

private func summedImportances(_ trees: [DecisionTree]) -> [Double] {
    var sums = [Double](repeating: 0, count: trees[0].featureCount)
    for tree in trees { for (feature, gain) in tree.featureImportances.enumerated() { sums[feature] += gain } }
    let total: Double = sums.reduce(0, +)
    return total > 0 ? sums.map { $0 / total } : sums
}

/// The probabilities of log odds `[rows, 1]` or unnormalised log probabilities `[rows, classes]`.
func probabilities(ofScores scores: FeatureMatrix) -> FeatureMatrix {
    var values: [Double] = scores.values
    if scores.columns > 1 {
        softmaxRows(&values, classes: scores.columns)
        return FeatureMatrix(rows: scores.rows, columns: scores.columns, values: values)
    }
    values = scores.values.flatMap { [sigmoid(-$0), sigmoid($0)] }
    return FeatureMatrix(rows: scores.rows, columns: 2, values: values)
}
