import Glibc

/// Turns a decision value into a probability by a logistic curve (Platt 1999), fitted by Newton's method with
/// backtracking (Lin, Lin and Weng 2007).
public struct PlattScaling: Sendable, Hashable {
    /// What a decision value is multiplied by.
    public let slope: Double
    /// What is then added.
    public let offset: Double

    /// A curve of known slope and offset.
    init(slope: Double, offset: Double) {
        self.slope = slope
        self.offset = offset
    }

    /// Fits the curve to decision values of rows that the decision was not learned from.
    ///
    /// Targets are pulled from 0 and 1 as if either class had one row more, so that separated classes have a fit.
    public init(decisions: [Double], labels: [Bool]) {
        let positives: Double = Double(labels.count { $0 })
        let negatives: Double = Double(labels.count) - positives
        let high: Double = (positives + 1) / (positives + 2)
        let low: Double = 1 / (negatives + 2)
        let targets: [Double] = labels.map { $0 ? high : low }
        var (a, b): (Double, Double) = (0, log((positives + 1) / (negatives + 1)))
        func loss(_ a: Double, _ b: Double) -> Double {
            var sum: Double = 0
            for (decision, target) in zip(decisions, targets) {
                let score: Double = a * decision + b
                // log(1 + e^-|s|) keeps both ends finite.
                sum += max(score, 0) - target * score + log1p(exp(-abs(score)))
            }
            return sum
        }
        var value: Double = loss(a, b)
        for _ in 0..<100 {
            var (gradientA, gradientB): (Double, Double) = (0, 0)
            var (h11, h22, h21): (Double, Double, Double) = (1e-12, 1e-12, 0)
            for (decision, target) in zip(decisions, targets) {
                let p: Double = sigmoid(a * decision + b)
                let curvature: Double = p * (1 - p)
                h11 += decision * decision * curvature
                h22 += curvature
                h21 += decision * curvature
                gradientA += decision * (p - target)
                gradientB += p - target
            }
            if abs(gradientA) < 1e-8, abs(gradientB) < 1e-8 { break }
            let determinant: Double = h11 * h22 - h21 * h21
            let stepA: Double = -(h22 * gradientA - h21 * gradientB) / determinant
            let stepB: Double = -(h11 * gradientB - h21 * gradientA) / determinant
            let slope: Double = gradientA * stepA + gradientB * stepB
            var length: Double = 1
            var moved: Bool = false
            while length >= 1e-10 {
                let next: Double = loss(a + length * stepA, b + length * stepB)
                if next < value + 1e-4 * length * slope {
                    (a, b, value) = (a + length * stepA, b + length * stepB, next)
                    moved = true
                    break
                }
                length /= 2
            }
            if !moved { break }
        }
        slope = a
        offset = b
    }

    /// The probability that belongs to a decision value.
    public func probability(_ decision: Double) -> Double { sigmoid(slope * decision + offset) }
}

/// One curve for two classes, else one for each class against the others, whose probabilities are made to sum to 1.
struct DecisionCalibration: Sendable, Hashable {
    let curves: [PlattScaling]

    /// The logistic function itself.
    static func none(outputs: Int) -> DecisionCalibration {
        DecisionCalibration(curves: [PlattScaling](repeating: PlattScaling(slope: 1, offset: 0), count: outputs))
    }

    private init(curves: [PlattScaling]) { self.curves = curves }

    /// Fits curves to the decisions that each row gets from the model that did not see it.
    ///
    /// - Parameter decide: Fits on some rows and returns the decisions `[rows, outputs]` of others.
    init(
        _ features: FeatureMatrix, _ labels: [Int], classCount: Int, folds: Int,
        decide: (_ train: FeatureMatrix, _ labels: [Int], _ test: FeatureMatrix) throws(EstimatorError) -> FeatureMatrix
    ) throws(EstimatorError) {
        let outputs: Int = classCount == 2 ? 1 : classCount
        let splits: [Split]
        do {
            splits = try StratifiedKFold(folds: folds).splits(labels: labels)
        } catch {
            switch error {
            case .tooFewSamples(let have, let need): throw .tooFewRows(have: have, need: need)
            case .classTooSmall(let index, let have, let need):
                throw .classTooSmall(class: index, have: have, need: need)
            }
        }
        var decisions = [[Double]](repeating: [Double](repeating: 0, count: labels.count), count: outputs)
        for split in splits {
            let found: FeatureMatrix = try decide(
                features.selecting(rows: split.train), split.train.map { labels[$0] },
                features.selecting(rows: split.test))
            for (position, row) in split.test.enumerated() {
                for output in 0..<outputs { decisions[output][row] = found[position, output] }
            }
        }
        curves = (0..<outputs).map { output in
            PlattScaling(decisions: decisions[output], labels: labels.map { $0 == (outputs == 1 ? 1 : output) })
        }
    }

    /// The probabilities `[rows, classes]` of decisions `[rows, outputs]`.
    func probabilities(_ decisions: FeatureMatrix) -> FeatureMatrix {
        var values: [Double] = []
        for row in 0..<decisions.rows {
            var own: [Double] = curves.enumerated().map { $1.probability(decisions[row, $0]) }
            if own.count == 1 {
                own = [1 - own[0], own[0]]
            } else {
                let total: Double = own.reduce(0, +)
                own = own.map { total > 0 ? $0 / total : 1 / Double(own.count) }
            }
            values += own
        }
        return FeatureMatrix(rows: decisions.rows, columns: curves.count == 1 ? 2 : curves.count, values: values)
    }
}

/// The classes of decisions: for two classes the second when above zero, else the highest.
func classes(ofDecisions decisions: FeatureMatrix) -> [Int] {
    (0..<decisions.rows).map { row in
        if decisions.columns == 1 { return decisions[row, 0] > 0 ? 1 : 0 }
        return (0..<decisions.columns).reduce(0) { decisions[row, $1] > decisions[row, $0] ? $1 : $0 }
    }
}
