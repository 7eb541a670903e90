/// Errors of predicted numbers.
public struct RegressionScore: Sendable, Hashable {
    /// The mean of squared errors.
    public let meanSquaredError: Double
    /// The mean of absolute errors.
    public let meanAbsoluteError: Double
    private let squaredSpread: Double
    private let absoluteSpread: Double

    /// Compares predictions with targets.
    ///
    /// - Throws: `MetricError` for no rows or a value that is not finite.
    public init(actual: [Double], predicted: [Double]) throws(MetricError) {
        try requireScores(predicted, count: actual.count)
        try requireScores(actual, count: actual.count)
        var center: Double = 0
        for value in actual { center += value / Double(actual.count) }
        var sums: (squares: Double, absolutes: Double, squaredSpread: Double, absoluteSpread: Double) = (0, 0, 0, 0)
        for (a, p) in zip(actual, predicted) {
            sums.squares += (a - p) * (a - p)
            sums.absolutes += abs(a - p)
            sums.squaredSpread += (a - center) * (a - center)
            sums.absoluteSpread += abs(a - center)
        }
        let n: Double = Double(actual.count)
        meanSquaredError = sums.squares / n
        meanAbsoluteError = sums.absolutes / n
        let constant: Bool = actual.allSatisfy { $0 == actual[0] }
        squaredSpread = constant ? 0 : sums.squaredSpread / n
        absoluteSpread = constant ? 0 : sums.absoluteSpread / n
    }

    /// The square root of the mean squared error, in the target's unit.
    public var rootMeanSquaredError: Double { meanSquaredError.squareRoot() }

    /// R², the share of the target's variance that is explained; negative when worse than the mean.
    ///
    /// - Throws: `MetricError.constantTarget` when all targets are equal.
    public func coefficientOfDetermination() throws(MetricError) -> Double {
        if squaredSpread == 0 { throw .constantTarget }
        return 1 - meanSquaredError / squaredSpread
    }

    /// The sum of absolute errors relative to that of predicting the mean.
    ///
    /// - Throws: `MetricError.constantTarget` when all targets are equal.
    public func relativeAbsoluteError() throws(MetricError) -> Double {
        if absoluteSpread == 0 { throw .constantTarget }
        return meanAbsoluteError / absoluteSpread
    }
}
