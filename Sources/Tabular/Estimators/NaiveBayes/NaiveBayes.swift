import Glibc

/// Classes as products of independent normal features.
///
/// ```swift
/// let model = try GaussianNaiveBayes().fit(features, labels)
/// ```
public struct GaussianNaiveBayes: Classifier, Hashable {
    /// Added to all variances, as a share of the largest variance of any feature.
    public var smoothing: Double

    /// Creates the estimator; stops the program for negative smoothing.
    public init(smoothing: Double = 1e-9) {
        requireShape(smoothing >= 0, "The smoothing must not be negative, not \(smoothing).")
        self.smoothing = smoothing
    }

    /// Estimates the mean and the population variance of every feature in every class.
    ///
    /// - Throws: `EstimatorError`.
    public func fit(_ features: FeatureMatrix, _ labels: [Int]) throws -> FittedNaiveBayes {
        let classCount: Int = try requireClasses(features, labels)
        let columns: Int = features.columns
        let everything: Moments = Moments(features, rows: Array(0..<features.rows))
        let extra: Double = smoothing * (everything.variances.max() ?? 0)
        var constants = [Double](repeating: 0, count: classCount)
        var linear = FeatureMatrix(
            rows: classCount, columns: columns, values: [Double](repeating: 0, count: classCount * columns))
        var centers: FeatureMatrix = linear
        for (index, rows) in rowsByClass(labels).enumerated() {
            let moments = Moments(features, rows: rows)
            constants[index] = log(Double(rows.count) / Double(labels.count))
            for j in 0..<columns {
                // A feature that is constant in all of the table says nothing; a tiny variance keeps it finite.
                let variance: Double = max(moments.variances[j] + extra, .leastNormalMagnitude)
                constants[index] -= 0.5 * log(2 * .pi * variance)
                linear[index, j] = -0.5 / variance
                centers[index, j] = moments.means[j]
            }
        }
        return FittedNaiveBayes(kind: .gaussian(centers: centers), constants: constants, factors: linear)
    }

    private struct Moments {
        var means: [Double]
        var variances: [Double]

        init(_ features: FeatureMatrix, rows: [Int]) {
            let n: Double = Double(rows.count)
            means = [Double](repeating: 0, count: features.columns)
            variances = means
            for row in rows { for j in means.indices { means[j] += features[row, j] / n } }
            for row in rows {
                for j in means.indices {
                    let distance: Double = features[row, j] - means[j]
                    variances[j] += distance * distance / n
                }
            }
        }
    }
}

/// Classes as products of independent yes-or-no features.
public struct BernoulliNaiveBayes: Classifier, Hashable {
    /// Rows of either answer that every class is given beforehand (Laplace's is 1).
    public var smoothing: Double
    /// Values above it are a yes.
    public var threshold: Double

    /// Creates the estimator; stops the program unless the smoothing is above zero.
    public init(smoothing: Double = 1, threshold: Double = 0) {
        requireShape(smoothing > 0, "The smoothing must be above zero, not \(smoothing).")
        self.smoothing = smoothing
        self.threshold = threshold
    }

    /// Counts the answers in every class.
    ///
    /// - Throws: `EstimatorError`.
    public func fit(_ features: FeatureMatrix, _ labels: [Int]) throws -> FittedNaiveBayes {
        let classCount: Int = try requireClasses(features, labels)
        let columns: Int = features.columns
        var constants = [Double](repeating: 0, count: classCount)
        var factors = FeatureMatrix(
            rows: classCount, columns: columns, values: [Double](repeating: 0, count: classCount * columns))
        for (index, rows) in rowsByClass(labels).enumerated() {
            constants[index] = log(Double(rows.count) / Double(labels.count))
            for j in 0..<columns {
                let count: Int = rows.count { features[$0, j] > threshold }
                let share: Double = (Double(count) + smoothing) / (Double(rows.count) + 2 * smoothing)
                constants[index] += log(1 - share)
                factors[index, j] = log(share) - log(1 - share)
            }
        }
        return FittedNaiveBayes(kind: .bernoulli(threshold: threshold), constants: constants, factors: factors)
    }
}

/// A naive Bayes model that has learned.
public struct FittedNaiveBayes: FittedClassifier, Hashable {
    enum Kind: Hashable {
        case gaussian(centers: FeatureMatrix)
        case bernoulli(threshold: Double)
    }

    let kind: Kind
    /// What does not depend on the row, for each class.
    let constants: [Double]
    /// What each feature's square of the distance, or its yes, is multiplied by, `[classes, features]`.
    let factors: FeatureMatrix

    /// log p(class) + Σ log p(feature | class), `[rows, classes]`; stops the program for another number of features.
    public func jointLogLikelihood(_ features: FeatureMatrix) -> FeatureMatrix {
        requireFeatures(features, fittedOn: factors.columns)
        let classes: Int = constants.count
        var values = [Double](repeating: 0, count: features.rows * classes)
        for row in 0..<features.rows {
            for k in 0..<classes {
                var sum: Double = constants[k]
                switch kind {
                case .gaussian(let centers):
                    for j in 0..<features.columns {
                        let distance: Double = features[row, j] - centers[k, j]
                        sum += factors[k, j] * distance * distance
                    }
                case .bernoulli(let threshold):
                    for j in 0..<features.columns where features[row, j] > threshold { sum += factors[k, j] }
                }
                values[row * classes + k] = sum
            }
        }
        return FeatureMatrix(rows: features.rows, columns: classes, values: values)
    }

    /// The probability of every class for every row, `[rows, classes]`.
    public func predictProbability(_ features: FeatureMatrix) -> FeatureMatrix {
        let scores: FeatureMatrix = jointLogLikelihood(features)
        var values: [Double] = scores.values
        softmaxRows(&values, classes: scores.columns)
        return FeatureMatrix(rows: scores.rows, columns: scores.columns, values: values)
    }
}
