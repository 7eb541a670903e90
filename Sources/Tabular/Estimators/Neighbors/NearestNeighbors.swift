/// How much each of the nearest rows counts.
public enum NeighborWeights: Sendable, Hashable {
    /// All the same.
    case uniform
    /// The inverse of the distance; rows at distance zero alone, if there are any.
    case inverseDistance

    func weights(_ neighbors: [(row: Int, distance: Double)]) -> [Double] {
        switch self {
        case .uniform: return neighbors.map { _ in 1 }
        case .inverseDistance:
            if neighbors.contains(where: { $0.distance == 0 }) { return neighbors.map { $0.distance == 0 ? 1 : 0 } }
            return neighbors.map { 1 / $0.distance }
        }
    }
}

/// The classes of the nearest rows by Euclidean distance.
///
/// ```swift
/// let model = try NearestNeighbors(5).fit(scaled, labels)
/// ```
public struct NearestNeighbors: Classifier, Hashable {
    /// How many rows are asked.
    public var count: Int
    /// How much each of them counts.
    public var weights: NeighborWeights

    /// Creates the estimator; stops the program unless the count is above zero.
    public init(_ count: Int = 5, weights: NeighborWeights = .uniform) {
        requireShape(count > 0, "The number of neighbours must be above zero, not \(count).")
        self.count = count
        self.weights = weights
    }

    /// Keeps the rows.
    ///
    /// - Throws: `EstimatorError`.
    public func fit(_ features: FeatureMatrix, _ labels: [Int]) throws -> FittedNearestNeighbors {
        let classCount: Int = try requireClasses(features, labels)
        if labels.count < count { throw EstimatorError.tooFewRows(have: labels.count, need: count) }
        return FittedNearestNeighbors(
            search: NeighborSearch(features), labels: labels, classCount: classCount, settings: self)
    }
}

/// Rows that new ones are compared with.
public struct FittedNearestNeighbors: FittedClassifier, Hashable {
    let search: NeighborSearch
    let labels: [Int]
    let classCount: Int
    let settings: NearestNeighbors

    /// The share of every class among the nearest rows, `[rows, classes]`.
    public func predictProbability(_ features: FeatureMatrix) -> FeatureMatrix {
        var shares = [Double](repeating: 0, count: features.rows * classCount)
        for (row, neighbors) in search.nearest(settings.count, to: features).enumerated() {
            let weights: [Double] = settings.weights.weights(neighbors)
            let total: Double = weights.reduce(0, +)
            for (neighbor, weight) in zip(neighbors, weights) {
                shares[row * classCount + labels[neighbor.row]] += weight / total
            }
        }
        return FeatureMatrix(rows: features.rows, columns: classCount, values: shares)
    }
}

/// The mean target of the nearest rows by Euclidean distance.
public struct NearestNeighborsRegressor: Regressor, Hashable {
    /// How many rows are asked.
    public var count: Int
    /// How much each of them counts.
    public var weights: NeighborWeights

    /// Creates the estimator; stops the program unless the count is above zero.
    public init(_ count: Int = 5, weights: NeighborWeights = .uniform) {
        requireShape(count > 0, "The number of neighbours must be above zero, not \(count).")
        self.count = count
        self.weights = weights
    }

    /// Keeps the rows.
    ///
    /// - Throws: `EstimatorError`.
    public func fit(_ features: FeatureMatrix, _ targets: [Double]) throws -> FittedNearestNeighborsRegressor {
        try requireTargets(features, targets)
        if targets.count < count { throw EstimatorError.tooFewRows(have: targets.count, need: count) }
        return FittedNearestNeighborsRegressor(search: NeighborSearch(features), targets: targets, settings: self)
    }
}

/// Rows that new ones are compared with.
public struct FittedNearestNeighborsRegressor: FittedRegressor, Hashable {
    let search: NeighborSearch
    let targets: [Double]
    let settings: NearestNeighborsRegressor

    /// The mean target of the nearest rows.
    public func predict(_ features: FeatureMatrix) -> [Double] {
        search.nearest(settings.count, to: features).map { neighbors in
            let weights: [Double] = settings.weights.weights(neighbors)
            var sum: Double = 0
            for (neighbor, weight) in zip(neighbors, weights) { sum += weight * targets[neighbor.row] }
            return sum / weights.reduce(0, +)
        }
    }
}
