/// A method that learns to predict a number; the value holds its settings only.
public protocol Regressor: Sendable {
    /// What fitting returns.
    associatedtype Fitted: FittedRegressor

    /// Learns from rows and their targets.
    func fit(_ features: FeatureMatrix, _ targets: [Double]) throws -> Fitted
}

/// A regressor that has learned.
public protocol FittedRegressor: Sendable {
    /// The predicted number of every row.
    func predict(_ features: FeatureMatrix) -> [Double]
}
