/// The bootstrap distribution of a statistic (Efron 1979): its value on samples drawn with replacement.
///
/// ```swift
/// var generator = SystemRandomNumberGenerator()
/// let bootstrap = try Bootstrap(sample, resamples: 2_000, using: &generator) { $0.median }
/// bootstrap.percentileInterval()
/// try bootstrap.biasCorrectedAcceleratedInterval()
/// ```
public struct Bootstrap: Sendable {
    /// The statistic on the sample itself.
    public let observed: Double
    /// The statistic on each resample, in ascending order.
    public let replicates: [Double]
    /// The statistic on the sample without each of its values in turn.
    public let jackknife: [Double]

    /// Draws `resamples` resamples of `sample` and evaluates `statistic` on each, then on every leave-one-out sample.
    ///
    /// - Throws: `StatisticsError.tooFewObservations` for fewer than two elements, `.notFinite` when the statistic is
    ///   not finite on a resample (`sample` then reads "replicates" or "jackknife"), or what `statistic` throws.
    public init<Element>(
        _ sample: [Element], resamples: Int = 2_000, using generator: inout some RandomNumberGenerator,
        statistic: ([Element]) throws -> Double
    ) throws {
        requireParameter(resamples > 0, "A bootstrap needs at least one resample, not \(resamples).")
        if sample.count < 2 { throw StatisticsError.tooFewObservations(have: sample.count, need: 2) }
        var replicates: [Double] = []
        replicates.reserveCapacity(resamples)
        var drawn: [Element] = sample
        for _ in 0..<resamples {
            for index in drawn.indices { drawn[index] = sample[Int.random(in: 0..<sample.count, using: &generator)] }
            replicates.append(try statistic(drawn))
        }
        var jackknife: [Double] = []
        jackknife.reserveCapacity(sample.count)
        for index in sample.indices {
            var rest = sample
            rest.remove(at: index)
            jackknife.append(try statistic(rest))
        }
        try self.init(observed: try statistic(sample), replicates: replicates, jackknife: jackknife)
    }

    /// Wraps replicates that were computed elsewhere.
    ///
    /// - Throws: `StatisticsError` for no replicates or a value that is not finite.
    public init(observed: Double, replicates: [Double], jackknife: [Double]) throws(StatisticsError) {
        try requireFinite([observed], named: "observed", atLeast: 1)
        try requireFinite(replicates, named: "replicates", atLeast: 1)
        try requireFinite(jackknife, named: "jackknife", atLeast: 0)
        self.observed = observed
        self.replicates = replicates.sorted()
        self.jackknife = jackknife
    }

    /// The standard deviation of the replicates; NaN for a single one.
    public var standardError: Double { replicates.sampleStandardDeviation }

    /// The interval between the quantiles of the replicates.
    public func percentileInterval(level: Double = 0.95) -> ConfidenceInterval {
        requireLevel(level)
        let tail: Double = 0.5 * (1 - level)
        return ConfidenceInterval(
            lower: quantileOfSorted(replicates, tail), upper: quantileOfSorted(replicates, 1 - tail), level: level)
    }

    /// The bias-corrected and accelerated interval (Efron 1987).
    ///
    /// - Throws: `StatisticsError.noVariation` when all replicates lie on one side of the observed value, which leaves
    ///   the bias correction infinite.
    public func biasCorrectedAcceleratedInterval(level: Double = 0.95) throws(StatisticsError) -> ConfidenceInterval {
        requireLevel(level)
        var below: Double = 0
        for replicate in replicates {
            if replicate < observed { below += 1 } else if replicate == observed { below += 0.5 }
        }
        let normal = NormalDistribution.standard
        let bias: Double = normal.quantile(below / Double(replicates.count))
        if !bias.isFinite { throw .noVariation(sample: "replicates relative to the observed value") }
        let center: Double = jackknife.mean
        var squares: Double = 0
        var cubes: Double = 0
        for value in jackknife {
            let deviation: Double = center - value
            squares += deviation * deviation
            cubes += deviation * deviation * deviation
        }
        // A statistic that ignores single values has no acceleration.
        let acceleration: Double = squares > 0 ? cubes / (6 * squares * squares.squareRoot()) : 0
        let shifted: (Double) -> Double = { probability in
            let z: Double = bias + normal.quantile(probability)
            return normal.cdf(bias + z / (1 - acceleration * z))
        }
        let tail: Double = 0.5 * (1 - level)
        return ConfidenceInterval(
            lower: quantileOfSorted(replicates, shifted(tail)),
            upper: quantileOfSorted(replicates, shifted(1 - tail)), level: level)
    }
}
