import COpenBLAS
import Tensor

/// A linear support vector machine with squared hinge loss; more than two classes one against the rest.
///
/// Minimises ½ ‖w‖² + C Σ max(0, 1 − y f)² over the coefficients and, as in LIBLINEAR, the intercept, by Newton's method
/// on the rows inside the margin. Probabilities are Platt's, from decisions made under cross-validation.
///
/// ```swift
/// let model = try LinearSupportVectorMachine(inverseRegularization: 0.1).fit(scaled, labels)
/// ```
public struct LinearSupportVectorMachine: Classifier, Hashable {
    /// C, the weight of the data against the penalty.
    public var inverseRegularization: Double
    /// The folds that probabilities are fitted with; nil for the logistic function of the decision, which puts rows in
    /// order but is not a probability.
    public var calibrationFolds: Int?
    /// Newton steps allowed.
    public var maximumIterations: Int

    /// Creates the estimator; stops the program unless `inverseRegularization` is above zero.
    public init(inverseRegularization: Double = 1, calibrationFolds: Int? = 5, maximumIterations: Int = 200) {
        requireShape(
            inverseRegularization > 0, "The inverse regularization must be above zero, not \(inverseRegularization).")
        self.inverseRegularization = inverseRegularization
        self.calibrationFolds = calibrationFolds
        self.maximumIterations = maximumIterations
    }

    /// Fits the coefficients, and the curves of the probabilities.
    ///
    /// - Throws: `EstimatorError`; also for a class with fewer rows than calibration folds.
    public func fit(_ features: FeatureMatrix, _ labels: [Int]) throws -> FittedLinearSupportVectorMachine {
        let classCount: Int = try requireClasses(features, labels)
        let (coefficients, intercepts) = solve(features, labels, classCount)
        var calibration = DecisionCalibration.none(outputs: intercepts.count)
        if let calibrationFolds {
            calibration = try DecisionCalibration(
                features, labels, classCount: classCount, folds: calibrationFolds
            ) { train, trainLabels, test in
                let (coefficients, intercepts) = solve(train, trainLabels, classCount)
                return linearDecision(test, coefficients, intercepts)
            }
        }
        return FittedLinearSupportVectorMachine(
            coefficients: coefficients, intercepts: intercepts, calibration: calibration)
    }

    private func solve(
        _ features: FeatureMatrix, _ labels: [Int], _ classCount: Int
    ) -> (coefficients: FeatureMatrix, intercepts: [Double]) {
        BLAS.prepare()
        let columns: Int = features.columns
        var extended: [Double] = []
        extended.reserveCapacity(features.rows * (columns + 1))
        for row in 0..<features.rows { extended += features.row(row) + [1] }
        let design = FeatureMatrix(rows: features.rows, columns: columns + 1, values: extended)
        let rowSpace: RowSpace? = design.columns > design.rows ? RowSpace(design) : nil
        let problem = SquaredHinge(design: rowSpace?.coordinates ?? design, cost: inverseRegularization)
        let outputs: Int = classCount == 2 ? 1 : classCount
        var solutions: [Double] = []
        for output in 0..<outputs {
            let positive: Int = outputs == 1 ? 1 : output
            let signs: [Double] = labels.map { $0 == positive ? 1 : -1 }
            solutions += problem.solve(signs, maximumIterations: maximumIterations)
        }
        var weights = FeatureMatrix(rows: outputs, columns: problem.design.columns, values: solutions)
        if let rowSpace { weights = rowSpace.expanded(weights) }
        return (weights.selecting(columns: Array(0..<columns)), weights.column(columns))
    }
}

/// A linear support vector machine that has learned.
public struct FittedLinearSupportVectorMachine: FittedClassifier, Hashable {
    /// The change of the decision per unit of each feature: `[1, features]` for two classes, else `[classes, features]`.
    public let coefficients: FeatureMatrix
    /// One per row of `coefficients`.
    public let intercepts: [Double]
    let calibration: DecisionCalibration

    /// The signed distance from the separating plane times ‖w‖, `[rows, 1]` for two classes, else `[rows, classes]`.
    public func decision(_ features: FeatureMatrix) -> FeatureMatrix {
        linearDecision(features, coefficients, intercepts)
    }

    /// The probability of every class for every row, `[rows, classes]`.
    public func predictProbability(_ features: FeatureMatrix) -> FeatureMatrix {
        calibration.probabilities(decision(features))
    }

    /// The class by the decision, which may differ from the most probable one near the plane.
    public func predict(_ features: FeatureMatrix) -> [Int] { classes(ofDecisions: decision(features)) }
}

/// x · coefficients + intercept for every row and output, `[rows, outputs]`.
func linearDecision(
    _ features: FeatureMatrix, _ coefficients: FeatureMatrix, _ intercepts: [Double]
) -> FeatureMatrix {
    BLAS.prepare()
    requireFeatures(features, fittedOn: coefficients.columns)
    let outputs: Int = coefficients.rows
    var values = [Double](repeating: 0, count: features.rows * outputs)
    for row in 0..<features.rows { for k in 0..<outputs { values[row * outputs + k] = intercepts[k] } }
    if features.rows > 0, features.columns > 0 {
        cblas_dgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, Int32(features.rows), Int32(outputs), Int32(features.columns), 1,
            features.values, Int32(features.columns), coefficients.values, Int32(features.columns), 1, &values,
            Int32(outputs))
    }
    return FeatureMatrix(rows: features.rows, columns: outputs, values: values)
}

/// ½ ‖w‖² + C Σ max(0, 1 − y x·w)², piecewise quadratic.
private struct SquaredHinge {
    let design: FeatureMatrix
    let cost: Double

    func solve(_ signs: [Double], maximumIterations: Int) -> [Double] {
        let width: Int = design.columns
        var weights = [Double](repeating: 0, count: width)
        var margins: [Double] = self.margins(weights, signs)
        var value: Double = loss(weights, margins)
        for _ in 0..<maximumIterations {
            // The rows inside the margin make the gradient and the Hessian.
            let active: [Int] = margins.indices.filter { margins[$0] < 1 }
            let inside: FeatureMatrix = design.selecting(rows: active)
            let pull: [Double] = active.map { -2 * cost * signs[$0] * (1 - margins[$0]) }
            var gradient: [Double] = weights
            var hessian = [Double](repeating: 0, count: width * width)
            for index in 0..<width { hessian[index * width + index] = 1 }
            if !active.isEmpty {
                let (m, n) = (Int32(active.count), Int32(width))
                cblas_dgemv(CblasRowMajor, CblasTrans, m, n, 1, inside.values, n, pull, 1, 1, &gradient, 1)
                cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, n, m, 2 * cost, inside.values, n, 1, &hessian, n)
            }
            var step: [Double] = gradient.map { -$0 }
            let status: Int32 = LAPACKE_dposv(
                LAPACK_ROW_MAJOR, CChar(UInt8(ascii: "L")), Int32(width), 1, &hessian, Int32(width), &step, 1)
            requireShape(status == 0, "The Hessian of a penalised problem is positive definite, LAPACK says \(status).")
            var slope: Double = 0
            for index in 0..<width { slope += gradient[index] * step[index] }
            if -slope <= 1e-20 * (1 + value) { break }
            var length: Double = 1
            var moved: Bool = false
            while length > 1e-12 {
                let next: [Double] = weights.indices.map { weights[$0] + length * step[$0] }
                let nextMargins: [Double] = self.margins(next, signs)
                let nextValue: Double = loss(next, nextMargins)
                if nextValue <= value + 1e-4 * length * slope {
                    (weights, margins, value) = (next, nextMargins, nextValue)
                    moved = true
                    break
                }
                length /= 2
            }
            // Rounding allows no further descent.
            if !moved { break }
        }
        return weights
    }

    private func margins(_ weights: [Double], _ signs: [Double]) -> [Double] {
        var result = [Double](repeating: 0, count: design.rows)
        cblas_dgemv(
            CblasRowMajor, CblasNoTrans, Int32(design.rows), Int32(design.columns), 1, design.values,
            Int32(design.columns), weights, 1, 0, &result, 1)
        for row in result.indices { result[row] *= signs[row] }
        return result
    }

    private func loss(_ weights: [Double], _ margins: [Double]) -> Double {
        var sum: Double = 0
        for margin in margins where margin < 1 { sum += (1 - margin) * (1 - margin) }
        return 0.5 * weights.reduce(0) { $0 + $1 * $1 } + cost * sum
    }
}
