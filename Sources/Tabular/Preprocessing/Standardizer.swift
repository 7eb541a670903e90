import Statistics

/// Centres every feature at zero and scales it to a population standard deviation of one.
///
/// ```swift
/// let scaler = try Standardizer().fit(training)
/// let scaled = try scaler.transform(test)
/// ```
public struct Standardizer: Sendable, Hashable {
    /// Creates the step; it has no settings.
    public init() {}

    /// Learns means and population standard deviations; a constant feature keeps the scale 1.
    ///
    /// - Throws: `PreprocessingError` for no rows or a value that is missing or infinite.
    public func fit(_ matrix: FeatureMatrix) throws(PreprocessingError) -> FittedStandardizer {
        if matrix.rows == 0 { throw .empty }
        if let place = matrix.firstNotFinite { throw .notFinite(row: place.row, column: place.column) }
        var means = [Double](repeating: 0, count: matrix.columns)
        var scales = [Double](repeating: 1, count: matrix.columns)
        for j in 0..<matrix.columns {
            let values: [Double] = matrix.column(j)
            means[j] = values.mean
            let variance: Double = values.populationVariance
            // Rounding leaves a constant column a trace of variance; scikit-learn's bound tells it from a real one.
            let n: Double = Double(matrix.rows)
            let noise: Double =
                n * Double.ulpOfOne * variance + n * n * means[j] * means[j] * Double.ulpOfOne * Double.ulpOfOne
            if variance > noise { scales[j] = variance.squareRoot() }
        }
        return FittedStandardizer(means: means, scales: scales)
    }
}

/// The means and scales of training data.
public struct FittedStandardizer: Sendable, Hashable {
    /// What is subtracted from each feature.
    public let means: [Double]
    /// What each feature is then divided by.
    public let scales: [Double]

    /// (x − mean) / scale; stops the program when the number of features differs.
    public func transform(_ matrix: FeatureMatrix) -> FeatureMatrix {
        mapped(matrix) { ($0 - means[$1]) / scales[$1] }
    }

    /// x · scale + mean; stops the program when the number of features differs.
    public func inverseTransform(_ matrix: FeatureMatrix) -> FeatureMatrix {
        mapped(matrix) { $0 * scales[$1] + means[$1] }
    }

    private func mapped(_ matrix: FeatureMatrix, _ change: (Double, Int) -> Double) -> FeatureMatrix {
        requireShape(
            matrix.columns == means.count,
            "The standardizer was fitted on \(means.count) features but was given \(matrix.columns).")
        var result: FeatureMatrix = matrix
        for i in 0..<matrix.rows {
            for j in 0..<matrix.columns { result[i, j] = change(matrix[i, j], j) }
        }
        return result
    }
}
