import Statistics
import Testing

/// One line of tests.json.
struct TestCase: Decodable, Sendable {
    let test: String
    let first: [Double]
    let second: [Double]?
    let table: [[Int]]?
    let alternative: String
    let statistic: ReferenceNumber
    let pValue: ReferenceNumber
    let freedom: Double?
    let lower: Double?
    let upper: Double?

    func run() throws -> TestResult {
        let y = second ?? []
        let alternative = try #require(Alternative(rawValue: alternative))
        switch test {
        case "oneSampleT": return try TTest.oneSample(first, mean: 0.5, alternative: alternative, level: 0.9)
        case "pairedT": return try TTest.paired(first, y, alternative: alternative, level: 0.9)
        case "twoSampleT": return try TTest.twoSample(first, y, alternative: alternative, level: 0.9)
        case "welch": return try TTest.welch(first, y, alternative: alternative, level: 0.9)
        case "correctedResampled":
            return try TTest.correctedResampled(differences: first, testCount: 25, trainCount: 230)
        case "mannWhitneyExact": return try MannWhitneyTest.twoSample(first, y, alternative: alternative, null: .exact)
        case "mannWhitneyCorrected", "mannWhitneyPlain":
            let null = NullDistribution.asymptotic(continuityCorrection: test == "mannWhitneyCorrected")
            return try MannWhitneyTest.twoSample(first, y, alternative: alternative, null: null)
        case "signedRankExact":
            return try WilcoxonSignedRankTest.oneSample(first, alternative: alternative, null: .exact)
        case "signedRankCorrected", "signedRankPlain":
            let null = NullDistribution.asymptotic(continuityCorrection: test == "signedRankCorrected")
            return try WilcoxonSignedRankTest.oneSample(first, alternative: alternative, null: null)
        case "fisherExact":
            let n = first.map { Int($0) }
            return try ContingencyTest.fisherExact(n[0], n[1], n[2], n[3], alternative: alternative)
        case "chiSquaredCorrected": return try ContingencyTest.chiSquared(table ?? [])
        case "chiSquaredPlain": return try ContingencyTest.chiSquared(table ?? [], yatesCorrection: false)
        case "goodnessOfFit": return try ContingencyTest.goodnessOfFit(first.map { Int($0) })
        case "pearson": return try Correlation.pearson(first, y, level: 0.9)
        case "spearman": return try Correlation.spearman(first, y)
        case "kendall": return try Correlation.kendall(first, y)
        default:
            Issue.record("unknown test \(test)")
            throw StatisticsError.tooFewObservations(have: 0, need: 1)
        }
    }

    /// SciPy reports the coefficient, or the odds ratio, as the statistic of these.
    var statisticIsEstimate: Bool { ["pearson", "spearman", "kendall", "fisherExact"].contains(test) }
}

@Suite struct HypothesisTestTests {
    @Test("statistics, p-values and intervals agree with SciPy")
    func scipyReference() throws {
        for item in try reference("tests.json", as: [TestCase].self) {
            let result = try item.run()
            let label = "\(item.test) \(item.alternative)"
            let statistic = item.statisticIsEstimate ? (result.estimate ?? .nan) : result.statistic
            #expect(
                relativeError(statistic, item.statistic.value) < 1e-10, "\(label) \(statistic) \(item.statistic.value)")
            #expect(
                relativeError(result.pValue, item.pValue.value) < 1e-10,
                "\(label) \(result.pValue) \(item.pValue.value)")
            if let freedom = item.freedom { #expect(relativeError(result.degreesOfFreedom ?? .nan, freedom) < 1e-12) }
            if let lower = item.lower, let upper = item.upper {
                let interval = try #require(result.interval)
                #expect(relativeError(interval.lower, lower) < 1e-10, "\(label)")
                #expect(relativeError(interval.upper, upper) < 1e-10, "\(label)")
            }
        }
    }

    @Test("the automatic choice is exact for small samples without ties and normal otherwise")
    func automaticChoice() throws {
        #expect(try MannWhitneyTest.twoSample([1, 2, 3], [4, 5]).method.contains("exact"))
        #expect(try MannWhitneyTest.twoSample([1, 2, 3], [3, 5]).method.contains("normal"))
        #expect(try WilcoxonSignedRankTest.oneSample([1, 2, -3]).method.contains("exact"))
        #expect(try WilcoxonSignedRankTest.oneSample([1, 2, 0]).method.contains("normal"))
    }

    @Test("the exact tests of the most extreme arrangement have the p-value counting gives")
    func extremeArrangements() throws {
        #expect(relativeError(try MannWhitneyTest.twoSample([4, 5, 6], [1, 2, 3]).pValue, 2.0 / 20) < 1e-14)
        #expect(relativeError(try WilcoxonSignedRankTest.oneSample([1, 2, 3, 4]).pValue, 2.0 / 16) < 1e-14)
        #expect(try MannWhitneyTest.twoSample([1, 2, 3], [4, 5, 6], alternative: .greater).pValue == 1)
        let many = (0..<49).map { Double($0) }
        let separated = try MannWhitneyTest.twoSample(many, many.map { $0 + 100 }, alternative: .less)
        // One arrangement of C(98, 49).
        #expect(relativeError(separated.pValue, 1 / 2.5477612258980869e28) < 1e-10)
    }

    @Test("data no test is defined for is refused with the reason")
    func badData() {
        #expect(throws: StatisticsError.tooFewObservations(have: 1, need: 2)) { try TTest.oneSample([1]) }
        #expect(throws: StatisticsError.notFinite(sample: "sample", index: 1)) { try TTest.oneSample([1, .nan]) }
        #expect(throws: StatisticsError.self) { try TTest.oneSample([2, 2, 2]) }
        #expect(throws: StatisticsError.noVariation(sample: "both samples")) { try TTest.welch([1, 1], [2, 2]) }
        #expect(throws: StatisticsError.unequalLengths(first: 2, second: 1)) { try TTest.paired([1, 2], [1]) }
        #expect(throws: StatisticsError.noVariation(sample: "differences")) {
            try WilcoxonSignedRankTest.oneSample([0, 0])
        }
        #expect(throws: StatisticsError.tooFewObservations(have: 0, need: 1)) { try MannWhitneyTest.twoSample([], [1]) }
        #expect(throws: StatisticsError.malformedTable("row 1 sums to zero")) {
            try ContingencyTest.chiSquared([[1, 2], [0, 0]])
        }
        #expect(throws: StatisticsError.self) { try ContingencyTest.chiSquared([[1, 2], [3]]) }
        #expect(throws: StatisticsError.self) { try ContingencyTest.fisherExact(-1, 2, 3, 4) }
        #expect(throws: StatisticsError.noVariation(sample: "x")) { try Correlation.pearson([1, 1, 1], [1, 2, 3]) }
        #expect(throws: StatisticsError.noVariation(sample: "y")) { try Correlation.kendall([1, 2, 3], [1, 1, 1]) }
        #expect(throws: StatisticsError.self) { try MultipleTesting.holm([0.2, 1.1]) }
        #expect(throws: StatisticsError.self) { try MultipleTesting.benjaminiHochberg([.nan]) }
    }

    @Test("perfectly correlated samples have coefficient one and p-value zero")
    func perfectCorrelation() throws {
        let x: [Double] = [1, 2, 3, 4, 5]
        #expect(try Correlation.pearson(x, x.map { 2 * $0 }).pValue < 1e-15)
        #expect(try Correlation.spearman(x, x.map { $0 * $0 }).estimate == 1)
        #expect(try Correlation.kendall(x, x.map { -$0 }).estimate == -1)
    }

    @Test("p-value adjustments agree with R and SciPy and keep the order given")
    func adjustments() throws {
        struct Adjustments: Decodable {
            let pValues: [Double]
            let holm: [Double]
            let benjaminiHochberg: [Double]
        }
        let expected = try reference("adjustments.json", as: Adjustments.self)
        for (a, b) in zip(try MultipleTesting.holm(expected.pValues), expected.holm) { #expect(abs(a - b) < 1e-15) }
        for (a, b) in zip(try MultipleTesting.benjaminiHochberg(expected.pValues), expected.benjaminiHochberg) {
            #expect(abs(a - b) < 1e-15)
        }
        #expect(try MultipleTesting.holm([]).isEmpty)
    }
}
