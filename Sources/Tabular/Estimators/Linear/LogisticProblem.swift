import COpenBLAS
import Glibc

/// The objective Σ weight × log-loss + ½ penalty ‖coefficients‖² and Newton's method on it.
///
/// Parameters are one row per output (one for two classes, else one per class): the coefficients, then the intercept.
struct LogisticProblem {
    struct Solution {
        let coefficients: FeatureMatrix
        let intercepts: [Double]
        let convergence: Convergence
    }

    /// The objective at a point and what its derivatives need.
    struct State {
        var parameters: [Double]
        var loss: Double
        var gradient: [Double]
        /// Linear predictors, `[rows, outputs]`.
        var scores: [Double]
        /// Probabilities, `[rows, outputs]`; of class 1 for two classes.
        var probabilities: [Double]
    }

    /// Beyond this many parameters Newton's equations are solved by conjugate gradients instead of Cholesky.
    static let largestDenseSystem: Int = 2_500

    let rows: Int
    /// Parameters per output.
    let width: Int
    let outputs: Int
    let penalty: Double
    /// The design with a column of ones at its end when there is an intercept, `[rows, width]`.
    let design: [Double]
    let labels: [Int]
    let weights: [Double]
    /// How many leading entries of each parameter row are penalised.
    let penalised: Int
    /// The largest gradient entry the data can produce.
    let gradientScale: Double

    init(
        design: FeatureMatrix, labels: [Int], weights: [Double], classCount: Int, penalty: Double, hasIntercept: Bool
    ) {
        rows = design.rows
        penalised = design.columns
        width = design.columns + (hasIntercept ? 1 : 0)
        outputs = classCount == 2 ? 1 : classCount
        self.penalty = penalty
        self.labels = labels
        self.weights = weights
        var extended: [Double] = []
        extended.reserveCapacity(rows * width)
        for i in 0..<rows {
            extended.append(contentsOf: design.row(i))
            if hasIntercept { extended.append(1) }
        }
        self.design = extended
        var totals = [Double](repeating: 0, count: width)
        for i in 0..<rows { for j in 0..<width { totals[j] += weights[i] * abs(extended[i * width + j]) } }
        gradientScale = max(totals.max() ?? 1, .leastNormalMagnitude)
    }

    func solve(maximumIterations: Int, tolerance: Double) throws(EstimatorError) -> Solution {
        var state: State = evaluate([Double](repeating: 0, count: outputs * width))
        var iterations: Int = 0
        var isConverged: Bool = false
        while true {
            let gradient: Double = relativeGradient(state)
            let isFlat: Bool = gradient <= tolerance
            // Without a penalty a vanishing gradient can also mean escape to infinity; there the step stays large.
            if isFlat, penalty > 0 {
                isConverged = true
                break
            }
            if penalty == 0 { try refuseSeparation(state) }
            if iterations >= maximumIterations { break }
            let step: [Double] = try newtonStep(state)
            if isFlat, largestScoreChange(step) < 1e-6 {
                isConverged = true
                break
            }
            iterations += 1
            guard let next = lineSearch(state, step) else {
                // Rounding allows no further descent: accept when the gradient says so, loosely.
                isConverged = gradient <= max(tolerance, 1e-8)
                break
            }
            state = next
        }
        center(&state.parameters)
        var coefficients: [Double] = []
        var intercepts: [Double] = []
        for k in 0..<outputs {
            coefficients.append(contentsOf: state.parameters[k * width..<k * width + penalised])
            intercepts.append(width > penalised ? state.parameters[k * width + penalised] : 0)
        }
        return Solution(
            coefficients: FeatureMatrix(rows: outputs, columns: penalised, values: coefficients),
            intercepts: intercepts,
            convergence: Convergence(
                isConverged: isConverged, iterations: iterations, relativeGradient: relativeGradient(state)))
    }

    /// Picks, of the equivalent softmax parameters that no penalty tells apart, those that sum to zero over the classes.
    private func center(_ parameters: inout [Double]) {
        if outputs == 1 { return }
        for j in (penalty > 0 ? penalised : 0)..<width {
            var mean: Double = 0
            for k in 0..<outputs { mean += parameters[k * width + j] / Double(outputs) }
            for k in 0..<outputs { parameters[k * width + j] -= mean }
        }
    }

    func relativeGradient(_ state: State) -> Double {
        var largest: Double = 0
        for value in state.gradient { largest = max(largest, abs(value)) }
        return largest / gradientScale
    }

    func evaluate(_ parameters: [Double]) -> State {
        let scores: [Double] = linearPredictors(parameters)
        var probabilities: [Double] = scores
        var loss: Double = 0
        if outputs == 1 {
            for i in 0..<rows {
                let score: Double = scores[i]
                probabilities[i] = sigmoid(score)
                let margin: Double = labels[i] == 1 ? score : -score
                // log(1 + e^−margin) without overflow.
                loss += weights[i] * (margin > 0 ? log1p(exp(-margin)) : log1p(exp(margin)) - margin)
            }
        } else {
            let logSums: [Double] = softmaxRows(&probabilities, classes: outputs)
            for i in 0..<rows { loss += weights[i] * (logSums[i] - scores[i * outputs + labels[i]]) }
        }
        var residuals: [Double] = probabilities
        for i in 0..<rows {
            if outputs == 1 {
                if labels[i] == 1 { residuals[i] -= 1 }
            } else {
                residuals[i * outputs + labels[i]] -= 1
            }
            for k in 0..<outputs { residuals[i * outputs + k] *= weights[i] }
        }
        var gradient: [Double] = transposedProduct(residuals)
        for k in 0..<outputs {
            for j in k * width..<k * width + penalised {
                gradient[j] += penalty * parameters[j]
                loss += 0.5 * penalty * parameters[j] * parameters[j]
            }
        }
        return State(
            parameters: parameters, loss: loss, gradient: gradient, scores: scores, probabilities: probabilities)
    }

    /// design × parametersᵀ, `[rows, outputs]`.
    func linearPredictors(_ parameters: [Double]) -> [Double] {
        var result = [Double](repeating: 0, count: rows * outputs)
        if width == 0 { return result }
        cblas_dgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(outputs), Int32(width), 1, design, Int32(width),
            parameters, Int32(width), 0, &result, Int32(outputs))
        return result
    }

    /// valuesᵀ × design, `[outputs, width]`.
    func transposedProduct(_ values: [Double]) -> [Double] {
        var result = [Double](repeating: 0, count: outputs * width)
        if width == 0 { return result }
        cblas_dgemm(
            CblasRowMajor, CblasTrans, CblasNoTrans, Int32(outputs), Int32(width), Int32(rows), 1, values,
            Int32(outputs),
            design, Int32(width), 0, &result, Int32(width))
        return result
    }

    private func largestScoreChange(_ step: [Double]) -> Double {
        var largest: Double = 0
        for value in linearPredictors(step) { largest = max(largest, abs(value)) }
        return largest
    }

    /// Halves the step until the loss falls enough (Armijo); nil when it does not.
    private func lineSearch(_ state: State, _ step: [Double]) -> State? {
        var slope: Double = 0
        for (g, s) in zip(state.gradient, step) { slope += g * s }
        // Differences of the loss below its rounding say nothing; close to the minimum full steps are right.
        let slack: Double = 1e-14 * abs(state.loss)
        var length: Double = 1
        for _ in 0..<60 {
            var moved: [Double] = state.parameters
            for index in moved.indices { moved[index] += length * step[index] }
            let candidate: State = evaluate(moved)
            if candidate.loss <= state.loss + 1e-4 * length * slope + slack {
                let isProgress: Bool =
                    candidate.loss < state.loss - slack || relativeGradient(candidate) < relativeGradient(state)
                return isProgress ? candidate : nil
            }
            length *= 0.5
        }
        return nil
    }

    /// Throws when the current scores rank every row's class first: then scaling them up lowers the loss for ever.
    private func refuseSeparation(_ state: State) throws(EstimatorError) {
        var separates: Bool = true
        var largest: Double = 0
        for i in 0..<rows where weights[i] > 0 {
            if outputs == 1 {
                largest = max(largest, abs(state.scores[i]))
                if (labels[i] == 1 ? state.scores[i] : -state.scores[i]) <= 0 { separates = false }
            } else {
                let own: Double = state.scores[i * outputs + labels[i]]
                for k in 0..<outputs where k != labels[i] {
                    let margin: Double = own - state.scores[i * outputs + k]
                    largest = max(largest, abs(margin))
                    if margin <= 0 { separates = false }
                }
            }
        }
        // Quasi-separation never ranks all rows, but its scores grow by about one per step without end.
        if separates || largest > 60 { throw .separable }
    }
}
