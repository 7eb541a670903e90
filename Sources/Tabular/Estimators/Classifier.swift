/// A method that learns to tell classes apart; the value holds its settings only.
public protocol Classifier: Sendable {
    /// What fitting returns.
    associatedtype Fitted: FittedClassifier

    /// Learns from rows and their classes, numbered from 0.
    func fit(_ features: FeatureMatrix, _ labels: [Int]) throws -> Fitted
}

/// A classifier that has learned.
public protocol FittedClassifier: Sendable {
    /// The probability of every class for every row, `[rows, classes]`.
    func predictProbability(_ features: FeatureMatrix) -> FeatureMatrix

    /// The class of every row: unless the model decides otherwise, the most probable one.
    func predict(_ features: FeatureMatrix) -> [Int]
}

extension FittedClassifier {
    /// The most probable class of every row; of two classes the second only when strictly above one half.
    public func predict(_ features: FeatureMatrix) -> [Int] {
        let probabilities: FeatureMatrix = predictProbability(features)
        return (0..<probabilities.rows).map { row in
            var best: Int = 0
            for index in 1..<max(probabilities.columns, 1) where probabilities[row, index] > probabilities[row, best] {
                best = index
            }
            return best
        }
    }
}

extension Classifier {
    /// The probabilities each row gets from the model that did not see it, `[rows, classes]`.
    ///
    /// - Parameters:
    ///   - features: The inputs, `[rows, columns]`.
    ///   - labels: The class of each row, from 0.
    ///   - splits: Splits whose test parts cover every row once; stops the program otherwise.
    ///   - prepare: What to do with the training and test features before fitting, such as scaling learned on the
    ///     training part alone.
    public func crossValidatedProbability(
        _ features: FeatureMatrix, _ labels: [Int], splits: [Split],
        prepare: (_ train: FeatureMatrix, _ test: FeatureMatrix) throws -> (FeatureMatrix, FeatureMatrix) = { ($0, $1) }
    ) throws -> FeatureMatrix {
        let classCount: Int = (labels.max() ?? 0) + 1
        var result = FeatureMatrix(
            rows: features.rows, columns: classCount,
            values: [Double](repeating: .nan, count: features.rows * classCount))
        for split in splits {
            let (train, test) = try prepare(features.selecting(rows: split.train), features.selecting(rows: split.test))
            let fitted: Fitted = try fit(train, split.train.map { labels[$0] })
            let probabilities: FeatureMatrix = fitted.predictProbability(test)
            requireShape(
                probabilities.columns == classCount,
                "Every training part must hold the largest class; one has \(probabilities.columns) of \(classCount).")
            for (position, row) in split.test.enumerated() {
                for index in 0..<classCount { result[row, index] = probabilities[position, index] }
            }
        }
        requireShape(
            !result.values.contains { $0.isNaN }, "The test parts of the splits must cover every row.")
        return result
    }
}

/// Why an estimator cannot be fitted.
public enum EstimatorError: Error, Equatable, Sendable {
    /// There are no rows.
    case empty
    /// A class without rows, or of weight zero.
    case emptyClass(Int)
    /// All rows are of one class.
    case oneClass
    /// The value at a row and column is missing or infinite.
    case notFinite(row: Int, column: Int)
    /// The target at a row is missing or infinite.
    case notFiniteTarget(row: Int)
    /// There are fewer rows than the estimator needs.
    case tooFewRows(have: Int, need: Int)
    /// A class has fewer rows than the estimator needs.
    case classTooSmall(class: Int, have: Int, need: Int)
    /// The weight at a row is negative or not finite.
    case badWeight(row: Int)
    /// The classes can be separated exactly and nothing bounds the coefficients.
    case separable
    /// Columns depend linearly on one another and nothing tells their coefficients apart.
    case collinear
}

extension EstimatorError: CustomStringConvertible {
    /// What went wrong, in one sentence.
    public var description: String {
        switch self {
        case .empty: "There are no rows to fit on."
        case .emptyClass(let index): "Class \(index) has no rows of positive weight to fit on."
        case .oneClass: "All rows are of one class; a classifier needs two."
        case .notFinite(let row, let column):
            "The value at row \(row), column \(column) is missing or infinite; impute it first."
        case .notFiniteTarget(let row): "The target of row \(row) is missing or infinite."
        case .tooFewRows(let have, let need): "There are \(have) rows to fit on; at least \(need) are needed."
        case .classTooSmall(let index, let have, let need):
            "Class \(index) has \(have) rows to fit on; at least \(need) are needed."
        case .badWeight(let row): "The weight of row \(row) is negative or not a finite number."
        case .separable:
            "The features separate the classes, so without a penalty the coefficients grow without bound."
        case .collinear:
            "Some features are linear combinations of others, so without a penalty the coefficients are not determined."
        }
    }
}
