import Statistics

/// Replaces missing numbers (NaN) by a value learned from the training data.
public struct Imputer: Sendable, Hashable {
    /// What a missing value becomes.
    public enum Strategy: Sendable, Hashable {
        /// The mean of the feature.
        case mean
        /// The median of the feature.
        case median
        /// The most frequent value of the feature, the smallest of several.
        case mostFrequent
        /// A given number.
        case constant(Double)
    }

    /// What a missing value becomes.
    public var strategy: Strategy

    /// Creates the step.
    public init(_ strategy: Strategy = .median) { self.strategy = strategy }

    /// Learns a replacement for every feature.
    ///
    /// - Throws: `PreprocessingError` for no rows, an infinite value, or a feature without values.
    public func fit(_ matrix: FeatureMatrix) throws(PreprocessingError) -> FittedImputer {
        if matrix.rows == 0 { throw .empty }
        if let index = matrix.values.firstIndex(where: \.isInfinite) {
            throw .notFinite(row: index / matrix.columns, column: index % matrix.columns)
        }
        var replacements: [Double] = []
        for j in 0..<matrix.columns {
            let known: [Double] = matrix.column(j).filter { !$0.isNaN }
            if case .constant(let value) = strategy {
                replacements.append(value)
                continue
            }
            if known.isEmpty { throw .allMissing(column: j) }
            switch strategy {
            case .median: replacements.append(known.median)
            case .mostFrequent: replacements.append(Self.mostFrequent(known))
            default: replacements.append(known.mean)
            }
        }
        return FittedImputer(replacements: replacements)
    }

    private static func mostFrequent(_ values: [Double]) -> Double {
        let sorted: [Double] = values.sorted()
        var best: Double = sorted[0]
        var bestCount: Int = 0
        var count: Int = 0
        for (index, value) in sorted.enumerated() {
            count = index > 0 && sorted[index - 1] == value ? count + 1 : 1
            if count > bestCount { (best, bestCount) = (value, count) }
        }
        return best
    }
}

/// The replacements learned from training data.
public struct FittedImputer: Sendable, Hashable {
    /// What a missing value of each feature becomes.
    public let replacements: [Double]

    /// The matrix without NaN; stops the program when the number of features differs.
    public func transform(_ matrix: FeatureMatrix) -> FeatureMatrix {
        requireShape(
            matrix.columns == replacements.count,
            "The imputer was fitted on \(replacements.count) features but was given \(matrix.columns).")
        var result: FeatureMatrix = matrix
        for (index, value) in matrix.values.enumerated() where value.isNaN {
            result.values[index] = replacements[index % matrix.columns]
        }
        return result
    }
}
