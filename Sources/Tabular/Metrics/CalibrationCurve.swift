import Statistics

/// Predicted probabilities against observed frequencies, in bins.
public struct CalibrationCurve: Sendable, Hashable {
    /// How 0...1 is cut into bins.
    public enum Binning: Sendable, Hashable {
        /// Bins of equal width.
        case equalWidth
        /// Bins between quantiles of the predictions, of nearly equal numbers of rows.
        case equalMass
    }

    /// One bin that holds rows.
    public struct Bin: Sendable, Hashable {
        /// The mean predicted probability.
        public let meanProbability: Double
        /// The share of positive rows.
        public let observedFrequency: Double
        /// The number of rows.
        public let count: Int
        /// Wilson's interval of the observed frequency.
        public let interval: ConfidenceInterval
    }

    /// The bins that hold rows, by ascending probability; a value on an edge belongs to the lower bin.
    public let bins: [Bin]
    /// Σ share of rows × |observed − predicted| (Naeini et al. 2015).
    public let expectedCalibrationError: Double
    /// The largest |observed − predicted| of any bin.
    public let maximumCalibrationError: Double

    /// Bins the predictions.
    ///
    /// - Throws: `MetricError` for no rows or a value that is not a probability.
    public init(
        probabilities: [Double], labels: [Bool], bins binCount: Int = 10, binning: Binning = .equalWidth,
        level: Double = 0.95
    ) throws(MetricError) {
        requireShape(binCount > 0, "A calibration curve needs at least one bin, not \(binCount).")
        try requireProbabilities(probabilities, count: labels.count)
        let sorted: [Double] = probabilities.sorted()
        let edges: [Double] = (1..<binCount).map { index in
            let share: Double = Double(index) / Double(binCount)
            return binning == .equalWidth ? share : sorted.quantile(share)
        }
        var sums = [Double](repeating: 0, count: binCount)
        var hits = [Int](repeating: 0, count: binCount)
        var counts = [Int](repeating: 0, count: binCount)
        for (probability, label) in zip(probabilities, labels) {
            // The number of edges below the value, by bisection.
            var low: Int = 0
            var high: Int = edges.count
            while low < high {
                let middle: Int = (low + high) / 2
                if edges[middle] < probability { low = middle + 1 } else { high = middle }
            }
            sums[low] += probability
            counts[low] += 1
            if label { hits[low] += 1 }
        }
        var bins: [Bin] = []
        var expected: Double = 0
        var largest: Double = 0
        for index in 0..<binCount where counts[index] > 0 {
            let count: Double = Double(counts[index])
            let mean: Double = sums[index] / count
            let frequency: Double = Double(hits[index]) / count
            expected += count / Double(labels.count) * abs(frequency - mean)
            largest = max(largest, abs(frequency - mean))
            // Counts are in range by construction, so Wilson's interval exists.
            guard
                let interval = try? ConfidenceInterval.wilson(
                    successes: hits[index], trials: counts[index], level: level)
            else { continue }
            bins.append(
                Bin(meanProbability: mean, observedFrequency: frequency, count: counts[index], interval: interval))
        }
        self.bins = bins
        expectedCalibrationError = expected
        maximumCalibrationError = largest
    }
}
