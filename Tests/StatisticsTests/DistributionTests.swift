import Statistics
import Testing

/// One line of continuous.json or discrete.json: either values at `x` or quantiles of `probability`.
struct DistributionCase: Decodable, Sendable {
    let distribution: String
    let parameters: [Double]
    let x: Double?
    let logPDF: ReferenceNumber?
    let cdf: ReferenceNumber?
    let survival: ReferenceNumber?
    let probability: Double?
    let quantile: ReferenceNumber?
    let upperQuantile: ReferenceNumber?

    var continuous: any ContinuousDistribution {
        let p = parameters
        switch distribution {
        case "normal": return NormalDistribution(mean: p[0], standardDeviation: p[1])
        case "studentT": return StudentTDistribution(degreesOfFreedom: p[0])
        case "chiSquared": return ChiSquaredDistribution(degreesOfFreedom: p[0])
        case "fisherF": return FisherFDistribution(numerator: p[0], denominator: p[1])
        case "beta": return BetaDistribution(p[0], p[1])
        case "gamma": return GammaDistribution(shape: p[0], rate: p[1])
        case "exponential": return ExponentialDistribution(rate: p[0])
        case "weibull": return WeibullDistribution(shape: p[0], scale: p[1])
        default: return UniformDistribution(lower: p[0], upper: p[1])
        }
    }

    var discrete: any DiscreteDistribution {
        distribution == "poisson"
            ? PoissonDistribution(mean: parameters[0])
            : BinomialDistribution(trials: Int(parameters[0]), probability: parameters[1])
    }
}

@Suite struct DistributionTests {
    @Test("densities, both tails and quantiles of continuous distributions agree with SciPy")
    func continuousReference() throws {
        for item in try reference("continuous.json", as: [DistributionCase].self) {
            let d = item.continuous
            let label = "\(item.distribution) \(item.parameters)"
            if let x = item.x, let logPDF = item.logPDF, let cdf = item.cdf, let survival = item.survival {
                #expect(abs(d.logPDF(x) - logPDF.value) <= 2e-12 * max(1, abs(logPDF.value)), "\(label) logPDF(\(x))")
                #expect(relativeError(d.cdf(x), cdf.value) < 2e-12, "\(label) cdf(\(x)) \(d.cdf(x)) \(cdf.value)")
                let tail = d.survival(x)
                #expect(
                    relativeError(tail, survival.value) < 2e-12, "\(label) survival(\(x)) \(tail) \(survival.value)")
            }
            if let p = item.probability, let quantile = item.quantile, let upper = item.upperQuantile {
                let lower = d.quantile(p)
                #expect(
                    relativeError(lower, quantile.value) < 2e-12, "\(label) quantile(\(p)) \(lower) \(quantile.value)")
                let above = d.quantile(upperTail: p)
                #expect(
                    relativeError(above, upper.value) < 2e-12, "\(label) upper quantile(\(p)) \(above) \(upper.value)")
            }
        }
    }

    @Test("probabilities, tails and quantiles of discrete distributions agree with SciPy")
    func discreteReference() throws {
        for item in try reference("discrete.json", as: [DistributionCase].self) {
            let d = item.discrete
            let label = "\(item.distribution) \(item.parameters)"
            if let x = item.x, let logPDF = item.logPDF, let cdf = item.cdf, let survival = item.survival {
                let k = Int(x)
                // SciPy takes the difference of large log gammas; allow its rounding.
                let logPMF = d.logPMF(k)
                let close = logPMF == logPDF.value || abs(logPMF - logPDF.value) <= 1e-10 * max(1, abs(logPDF.value))
                #expect(close, "\(label) logPMF(\(k)) \(logPMF) \(logPDF.value)")
                #expect(relativeError(d.cdf(k), cdf.value) < 2e-12, "\(label) cdf(\(k)) \(d.cdf(k)) \(cdf.value)")
                let tail = d.survival(k)
                #expect(
                    relativeError(tail, survival.value) < 2e-12, "\(label) survival(\(k)) \(tail) \(survival.value)")
            }
            if let p = item.probability, let quantile = item.quantile {
                #expect(d.quantile(p) == Int(quantile.value), "\(label) quantile(\(p))")
            }
        }
    }

    @Test("a quantile's tail is the probability it was asked for, from 1e-300 up")
    func quantileRoundTrip() {
        let distributions: [any ContinuousDistribution] = [
            NormalDistribution.standard, StudentTDistribution(degreesOfFreedom: 3),
            StudentTDistribution(degreesOfFreedom: 1e12), ChiSquaredDistribution(degreesOfFreedom: 3),
            ChiSquaredDistribution(degreesOfFreedom: 1e12), GammaDistribution(shape: 0.01, rate: 1),
            BetaDistribution(0.3, 5), BetaDistribution(1e5, 2e5), FisherFDistribution(numerator: 3, denominator: 1e11),
            ExponentialDistribution(rate: 3), WeibullDistribution(shape: 0.4, scale: 2),
        ]
        for d in distributions {
            for p in [1e-300, 1e-40, 1e-6, 0.1, 0.25, 0.4999, 0.5, 0.75, 0.999] {
                let upper = d.quantile(upperTail: p)
                // Where the density at the quantile magnifies x's own rounding, that much is allowed.
                let slack = 1e-12 + 1e-15 * abs(upper) * d.pdf(upper) / p
                if upper > 1e-290, d.survival(upper) > 0 {
                    #expect(relativeError(d.survival(upper), p) < slack, "\(d) \(p)")
                }
                let lower = d.quantile(p)
                let lowerSlack = 1e-12 + 1e-15 * abs(lower) * d.pdf(lower) / p
                if abs(lower) > 1e-290 { #expect(relativeError(d.cdf(lower), p) < lowerSlack, "\(d) \(p)") }
            }
        }
    }

    @Test("values outside the support and probabilities outside 0...1 have defined answers")
    func edges() {
        let gamma = GammaDistribution(shape: 2, rate: 1)
        #expect(gamma.cdf(-1) == 0 && gamma.survival(-1) == 1 && gamma.pdf(-1) == 0)
        #expect(gamma.quantile(0) == 0 && gamma.quantile(1) == .infinity)
        #expect(gamma.quantile(1.5).isNaN && gamma.quantile(.nan).isNaN && gamma.cdf(.nan).isNaN)
        let t = StudentTDistribution(degreesOfFreedom: 2)
        #expect(t.cdf(-.infinity) == 0 && t.cdf(.infinity) == 1 && t.quantile(0.5) == 0)
        #expect(t.quantile(0) == -.infinity && t.quantile(1) == .infinity)
        #expect(NormalDistribution.standard.quantile(0) == -.infinity)
        let binomial = BinomialDistribution(trials: 3, probability: 0.5)
        #expect(binomial.pmf(4) == 0 && binomial.cdf(-1) == 0 && binomial.cdf(3) == 1)
        #expect(binomial.quantile(-0.1) == nil && binomial.quantile(1) == 3)
        #expect(PoissonDistribution(mean: 2).quantile(1) == nil)
        #expect(BinomialDistribution(trials: 0, probability: 0.5).quantile(0.7) == 0)
    }

    @Test("the moments of each distribution match its quantiles' average")
    func moments() {
        let distributions: [any ContinuousDistribution] = [
            NormalDistribution(mean: 2, standardDeviation: 3), StudentTDistribution(degreesOfFreedom: 9),
            ChiSquaredDistribution(degreesOfFreedom: 4), FisherFDistribution(numerator: 5, denominator: 30),
            BetaDistribution(2, 3), GammaDistribution(shape: 3, rate: 2), ExponentialDistribution(rate: 2),
            WeibullDistribution(shape: 1.5, scale: 2), UniformDistribution(lower: -1, upper: 3),
        ]
        let count = 20_000
        for d in distributions {
            let draws = (0..<count).map { d.quantile((Double($0) + 0.5) / Double(count)) }
            #expect(abs(draws.mean - d.mean) < 2e-3 * max(1, d.variance), "\(d)")
            #expect(relativeError(draws.populationVariance, d.variance) < 1e-2, "\(d)")
        }
    }
}

@Suite struct SpecialFunctionTests {
    struct Case: Decodable {
        let function: String
        let arguments: [Double]
        let value: ReferenceNumber
    }

    @Test("special functions agree with SciPy to 1e-12")
    func specialReference() throws {
        for item in try reference("special.json", as: [Case].self) {
            let a = item.arguments
            let actual: Double
            switch item.function {
            case "digamma": actual = digamma(a[0])
            case "trigamma": actual = trigamma(a[0])
            case "inverseErrorFunctionComplement": actual = inverseErrorFunctionComplement(a[0])
            case "inverseErrorFunction": actual = inverseErrorFunction(a[0])
            case "logBeta": actual = logBeta(a[0], a[1])
            case "gammaLower": actual = regularizedIncompleteGamma(a[0], a[1]).lower
            case "gammaUpper": actual = regularizedIncompleteGamma(a[0], a[1]).upper
            case "betaLower": actual = regularizedIncompleteBeta(a[0], a[1], a[2]).lower
            default: actual = regularizedIncompleteBeta(a[0], a[1], a[2]).upper
            }
            #expect(
                relativeError(actual, item.value.value) < 2e-12, "\(item.function) \(a): \(actual) \(item.value.value)")
        }
    }

    @Test("the inverse incomplete functions undo the direct ones")
    func inverses() {
        for p in [1e-12, 0.02, 0.5, 0.9] {
            let x = inverseRegularizedIncompleteGamma(2.5, p)
            #expect(relativeError(regularizedIncompleteGamma(2.5, x).lower, p) < 1e-12)
            let y = inverseRegularizedIncompleteBeta(2.5, 0.7, p)
            #expect(relativeError(regularizedIncompleteBeta(2.5, 0.7, y).lower, p) < 1e-12)
        }
    }

    @Test("the limits for very large shapes agree with R on both sides of the switch")
    func largeShapes() {
        // R 4.2: pgamma(990000, 1e6); pgamma(a + 2e5, a, lower.tail = FALSE) on both sides of a = 1e10; pt(2, 1.9e10).
        #expect(relativeError(regularizedIncompleteGamma(1e6, 990_000).lower, 5.4466446930107698e-24) < 1e-12)
        let below: Double = 0.999999e10
        let above: Double = 1.000001e10
        #expect(relativeError(regularizedIncompleteGamma(below, below + 2e5).upper, 0.022750617864101767) < 1e-12)
        #expect(relativeError(regularizedIncompleteGamma(above, above + 2e5).upper, 0.022750725846214757) < 1e-12)
        let tail: Double = StudentTDistribution(degreesOfFreedom: 1.9e10).survival(2)
        #expect(relativeError(tail, 0.022750131955283283) < 1e-12)
        #expect(regularizedIncompleteGamma(1e300, 1e300).lower > 0.49)
    }
}
