import Tensor

/// One classification tree (Breiman et al. 1984).
///
/// ```swift
/// let model = try DecisionTreeClassifier(TreeSettings(maximumDepth: 5)).fit(features, labels)
/// ```
public struct DecisionTreeClassifier: Classifier, Hashable {
    /// How the tree grows.
    public var settings: TreeSettings
    /// What makes a node impure.
    public var impurity: ClassImpurity
    /// Draws features and cuts where the settings ask for it.
    public var key: RandomKey

    /// Creates the estimator.
    public init(
        _ settings: TreeSettings = TreeSettings(), impurity: ClassImpurity = .gini, key: RandomKey = RandomKey(seed: 0)
    ) {
        self.settings = settings
        self.impurity = impurity
        self.key = key
    }

    /// Grows the tree.
    ///
    /// - Throws: `EstimatorError`.
    public func fit(_ features: FeatureMatrix, _ labels: [Int]) throws -> TreeClassifier {
        let classCount: Int = try requireClasses(features, labels)
        let target = TreeTarget(labels: labels, classCount: classCount, impurity: impurity)
        var generator = RandomGenerator(key: key)
        let tree: DecisionTree = TreeGrower(ranks: FeatureRanks(features), target: target, settings: settings)
            .grow(weights: [Double](repeating: 1, count: labels.count), using: &generator)
        return TreeClassifier(trees: [tree])
    }
}

/// One regression tree, which minimises the variance within its leaves (Breiman et al. 1984).
public struct DecisionTreeRegressor: Regressor, Hashable {
    /// How the tree grows.
    public var settings: TreeSettings
    /// Draws features and cuts where the settings ask for it.
    public var key: RandomKey

    /// Creates the estimator.
    public init(_ settings: TreeSettings = TreeSettings(), key: RandomKey = RandomKey(seed: 0)) {
        self.settings = settings
        self.key = key
    }

    /// Grows the tree.
    ///
    /// - Throws: `EstimatorError`.
    public func fit(_ features: FeatureMatrix, _ targets: [Double]) throws -> TreeRegressor {
        try requireTargets(features, targets)
        var generator = RandomGenerator(key: key)
        let tree: DecisionTree = TreeGrower(
            ranks: FeatureRanks(features), target: TreeTarget(numbers: targets), settings: settings
        ).grow(weights: [Double](repeating: 1, count: targets.count), using: &generator)
        return TreeRegressor(trees: [tree])
    }
}
