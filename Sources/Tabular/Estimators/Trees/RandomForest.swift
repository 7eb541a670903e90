import Tensor

/// Many classification trees on resampled rows, whose class shares are averaged (Breiman 2001).
///
/// Trees are grown on several threads; each draws from a key of its own, so the forest does not depend on their number.
///
/// ```swift
/// let forest = try RandomForest(trees: 100, key: RandomKey(seed: 1)).fit(features, labels)
/// let probabilities = forest.predictProbability(newFeatures)
/// ```
public struct RandomForest: Classifier, Hashable {
    /// The number of trees.
    public var trees: Int
    /// How the trees grow.
    public var settings: TreeSettings
    /// What makes a node impure.
    public var impurity: ClassImpurity
    /// Whether each tree gets as many rows, drawn with replacement, as there are; else all rows.
    public var resamples: Bool
    /// Draws rows, features and cuts.
    public var key: RandomKey

    /// Creates the estimator; stops the program for a forest without trees.
    public init(
        trees: Int = 100, settings: TreeSettings = TreeSettings(features: .squareRoot),
        impurity: ClassImpurity = .gini, resamples: Bool = true, key: RandomKey = RandomKey(seed: 0)
    ) {
        requireShape(trees >= 1, "A forest needs at least one tree, not \(trees).")
        self.trees = trees
        self.settings = settings
        self.impurity = impurity
        self.resamples = resamples
        self.key = key
    }

    /// Extremely randomised trees: all rows, random cuts (Geurts et al. 2006).
    public static func extraTrees(_ trees: Int = 100, key: RandomKey = RandomKey(seed: 0)) -> RandomForest {
        RandomForest(
            trees: trees, settings: TreeSettings(features: .squareRoot, cuts: .random), resamples: false, key: key)
    }

    /// Grows the trees.
    ///
    /// - Throws: `EstimatorError`.
    public func fit(_ features: FeatureMatrix, _ labels: [Int]) throws -> TreeClassifier {
        let classCount: Int = try requireClasses(features, labels)
        let target = TreeTarget(labels: labels, classCount: classCount, impurity: impurity)
        return TreeClassifier(
            trees: growForest(
                trees, FeatureRanks(features), target, settings, resamples: resamples, key: key))
    }
}

/// Many regression trees on resampled rows, whose predictions are averaged (Breiman 2001).
public struct RandomForestRegressor: Regressor, Hashable {
    /// The number of trees.
    public var trees: Int
    /// How the trees grow.
    public var settings: TreeSettings
    /// Whether each tree gets as many rows, drawn with replacement, as there are; else all rows.
    public var resamples: Bool
    /// Draws rows, features and cuts.
    public var key: RandomKey

    /// Creates the estimator; stops the program for a forest without trees.
    public init(
        trees: Int = 100, settings: TreeSettings = TreeSettings(), resamples: Bool = true,
        key: RandomKey = RandomKey(seed: 0)
    ) {
        requireShape(trees >= 1, "A forest needs at least one tree, not \(trees).")
        self.trees = trees
        self.settings = settings
        self.resamples = resamples
        self.key = key
    }

    /// Extremely randomised trees: all rows, random cuts (Geurts et al. 2006).
    public static func extraTrees(_ trees: Int = 100, key: RandomKey = RandomKey(seed: 0)) -> RandomForestRegressor {
        RandomForestRegressor(trees: trees, settings: TreeSettings(cuts: .random), resamples: false, key: key)
    }

    /// Grows the trees.
    ///
    /// - Throws: `EstimatorError`.
    public func fit(_ features: FeatureMatrix, _ targets: [Double]) throws -> TreeRegressor {
        try requireTargets(features, targets)
        return TreeRegressor(
            trees: growForest(
                trees, FeatureRanks(features), TreeTarget(numbers: targets), settings, resamples: resamples, key: key))
    }
}

private func growForest(
    _ count: Int, _ ranks: FeatureRanks, _ target: TreeTarget, _ settings: TreeSettings, resamples: Bool,
    key: RandomKey
) -> [DecisionTree] {
    var trees = [DecisionTree?](repeating: nil, count: count)
    trees.withUnsafeMutableBufferPointer { trees in
        nonisolated(unsafe) let trees = trees
        Parallelism.forEachPiece(of: count, grain: 1) { piece in
            // Where several features part a node's rows alike, trees should differ in what they ask.
            let grower = TreeGrower(ranks: ranks, target: target, settings: settings, drawsOrder: true)
            for index in piece {
                var generator = RandomGenerator(key: key.folded(index))
                var weights = [Double](repeating: resamples ? 0 : 1, count: ranks.rows)
                if resamples {
                    for _ in 0..<ranks.rows { weights[generator.integer(below: ranks.rows)] += 1 }
                }
                trees[index] = grower.grow(weights: weights, using: &generator)
            }
        }
    }
    return trees.compactMap { $0 }
}
