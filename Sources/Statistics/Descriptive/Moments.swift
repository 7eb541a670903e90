import Glibc

extension Collection where Element == Double {
    /// The arithmetic mean; NaN for an empty collection.
    public var mean: Double {
        if isEmpty { return .nan }
        var sum: Double = 0
        for value in self { sum += value }
        let estimate: Double = sum / Double(count)
        if !estimate.isFinite { return estimate }
        // A second pass removes the rounding of the first.
        var residual: Double = 0
        for value in self { residual += value - estimate }
        return estimate + residual / Double(count)
    }

    /// The unbiased variance with divisor n − 1; NaN for fewer than two values.
    public var sampleVariance: Double { count < 2 ? .nan : sumOfSquaredDeviations / Double(count - 1) }

    /// The variance with divisor n; NaN for an empty collection.
    public var populationVariance: Double { isEmpty ? .nan : sumOfSquaredDeviations / Double(count) }

    /// The square root of the unbiased variance; NaN for fewer than two values.
    public var sampleStandardDeviation: Double { sampleVariance.squareRoot() }

    /// Σ (x − mean)².
    public var sumOfSquaredDeviations: Double {
        let center: Double = mean
        var sum: Double = 0
        for value in self { sum += (value - center) * (value - center) }
        return sum
    }

    /// The middle value, or the mean of the two middle values; NaN for an empty collection.
    public var median: Double { quantile(0.5) }

    /// The quantile by linear interpolation between order statistics (Hyndman and Fan's type 7).
    ///
    /// NaN for an empty collection, one that holds NaN, or a probability outside 0...1. O(n log n).
    public func quantile(_ probability: Double) -> Double {
        if isEmpty || contains(where: { $0.isNaN }) { return .nan }
        return quantileOfSorted(sorted(), probability)
    }
}

/// The type 7 quantile of values that are already in ascending order.
func quantileOfSorted(_ sorted: [Double], _ probability: Double) -> Double {
    if sorted.isEmpty || !(probability >= 0 && probability <= 1) { return .nan }
    let position: Double = probability * Double(sorted.count - 1)
    let below: Int = Int(position)
    let fraction: Double = position - Double(below)
    // Equal neighbours are returned as they are: interpolating between infinities would give NaN.
    if fraction == 0 || below + 1 == sorted.count || sorted[below] == sorted[below + 1] { return sorted[below] }
    return sorted[below] + fraction * (sorted[below + 1] - sorted[below])
}
