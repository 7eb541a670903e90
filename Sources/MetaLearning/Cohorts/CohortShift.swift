import Tabular
import Tensor

/// Synthetic cohorts of a standardised one, as other platforms would have measured the same people: every gene of a
/// synthetic cohort is changed by one drawn affine function, a ~ N(1, scale²) and b ~ N(0, offset²).
///
/// They are further source tasks, while ``SourceAugmentation`` makes further rows of a task.
public struct CohortShift: Sendable, Hashable {
    /// The number of synthetic cohorts for each real one.
    public var copies: Int
    /// The standard deviation of the factors around 1.
    public var scale: Double
    /// The standard deviation of the offsets, in standard deviations of the gene.
    public var offset: Double

    /// Describes synthetic cohorts.
    public init(copies: Int = 1, scale: Double = 0.1, offset: Double = 0.3) {
        guard copies >= 0 else { trap("CohortShift: the number of copies, \(copies), is negative") }
        self.copies = copies
        self.scale = scale
        self.offset = offset
    }

    /// The synthetic cohorts of the people of one cohort, in the order of its rows.
    ///
    /// - Parameter features: Standardised, `[n, probes]`.
    public func cohorts(of features: FeatureMatrix, key: RandomKey) -> [FeatureMatrix] {
        (0..<copies).map { copy in
            var generator = RandomGenerator(key: key.folded(copy))
            let changes = (0..<features.columns).map { _ in
                (scale: 1 + scale * generator.normal(), offset: offset * generator.normal())
            }
            var result = features
            for row in 0..<features.rows {
                for (column, change) in changes.enumerated() {
                    result[row, column] = change.scale * features[row, column] + change.offset
                }
            }
            return result
        }
    }
}
