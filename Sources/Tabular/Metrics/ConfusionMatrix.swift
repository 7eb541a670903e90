import Statistics

/// Counts of rows by actual and predicted class, and the metrics that follow from them.
public struct ConfusionMatrix: Sendable, Hashable {
    /// The number of classes.
    public let classCount: Int
    /// `[actual, predicted]`, row after row.
    public let counts: [Int]

    /// Counts rows.
    ///
    /// Stops the program when lengths differ or a class lies outside `0..<classCount`.
    ///
    /// - Throws: `MetricError.empty` for no rows.
    public init(actual: [Int], predicted: [Int], classCount: Int) throws(MetricError) {
        requireShape(
            actual.count == predicted.count,
            "A confusion matrix needs one prediction per row, not \(predicted.count) for \(actual.count) rows.")
        if actual.isEmpty { throw .empty }
        var counts = [Int](repeating: 0, count: classCount * classCount)
        for (a, p) in zip(actual, predicted) {
            requireShape(
                a >= 0 && a < classCount && p >= 0 && p < classCount,
                "Classes must lie in 0..<\(classCount); found actual \(a), predicted \(p).")
            counts[a * classCount + p] += 1
        }
        self.counts = counts
        self.classCount = classCount
    }

    /// Counts rows of two classes.
    ///
    /// - Throws: `MetricError.empty` for no rows.
    public init(actual: [Bool], predicted: [Bool]) throws(MetricError) {
        try self.init(actual: actual.map { $0 ? 1 : 0 }, predicted: predicted.map { $0 ? 1 : 0 }, classCount: 2)
    }

    /// The number of rows of one actual and one predicted class.
    public subscript(actual actual: Int, predicted predicted: Int) -> Int { counts[actual * classCount + predicted] }

    /// The number of rows.
    public var total: Int { counts.reduce(0, +) }

    /// The number of rows on the diagonal.
    public var correct: Int { (0..<classCount).reduce(0) { $0 + self[actual: $1, predicted: $1] } }

    /// The number of rows of a class.
    public func actualCount(_ index: Int) -> Int { counts[index * classCount..<(index + 1) * classCount].reduce(0, +) }

    /// The number of rows predicted to be of a class.
    public func predictedCount(_ index: Int) -> Int {
        (0..<classCount).reduce(0) { $0 + self[actual: $1, predicted: index] }
    }

    /// The share of rows predicted correctly.
    public var accuracy: Double { Double(correct) / Double(total) }

    /// Wilson's interval of the accuracy, rows taken as independent.
    public func accuracyInterval(level: Double = 0.95) throws(StatisticsError) -> ConfidenceInterval {
        try .wilson(successes: correct, trials: total, level: level)
    }

    /// The mean recall of the classes that occur.
    public var balancedAccuracy: Double {
        let present: [Int] = (0..<classCount).filter { actualCount($0) > 0 }
        var sum: Double = 0
        for index in present { sum += Double(self[actual: index, predicted: index]) / Double(actualCount(index)) }
        return sum / Double(present.count)
    }

    /// Matthews' correlation, for any number of classes (Gorodkin 2004); zero where a margin holds all rows.
    public var matthewsCorrelation: Double {
        let n: Double = Double(total)
        var both: Double = 0
        var actualSquares: Double = 0
        var predictedSquares: Double = 0
        for index in 0..<classCount {
            let a: Double = Double(actualCount(index))
            let p: Double = Double(predictedCount(index))
            both += a * p
            actualSquares += a * a
            predictedSquares += p * p
        }
        let scale: Double = ((n * n - predictedSquares) * (n * n - actualSquares)).squareRoot()
        return scale == 0 ? 0 : (Double(correct) * n - both) / scale
    }

    /// Cohen's κ: agreement beyond chance; nil where chance agreement is certain.
    public var cohensKappa: Double? {
        let n: Double = Double(total)
        var chance: Double = 0
        for index in 0..<classCount { chance += Double(actualCount(index)) / n * (Double(predictedCount(index)) / n) }
        return chance >= 1 ? nil : (accuracy - chance) / (1 - chance)
    }
}
