/// The log-loss of raw scores while boosting: one score for two classes, else one for each class.
struct LogLoss {
    let classCount: Int
    let outputs: Int
    let labels: [Int]
    /// The scores without any tree.
    let baselines: [Double]
    /// `[outputs, rows]`.
    private(set) var scores: [Double]
    /// Probabilities of class 1, or of every class, `[outputs, rows]`; as of the last update.
    private(set) var probabilities: [Double]

    init(labels: [Int], classCount: Int) {
        self.labels = labels
        self.classCount = classCount
        outputs = classCount == 2 ? 1 : classCount
        var shares = [Double](repeating: 0, count: classCount)
        for label in labels { shares[label] += 1 / Double(labels.count) }
        let logarithms: [Double] = shares.map { naturalLogarithm($0) }
        baselines = classCount == 2 ? [logarithms[1] - logarithms[0]] : logarithms
        scores = baselines.flatMap { [Double](repeating: $0, count: labels.count) }
        probabilities = scores
    }

    /// Computes the probabilities of the present scores.
    mutating func update() {
        let rows: Int = labels.count
        if outputs == 1 {
            for row in 0..<rows { probabilities[row] = sigmoid(scores[row]) }
            return
        }
        var own = [Double](repeating: 0, count: classCount)
        for row in 0..<rows {
            for k in 0..<classCount { own[k] = scores[k * rows + row] }
            softmaxRows(&own, classes: classCount)
            for k in 0..<classCount { probabilities[k * rows + row] = own[k] }
        }
    }

    /// One minus or minus the probability: what the scores of an output should move along.
    func residuals(_ output: Int) -> [Double] {
        let rows: Int = labels.count
        let positive: Int = outputs == 1 ? 1 : output
        return (0..<rows).map { (labels[$0] == positive ? 1 : 0) - probabilities[output * rows + $0] }
    }

    /// Newton's step for a constant added to the scores of some rows (Friedman 2001, equations 33 and 36).
    func newtonStep(_ rows: [Int], _ residuals: [Double]) -> Double {
        var sum: Double = 0
        var curvature: Double = 0
        for row in rows {
            let residual: Double = residuals[row]
            sum += residual
            curvature += abs(residual) * (1 - abs(residual))
        }
        if curvature < 1e-150 { return 0 }
        let scale: Double = outputs == 1 ? 1 : Double(classCount - 1) / Double(classCount)
        return scale * sum / curvature
    }

    mutating func add(_ value: Double, row: Int, _ output: Int) { scores[output * labels.count + row] += value }

    mutating func add(_ tree: DecisionTree, _ features: FeatureMatrix, to output: Int) {
        for (row, leaf) in tree.leaves(of: features).enumerated() { add(tree.values[leaf], row: row, output) }
    }
}
