import Tensor

/// Gradient boosting of small exact trees for classes (Friedman 2001): every tree follows the gradient of the log-loss
/// that its predecessors left, its leaves take one Newton step.
///
/// ```swift
/// let model = try GradientBoosting(rounds: 100).fit(features, labels)
/// ```
public struct GradientBoosting: Classifier, Hashable {
    /// The number of rounds; each adds one tree for two classes, else one for each class.
    public var rounds: Int
    /// What each tree's contribution is multiplied by.
    public var learningRate: Double
    /// How the trees grow.
    public var settings: TreeSettings
    /// The share of rows, drawn without replacement, that each round learns from.
    public var subsample: Double
    /// Draws rows and features.
    public var key: RandomKey

    /// Creates the estimator; stops the program for settings without meaning.
    public init(
        rounds: Int = 100, learningRate: Double = 0.1, settings: TreeSettings = TreeSettings(maximumDepth: 3),
        subsample: Double = 1, key: RandomKey = RandomKey(seed: 0)
    ) {
        requireShape(rounds >= 1, "Boosting needs at least one round, not \(rounds).")
        requireShape(subsample > 0 && subsample <= 1, "The share of rows must lie in 0...1, not \(subsample).")
        self.rounds = rounds
        self.learningRate = learningRate
        self.settings = settings
        self.subsample = subsample
        self.key = key
    }

    /// Grows the trees.
    ///
    /// - Throws: `EstimatorError`.
    public func fit(_ features: FeatureMatrix, _ labels: [Int]) throws -> BoostedClassifier {
        let classCount: Int = try requireClasses(features, labels)
        let outputs: Int = classCount == 2 ? 1 : classCount
        var objective = LogLoss(labels: labels, classCount: classCount)
        let grower = TreeGrower(
            ranks: FeatureRanks(features), target: TreeTarget(numbers: [Double](repeating: 0, count: labels.count)),
            settings: settings)
        var trees: [[DecisionTree]] = []
        for round in 0..<rounds {
            var generator = RandomGenerator(key: key.folded(round))
            let weights: [Double] = sampledRows(labels.count, subsample, &generator)
            objective.update()
            var own: [DecisionTree] = []
            for output in 0..<outputs {
                let residuals: [Double] = objective.residuals(output)
                var tree: DecisionTree = grower.grow(weights: weights, numbers: residuals, using: &generator)
                let steps: [(leaf: Int, value: Double)] = grower.leaves.map { leaf, range in
                    let rows: [Int] = range.map { grower.row(at: $0) }
                    return (leaf, learningRate * objective.newtonStep(rows, residuals))
                }
                tree.setLeaves(steps)
                if subsample < 1 {
                    objective.add(tree, features, to: output)
                } else {
                    for (index, leaf) in grower.leaves.enumerated() {
                        for place in leaf.range {
                            objective.add(steps[index].value, row: grower.row(at: place), output)
                        }
                    }
                }
                own.append(tree)
            }
            trees.append(own)
        }
        return BoostedClassifier(trees: trees, baselines: objective.baselines)
    }
}

/// Gradient boosting of small exact trees for numbers, by squared error (Friedman 2001).
public struct GradientBoostingRegressor: Regressor, Hashable {
    /// The number of trees.
    public var rounds: Int
    /// What each tree's contribution is multiplied by.
    public var learningRate: Double
    /// How the trees grow.
    public var settings: TreeSettings
    /// The share of rows, drawn without replacement, that each round learns from.
    public var subsample: Double
    /// Draws rows and features.
    public var key: RandomKey

    /// Creates the estimator; stops the program for settings without meaning.
    public init(
        rounds: Int = 100, learningRate: Double = 0.1, settings: TreeSettings = TreeSettings(maximumDepth: 3),
        subsample: Double = 1, key: RandomKey = RandomKey(seed: 0)
    ) {
        requireShape(rounds >= 1, "Boosting needs at least one round, not \(rounds).")
        requireShape(subsample > 0 && subsample <= 1, "The share of rows must lie in 0...1, not \(subsample).")
        self.rounds = rounds
        self.learningRate = learningRate
        self.settings = settings
        self.subsample = subsample
        self.key = key
    }

    /// Grows the trees.
    ///
    /// - Throws: `EstimatorError`.
    public func fit(_ features: FeatureMatrix, _ targets: [Double]) throws -> BoostedRegressor {
        try requireTargets(features, targets)
        let baseline: Double = targets.reduce(0, +) / Double(targets.count)
        var residuals: [Double] = targets.map { $0 - baseline }
        let grower = TreeGrower(
            ranks: FeatureRanks(features), target: TreeTarget(numbers: targets), settings: settings)
        var trees: [DecisionTree] = []
        for round in 0..<rounds {
            var generator = RandomGenerator(key: key.folded(round))
            let weights: [Double] = sampledRows(targets.count, subsample, &generator)
            var tree: DecisionTree = grower.grow(weights: weights, numbers: residuals, using: &generator)
            tree.setLeaves(grower.leaves.map { ($0.node, learningRate * tree.values[$0.node]) })
            for (row, leaf) in tree.leaves(of: features).enumerated() { residuals[row] -= tree.values[leaf] }
            trees.append(tree)
        }
        return BoostedRegressor(trees: trees, baseline: baseline)
    }
}

/// One for the rows of a random share, zero for the others.
private func sampledRows(_ count: Int, _ share: Double, _ generator: inout RandomGenerator) -> [Double] {
    if share >= 1 { return [Double](repeating: 1, count: count) }
    var weights = [Double](repeating: 0, count: count)
    for row in generator.permutation(count).prefix(max(1, Int(share * Double(count)))) { weights[row] = 1 }
    return weights
}

extension DecisionTree {
    /// Gives leaves new values; inner nodes keep theirs.
    mutating func setLeaves(_ steps: [(leaf: Int, value: Double)]) {
        for (leaf, value) in steps { values[leaf] = value }
    }
}
