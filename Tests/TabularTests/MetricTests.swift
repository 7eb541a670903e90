import Statistics
import Tabular
import Testing

@Suite struct MetricTests {
    struct Curve: Decodable {
        let observed: [Double]
        let predicted: [Double]
    }

    struct Binary: Decodable {
        let labels: [Int]
        let probabilities: [Double]
        let auroc, averagePrecision, logLoss, brier, accuracy, balancedAccuracy, precision, recall, f1: Double
        let macroF1, matthews, kappa: Double
        let rocFalse, rocTrue: [Double]
        let equalWidth, equalMass: Curve
    }

    struct Multiclass: Decodable {
        let labels: [Int]
        let probabilities: [Double]
        let classes: Int
        let auroc, logLoss, brier, accuracy, balancedAccuracy, matthews, kappa: Double
        let macro, micro, weighted: [Double]
    }

    struct Regression: Decodable {
        let actual, predicted: [Double]
        let meanSquaredError, meanAbsoluteError, r2: Double
    }

    struct Reference: Decodable {
        let binary: [Binary]
        let multiclass: Multiclass
        let regression: Regression
    }

    struct DeLongCase: Decodable {
        let labels: [Int]
        let first, second: [Double]
        let areaFirst, areaSecond, variance, lower, upper, statistic, pValue: Double
    }

    @Test("binary metrics agree with scikit-learn")
    func binary() throws {
        for item in try reference("metrics.json", as: Reference.self).binary {
            let labels = item.labels.map { $0 == 1 }
            let p = item.probabilities
            let confusion = try ConfusionMatrix(actual: labels, predicted: p.map { $0 > 0.5 })
            let positive = confusion.scores(ofClass: 1)
            let ours = [
                try AreaUnderROC(scores: p, labels: labels).value,
                try PrecisionRecallCurve(scores: p, labels: labels).averagePrecision,
                try ProbabilityScore.logLoss(probabilities: p, labels: labels),
                try ProbabilityScore.brier(probabilities: p, labels: labels), confusion.accuracy,
                confusion.balancedAccuracy, positive.precision, positive.recall, positive.f1,
                confusion.scores(.macro).f1,
                confusion.matthewsCorrelation, confusion.cohensKappa ?? .nan,
            ]
            let theirs = [
                item.auroc, item.averagePrecision, item.logLoss, item.brier, item.accuracy, item.balancedAccuracy,
                item.precision, item.recall, item.f1, item.macroF1, item.matthews, item.kappa,
            ]
            #expect(largestDifference(ours, theirs) < 1e-12, "\(ours) \(theirs)")
            let curve = try ROCCurve(scores: p, labels: labels)
            #expect(largestDifference(curve.points.map(\.falsePositiveRate), item.rocFalse) < 1e-12)
            #expect(largestDifference(curve.points.map(\.truePositiveRate), item.rocTrue) < 1e-12)
            for (binning, expected) in [
                (CalibrationCurve.Binning.equalWidth, item.equalWidth), (.equalMass, item.equalMass),
            ] {
                let calibration = try CalibrationCurve(probabilities: p, labels: labels, bins: 5, binning: binning)
                #expect(largestDifference(calibration.bins.map(\.observedFrequency), expected.observed) < 1e-12)
                #expect(largestDifference(calibration.bins.map(\.meanProbability), expected.predicted) < 1e-12)
            }
        }
    }

    @Test("multi-class and regression metrics agree with scikit-learn")
    func multiclass() throws {
        let all = try reference("metrics.json", as: Reference.self)
        let item = all.multiclass
        let p = FeatureMatrix(rows: item.labels.count, columns: item.classes, values: item.probabilities)
        let predicted = (0..<p.rows).map { row in p.row(row).enumerated().max { $0.element < $1.element }?.offset ?? 0 }
        let confusion = try ConfusionMatrix(actual: item.labels, predicted: predicted, classCount: item.classes)
        let ours = [
            try AreaUnderROC.macroAverage(probabilities: p, labels: item.labels),
            try ProbabilityScore.logLoss(probabilities: p, labels: item.labels),
            try ProbabilityScore.brier(probabilities: p, labels: item.labels), confusion.accuracy,
            confusion.balancedAccuracy, confusion.matthewsCorrelation, confusion.cohensKappa ?? .nan,
        ]
        let theirs = [
            item.auroc, item.logLoss, item.brier, item.accuracy, item.balancedAccuracy, item.matthews, item.kappa,
        ]
        #expect(largestDifference(ours, theirs) < 1e-12)
        for (average, expected) in [(ClassAverage.macro, item.macro), (.micro, item.micro), (.weighted, item.weighted)]
        {
            let scores = confusion.scores(average)
            #expect(largestDifference([scores.precision, scores.recall, scores.f1], expected) < 1e-12)
        }
        let regression = try RegressionScore(actual: all.regression.actual, predicted: all.regression.predicted)
        #expect(abs(regression.meanSquaredError - all.regression.meanSquaredError) < 1e-12)
        #expect(abs(regression.meanAbsoluteError - all.regression.meanAbsoluteError) < 1e-12)
        #expect(abs(try regression.coefficientOfDetermination() - all.regression.r2) < 1e-12)
    }

    @Test("DeLong's variance, interval and test agree with pROC, ties included")
    func deLong() throws {
        for item in try reference("delong.json", as: [DeLongCase].self) {
            let labels = item.labels.map { $0 == 1 }
            let first = try AreaUnderROC(scores: item.first, labels: labels)
            let second = try AreaUnderROC(scores: item.second, labels: labels)
            let interval = try first.interval()
            let test = try first.compared(with: second)
            let ours = [
                first.value, second.value, first.variance, interval.lower, interval.upper, test.statistic, test.pValue,
            ]
            let theirs = [
                item.areaFirst, item.areaSecond, item.variance, item.lower, item.upper, item.statistic, item.pValue,
            ]
            #expect(largestDifference(ours, theirs) < 1e-10, "\(ours) \(theirs)")
        }
    }

    @Test("areas, curves and tests behave at separation, ties and too few rows")
    func rocEdges() throws {
        let labels = [true, true, false, false]
        let perfect = try AreaUnderROC(scores: [4, 3, 2, 1], labels: labels)
        #expect(perfect.value == 1 && perfect.variance == 0)
        #expect(try AreaUnderROC(scores: [1, 1, 1, 1], labels: labels).value == 0.5)
        #expect(try perfect.compared(with: perfect).pValue == 1)
        #expect(throws: MetricError.noVariance) {
            try AreaUnderROC(scores: [1, 2], labels: [true, false]).interval()
        }
        #expect(try ROCCurve(scores: [1, 1, 1, 1], labels: labels).points.count == 2)
        #expect(throws: MetricError.oneClass(0)) { try AreaUnderROC(scores: [1], labels: [true]) }
        #expect(throws: MetricError.notFinite(index: 1)) {
            try AreaUnderROC(scores: [1, .nan], labels: [true, false])
        }
        #expect(throws: MetricError.empty) { try AreaUnderROC(scores: [], labels: []) }
    }

    @Test("a class that is absent or never predicted scores zero and is named")
    func absentClasses() throws {
        let confusion = try ConfusionMatrix(actual: [0, 0, 1, 1], predicted: [0, 0, 0, 0], classCount: 3)
        let macro = confusion.scores(.macro)
        #expect(macro.neverPredicted == [1, 2] && macro.absent == [2])
        #expect(abs(macro.f1 - 2.0 / 9) < 1e-15 && confusion.balancedAccuracy == 0.5)
        #expect(confusion.matthewsCorrelation == 0)
        #expect(try ConfusionMatrix(actual: [0, 0], predicted: [0, 0], classCount: 2).cohensKappa == nil)
        #expect(throws: MetricError.empty) { try ConfusionMatrix(actual: [], predicted: [], classCount: 2) }
        #expect(throws: MetricError.notProbability(index: 0)) {
            try ProbabilityScore.brier(probabilities: [1.2], labels: [true])
        }
        #expect(throws: MetricError.constantTarget) {
            try RegressionScore(actual: [0.1, 0.1, 0.1], predicted: [1, 2, 3]).coefficientOfDetermination()
        }
        #expect(try ProbabilityScore.logLoss(probabilities: [0, 1], labels: [true, false]) > 30)
    }

    @Test("the expected calibration error is the weighted gap, the same by hand")
    func calibration() throws {
        let curve = try CalibrationCurve(
            probabilities: [0.1, 0.2, 0.8, 0.9], labels: [false, true, true, true], bins: 2)
        #expect(abs(curve.expectedCalibrationError - (0.5 * 0.35 + 0.5 * 0.15)) < 1e-15)
        #expect(abs(curve.maximumCalibrationError - 0.35) < 1e-15)
        #expect(curve.bins.map(\.count) == [2, 2])
    }
}

@Suite struct PreprocessingTests {
    @Test("scaling uses the population deviation, leaves constants alone and can be undone")
    func scaling() throws {
        let matrix = FeatureMatrix([[1, 0.1, 5], [2, 0.1, 5], [6, 0.1, 5]])
        let scaler = try Standardizer().fit(matrix)
        #expect(largestDifference(scaler.scales, [(14.0 / 3).squareRoot(), 1, 1]) < 1e-15)
        #expect(largestDifference(scaler.inverseTransform(scaler.transform(matrix)).values, matrix.values) < 1e-15)
        #expect(throws: PreprocessingError.notFinite(row: 0, column: 1)) {
            try Standardizer().fit(FeatureMatrix([[1, .nan]]))
        }
        #expect(throws: PreprocessingError.empty) { try Standardizer().fit(FeatureMatrix([])) }
    }

    @Test("missing numbers become the mean, median, commonest or a given value of the training data")
    func imputing() throws {
        let matrix = FeatureMatrix([[1, 4], [.nan, 4], [2, 2], [6, 2], [6, .nan]])
        let cases: [(Imputer.Strategy, [Double])] = [
            (.mean, [3.75, 3]), (.median, [4, 3]), (.mostFrequent, [6, 2]), (.constant(-1), [-1, -1]),
        ]
        for (strategy, expected) in cases {
            let imputer = try Imputer(strategy).fit(matrix)
            #expect(imputer.replacements == expected)
            #expect(!imputer.transform(matrix).values.contains { $0.isNaN })
        }
        #expect(throws: PreprocessingError.allMissing(column: 0)) { try Imputer().fit(FeatureMatrix([[.nan]])) }
    }

    @Test("text columns become indicators in place; unknown categories are refused or zero")
    func oneHot() throws {
        let table = try Table([Column("c", text: ["r", "g", nil]), Column("x", [1, 2, 3])])
        let encoded = try OneHotEncoder().fit(table).transform(table)
        #expect(encoded.columnNames == ["c=g", "c=r", "x"])
        #expect(try encoded.features().values == [0, 1, 1, 1, 0, 2, 0, 0, 3])
        #expect(try OneHotEncoder(dropsFirst: true).fit(table).transform(table).columnNames == ["c=r", "x"])
        let other = try Table([Column("c", text: ["b"]), Column("x", [1])])
        #expect(throws: PreprocessingError.unknownCategory(column: "c", value: "b", row: 0)) {
            try OneHotEncoder().fit(table).transform(other)
        }
        #expect(try OneHotEncoder(unknown: .ignored).fit(table).transform(other).features().values == [0, 0, 1])
    }
}
