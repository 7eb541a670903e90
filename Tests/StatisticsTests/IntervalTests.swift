import Statistics
import Testing

@Suite struct IntervalTests {
    struct ProportionCase: Decodable {
        let method: String
        let successes: Int
        let trials: Int
        let level: Double
        let lower: Double
        let upper: Double
    }

    struct BootstrapCase: Decodable {
        let method: String
        let observed: Double
        let replicates: [Double]
        let jackknife: [Double]
        let lower: Double
        let upper: Double
    }

    @Test("intervals of proportions agree with SciPy, including none and all successes")
    func proportions() throws {
        for item in try reference("intervals.json", as: [ProportionCase].self) {
            let interval =
                item.method == "wilson"
                ? try ConfidenceInterval.wilson(successes: item.successes, trials: item.trials, level: item.level)
                : try ConfidenceInterval.clopperPearson(
                    successes: item.successes, trials: item.trials, level: item.level)
            #expect(abs(interval.lower - item.lower) < 1e-10, "\(item)")
            #expect(abs(interval.upper - item.upper) < 1e-10, "\(item)")
        }
        #expect(throws: StatisticsError.tooFewObservations(have: 0, need: 1)) {
            try ConfidenceInterval.wilson(successes: 0, trials: 0)
        }
        #expect(throws: StatisticsError.self) { try ConfidenceInterval.clopperPearson(successes: 4, trials: 3) }
    }

    @Test("the interval of a mean is the one-sample t test's")
    func meanInterval() throws {
        let sample: [Double] = [5.1, 4.9, 6.2, 5.8, 6.0]
        let interval = try ConfidenceInterval.studentMean(of: sample, level: 0.9)
        #expect(try TTest.oneSample(sample, level: 0.9).interval == interval)
        #expect(interval.contains(sample.mean) && !interval.contains(0))
    }

    @Test("bootstrap intervals of given replicates agree with SciPy")
    func bootstrapReference() throws {
        for item in try reference("bootstrap.json", as: [BootstrapCase].self) {
            let bootstrap = try Bootstrap(
                observed: item.observed, replicates: item.replicates, jackknife: item.jackknife)
            let interval =
                item.method == "BCa"
                ? try bootstrap.biasCorrectedAcceleratedInterval(level: 0.9) : bootstrap.percentileInterval(level: 0.9)
            #expect(abs(interval.lower - item.lower) < 1e-9, "\(item.method)")
            #expect(abs(interval.upper - item.upper) < 1e-9, "\(item.method)")
        }
    }

    @Test("the bootstrap is reproducible for a seed and its standard error estimates that of the mean")
    func bootstrapDraws() throws {
        let sample = (0..<40).map { Double(($0 * 37) % 41) }
        var first = SplitMix64(state: 1)
        var again = SplitMix64(state: 1)
        let a = try Bootstrap(sample, resamples: 4_000, using: &first) { $0.mean }
        let b = try Bootstrap(sample, resamples: 4_000, using: &again) { $0.mean }
        #expect(a.replicates == b.replicates)
        let expected = (sample.populationVariance / 40).squareRoot()
        #expect(relativeError(a.standardError, expected) < 0.05)
        #expect(a.percentileInterval().contains(sample.mean))
    }

    @Test("the bootstrap refuses tiny samples, statistics that are not finite and one-sided replicates")
    func bootstrapErrors() {
        var generator = SplitMix64(state: 5)
        #expect(throws: StatisticsError.tooFewObservations(have: 1, need: 2)) {
            try Bootstrap([1.0], using: &generator) { $0.mean }
        }
        #expect(throws: StatisticsError.self) { try Bootstrap([1.0, 2.0], using: &generator) { _ in .nan } }
        #expect(throws: StatisticsError.self) {
            try Bootstrap(observed: 5, replicates: [1, 2], jackknife: []).biasCorrectedAcceleratedInterval()
        }
    }

    @Test("moments, medians and ranks follow their definitions at the edges")
    func descriptive() {
        #expect([Double]().mean.isNaN && [1.0].sampleVariance.isNaN && [1.0].populationVariance == 0)
        #expect([3.0, 1, 2, 10].median == 2.5)
        #expect([1e15 + 1, 1e15 + 2, 1e15 + 3].sampleVariance == 1)
        #expect([1.0, .nan].median.isNaN && [1.0, 2].quantile(1.5).isNaN)
        #expect([-Double.infinity, -.infinity, 4].quantile(0.25) == -.infinity)
        #expect(MidRanks([5, 1, 5, 3]).ranks == [3.5, 1, 3.5, 2])
        #expect(MidRanks([]).ranks.isEmpty && !MidRanks([1]).hasTies)
    }
}
