import Tensor
import COpenBLAS
import Glibc

/// Logistic regression with a ridge penalty, binary or multinomial.
///
/// Minimises C Σ weight × log-loss + ½ ‖coefficients‖², intercepts unpenalised; C is `inverseRegularization`. Two
/// classes share one coefficient vector, more have one each (softmax).
///
/// ```swift
/// let model = try LogisticRegression(inverseRegularization: 0.001).fit(features, labels)
/// let probabilities = model.predictProbability(newFeatures)
/// ```
public struct LogisticRegression: Classifier, Hashable {
    /// How classes count.
    public enum ClassWeights: Sendable, Hashable {
        /// Every row counts as its sample weight says.
        case uniform
        /// Rows are weighted so that all classes count the same: n / (classes × rows of the class).
        case balanced
    }

    /// C, the weight of the data against the penalty; infinite for no penalty.
    public var inverseRegularization: Double
    /// How classes count.
    public var classWeights: ClassWeights
    /// Whether an intercept is fitted.
    public var fitsIntercept: Bool
    /// Newton steps allowed.
    public var maximumIterations: Int
    /// The largest entry of the gradient, relative to the data's scale, that counts as zero.
    public var tolerance: Double

    /// Creates the estimator; stops the program unless `inverseRegularization` is above zero.
    public init(
        inverseRegularization: Double = 1, classWeights: ClassWeights = .uniform, fitsIntercept: Bool = true,
        maximumIterations: Int = 100, tolerance: Double = 1e-10
    ) {
        requireShape(
            inverseRegularization > 0, "The inverse regularization must be above zero, not \(inverseRegularization).")
        self.inverseRegularization = inverseRegularization
        self.classWeights = classWeights
        self.fitsIntercept = fitsIntercept
        self.maximumIterations = maximumIterations
        self.tolerance = tolerance
    }

    /// Fits by Newton's method with equal weights.
    ///
    /// - Throws: `EstimatorError`.
    public func fit(_ features: FeatureMatrix, _ labels: [Int]) throws -> FittedLogisticRegression {
        try fit(features, labels, sampleWeights: nil)
    }

    /// Fits by Newton's method.
    ///
    /// With more features than rows a penalised fit takes place in the row space, found by an orthogonal
    /// factorisation, which leaves the solution unchanged.
    ///
    /// - Parameters:
    ///   - features: `[rows, features]`, all finite.
    ///   - labels: The class of each row, from 0; every class up to the largest must occur.
    ///   - sampleWeights: How much each row counts; 1 when nil.
    /// - Throws: `EstimatorError`; separable or collinear data only when there is no penalty.
    public func fit(
        _ features: FeatureMatrix, _ labels: [Int], sampleWeights: [Double]?
    ) throws(EstimatorError) -> FittedLogisticRegression {
        BLAS.prepare()
        let classCount: Int = try validate(features, labels, sampleWeights)
        let weights: [Double] = try effectiveWeights(labels, sampleWeights, classCount)
        let penalty: Double = 1 / inverseRegularization
        let reduces: Bool = features.columns > features.rows && penalty > 0
        let rowSpace: RowSpace? = reduces ? RowSpace(features) : nil
        let problem = LogisticProblem(
            design: rowSpace?.coordinates ?? features, labels: labels, weights: weights, classCount: classCount,
            penalty: penalty, hasIntercept: fitsIntercept)
        let solution = try problem.solve(maximumIterations: maximumIterations, tolerance: tolerance)
        let coefficients: FeatureMatrix = rowSpace?.expanded(solution.coefficients) ?? solution.coefficients
        return FittedLogisticRegression(
            coefficients: coefficients, intercepts: solution.intercepts, convergence: solution.convergence)
    }

    private func validate(
        _ features: FeatureMatrix, _ labels: [Int], _ sampleWeights: [Double]?
    ) throws(EstimatorError) -> Int {
        let classCount: Int = try requireClasses(features, labels)
        requireShape(
            sampleWeights.map { $0.count == labels.count } ?? true, "A fit needs one sample weight per row.")
        if let row = sampleWeights?.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) { throw .badWeight(row: row) }
        return classCount
    }

    private func effectiveWeights(
        _ labels: [Int], _ sampleWeights: [Double]?, _ classCount: Int
    ) throws(EstimatorError) -> [Double] {
        var weights: [Double] = sampleWeights ?? [Double](repeating: 1, count: labels.count)
        var totals = [Double](repeating: 0, count: classCount)
        for (label, weight) in zip(labels, weights) { totals[label] += weight }
        if let index = totals.firstIndex(of: 0) { throw .emptyClass(index) }
        if classWeights == .balanced {
            let total: Double = totals.reduce(0, +)
            for (row, label) in labels.enumerated() { weights[row] *= total / (Double(classCount) * totals[label]) }
        }
        return weights
    }
}

/// How a fit ended.
public struct Convergence: Sendable, Hashable {
    /// Whether the gradient fell below the tolerance.
    public let isConverged: Bool
    /// Newton steps taken.
    public let iterations: Int
    /// The largest entry of the gradient over the largest possible one.
    public let relativeGradient: Double
}

/// A logistic regression that has learned.
public struct FittedLogisticRegression: FittedClassifier, Hashable {
    /// The log odds per unit of each feature: `[1, features]` for two classes, else `[classes, features]`.
    public let coefficients: FeatureMatrix
    /// One per row of `coefficients`.
    public let intercepts: [Double]
    /// How the fit ended.
    public let convergence: Convergence

    /// The linear predictor, `[rows, 1]` for two classes, else `[rows, classes]`.
    ///
    /// Stops the program when the number of features differs from the training data's.
    public func decision(_ features: FeatureMatrix) -> FeatureMatrix {
        linearDecision(features, coefficients, intercepts)
    }

    /// The probability of every class for every row, `[rows, classes]`.
    public func predictProbability(_ features: FeatureMatrix) -> FeatureMatrix {
        probabilities(ofScores: decision(features))
    }
}

/// 1 / (1 + e^−x) without overflow.
func sigmoid(_ x: Double) -> Double {
    if x >= 0 { return 1 / (1 + exp(-x)) }
    let grown: Double = exp(x)
    return grown / (1 + grown)
}

/// Replaces every row of scores by its softmax and returns the rows' log-sum-exps.
@discardableResult
func softmaxRows(_ scores: inout [Double], classes: Int) -> [Double] {
    var logSums: [Double] = []
    logSums.reserveCapacity(scores.count / classes)
    for start in stride(from: 0, to: scores.count, by: classes) {
        var largest: Double = -.infinity
        for k in 0..<classes { largest = max(largest, scores[start + k]) }
        var sum: Double = 0
        for k in 0..<classes {
            scores[start + k] = exp(scores[start + k] - largest)
            sum += scores[start + k]
        }
        for k in 0..<classes { scores[start + k] /= sum }
        logSums.append(largest + log(sum))
    }
    return logSums
}
