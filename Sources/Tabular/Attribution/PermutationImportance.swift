import Statistics
import Tensor

/// How much a score falls when one feature's values are shuffled among the rows (Breiman 2001; Fisher, Rudin and
/// Dominici, arXiv 1801.01489).
///
/// ```swift
/// let importance = try PermutationImportance(repeats: 10, key: RandomKey(seed: 1)).measure(test) { rows in
///     try AreaUnderROC(scores: model.predictProbability(rows).column(1), labels: isCase).value
/// }
/// ```
public struct PermutationImportance: Sendable, Hashable {
    /// How often each feature is shuffled.
    public var repeats: Int
    /// Draws the orders.
    public var key: RandomKey

    /// Creates the method; stops the program unless it repeats at least once.
    public init(repeats: Int = 5, key: RandomKey = RandomKey(seed: 0)) {
        requireShape(repeats > 0, "An importance needs at least one shuffle, not \(repeats).")
        self.repeats = repeats
        self.key = key
    }

    /// The fall of the score by each shuffle, `[features][repeats]`.
    ///
    /// - Parameters:
    ///   - features: Rows that the model did not learn from.
    ///   - score: The score of a model on rows like these, larger being better.
    public func measure(
        _ features: FeatureMatrix, score: (FeatureMatrix) throws -> Double
    ) rethrows -> [[Double]] {
        let whole: Double = try score(features)
        var falls: [[Double]] = []
        for column in 0..<features.columns {
            var own: [Double] = []
            for round in 0..<repeats {
                var generator = RandomGenerator(key: key.folded(column).folded(round))
                var shuffled: FeatureMatrix = features
                for (row, other) in generator.permutation(features.rows).enumerated() {
                    shuffled[row, column] = features[other, column]
                }
                own.append(whole - (try score(shuffled)))
            }
            falls.append(own)
        }
        return falls
    }
}
