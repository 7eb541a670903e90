import Tensor

/// How histogram boosting proceeds; the defaults are scikit-learn's.
public struct HistogramBoostingSettings: Sendable, Hashable {
    /// The number of rounds.
    public var rounds: Int
    /// What each tree's contribution is multiplied by.
    public var learningRate: Double
    /// The most leaves of a tree.
    public var maximumLeaves: Int
    /// The greatest number of questions above a leaf; nil for no limit.
    public var maximumDepth: Int?
    /// The fewest rows of a leaf.
    public var minimumLeaf: Int
    /// The ridge penalty of leaf values.
    public var ridge: Double
    /// The most bins of a feature, at most 255; missing values have one more.
    public var maximumBins: Int

    /// Creates the settings; stops the program for values without meaning.
    public init(
        rounds: Int = 100, learningRate: Double = 0.1, maximumLeaves: Int = 31, maximumDepth: Int? = nil,
        minimumLeaf: Int = 20, ridge: Double = 0, maximumBins: Int = 255
    ) {
        requireShape(rounds >= 1 && maximumLeaves >= 2, "Boosting needs at least one round and two leaves.")
        requireShape((2...255).contains(maximumBins), "A feature has 2 to 255 bins, not \(maximumBins).")
        requireShape(minimumLeaf >= 1 && ridge >= 0, "A leaf needs a row, and its penalty is not negative.")
        self.rounds = rounds
        self.learningRate = learningRate
        self.maximumLeaves = maximumLeaves
        self.maximumDepth = maximumDepth
        self.minimumLeaf = minimumLeaf
        self.ridge = ridge
        self.maximumBins = maximumBins
    }

    var grower: HistogramTreeGrower.Settings {
        HistogramTreeGrower.Settings(
            maximumLeaves: maximumLeaves, maximumDepth: maximumDepth, minimumLeaf: minimumLeaf, ridge: ridge,
            learningRate: learningRate)
    }
}

/// Gradient boosting on binned features for classes: fast on many rows, at home with missing values.
///
/// Missing values (NaN) go to the side of a cut that suits them best. Trees grow by Newton's method on the log-loss, best
/// leaf first. Features are searched on several threads; the result does not depend on their number, and nothing is drawn.
///
/// ```swift
/// let model = try HistogramBoosting().fit(features, labels)
/// ```
public struct HistogramBoosting: Classifier, Hashable {
    /// How boosting proceeds.
    public var settings: HistogramBoostingSettings

    /// Creates the estimator.
    public init(_ settings: HistogramBoostingSettings = HistogramBoostingSettings()) { self.settings = settings }

    /// Grows the trees.
    ///
    /// - Throws: `EstimatorError`.
    public func fit(_ features: FeatureMatrix, _ labels: [Int]) throws -> BoostedClassifier {
        let classCount: Int = try requireClasses(features, labels, allowsMissing: true)
        var objective = LogLoss(labels: labels, classCount: classCount)
        let grower = HistogramTreeGrower(
            BinnedFeatures(features, maximumBins: settings.maximumBins), settings.grower)
        var slopes = [SIMD2<Float>](repeating: .zero, count: labels.count)
        var trees: [[DecisionTree]] = []
        for _ in 0..<settings.rounds {
            objective.update()
            var own: [DecisionTree] = []
            for output in 0..<objective.outputs {
                let positive: Int = objective.outputs == 1 ? 1 : output
                for row in labels.indices {
                    let p: Double = objective.probabilities[output * labels.count + row]
                    slopes[row] = SIMD2(Float(p - (labels[row] == positive ? 1 : 0)), Float(p * (1 - p)))
                }
                let tree: DecisionTree = grower.grow(slopes)
                for leaf in grower.leaves {
                    let value: Double = tree.values[leaf.node]
                    for place in leaf.range { objective.add(value, row: grower.row(at: place), output) }
                }
                own.append(tree)
            }
            trees.append(own)
        }
        return BoostedClassifier(trees: trees, baselines: objective.baselines)
    }
}

/// Gradient boosting on binned features for numbers, by squared error; see ``HistogramBoosting``.
public struct HistogramBoostingRegressor: Regressor, Hashable {
    /// How boosting proceeds.
    public var settings: HistogramBoostingSettings

    /// Creates the estimator.
    public init(_ settings: HistogramBoostingSettings = HistogramBoostingSettings()) { self.settings = settings }

    /// Grows the trees.
    ///
    /// - Throws: `EstimatorError`.
    public func fit(_ features: FeatureMatrix, _ targets: [Double]) throws -> BoostedRegressor {
        try requireTargets(features, targets, allowsMissing: true)
        let baseline: Double = targets.reduce(0, +) / Double(targets.count)
        let grower = HistogramTreeGrower(
            BinnedFeatures(features, maximumBins: settings.maximumBins), settings.grower)
        var errors: [Double] = targets.map { baseline - $0 }
        var trees: [DecisionTree] = []
        for _ in 0..<settings.rounds {
            let tree: DecisionTree = grower.grow(errors.map { SIMD2(Float($0), 1) })
            for leaf in grower.leaves {
                for place in leaf.range { errors[grower.row(at: place)] += tree.values[leaf.node] }
            }
            trees.append(tree)
        }
        return BoostedRegressor(trees: trees, baseline: baseline)
    }
}
