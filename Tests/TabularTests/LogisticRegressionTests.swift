import SampleData
import Tabular
import Testing

@Suite struct LogisticRegressionTests {
    struct Case: Decodable {
        let name: String
        let rows, columns: Int
        let values: [Double]
        let labels: [Int]
        let c: Double
        let weights: [Double]?
        let balanced, hasIntercept: Bool
        let coefficients, intercepts, probabilities: [Double]
    }

    struct Lung: Decodable {
        let folds: String
        let probabilities: [Double]
        let auroc, accuracy, macroF1, intercept: Double
        let foldAUROC, coefficients: [Double]
    }

    @Test("coefficients and probabilities agree with scikit-learn")
    func scikitReference() throws {
        for item in try reference("logistic.json", as: [Case].self) {
            let x = FeatureMatrix(rows: item.rows, columns: item.columns, values: item.values)
            let estimator = LogisticRegression(
                inverseRegularization: item.c > 1e200 ? .infinity : item.c,
                classWeights: item.balanced ? .balanced : .uniform, fitsIntercept: item.hasIntercept)
            let model = try estimator.fit(x, item.labels, sampleWeights: item.weights)
            #expect(model.convergence.isConverged, "\(item.name) \(model.convergence)")
            #expect(largestDifference(model.coefficients.values, item.coefficients) < 1e-6, "\(item.name)")
            #expect(largestDifference(model.intercepts, item.intercepts) < 1e-6, "\(item.name)")
            #expect(largestDifference(model.predictProbability(x).values, item.probabilities) < 1e-6, "\(item.name)")
        }
    }

    @Test("conjugate gradients and the row space give the solution of the dense system")
    func solversAgree() throws {
        var generator = SplitMix64(state: 8)
        for (rows, columns, classes) in [(60, 900, 3), (40, 2_600, 2)] {
            let values = (0..<rows * columns).map { _ in Double.random(in: -1...1, using: &generator) }
            let wide = FeatureMatrix(rows: rows, columns: columns, values: values)
            let labels = (0..<rows).map { $0 % classes }
            let model = try LogisticRegression(inverseRegularization: 0.1).fit(wide, labels)
            #expect(model.convergence.isConverged && model.convergence.relativeGradient < 1e-10)
            // A copy of every row with no weight changes nothing but makes the table tall: no row space, long system.
            let copies = columns / rows + 1
            let tall = FeatureMatrix(
                rows: rows * copies, columns: columns, values: Array(repeatElement(values, count: copies).joined()))
            let weights = (0..<rows * copies).map { $0 < rows ? 1.0 : 0.0 }
            let tallLabels = Array(repeatElement(labels, count: copies).joined())
            let other = try LogisticRegression(inverseRegularization: 0.1).fit(tall, tallLabels, sampleWeights: weights)
            #expect(other.convergence.isConverged)
            #expect(largestDifference(model.coefficients.values, other.coefficients.values) < 1e-8)
            #expect(largestDifference(model.intercepts, other.intercepts) < 1e-8)
        }
    }

    @Test("without a penalty separable, almost separable and collinear data are refused")
    func unbounded() throws {
        let free = LogisticRegression(inverseRegularization: .infinity)
        let line = FeatureMatrix([[1], [2], [3], [4]])
        #expect(throws: EstimatorError.separable) { try free.fit(line, [0, 0, 1, 1]) }
        #expect(throws: EstimatorError.separable) { try free.fit(line, [0, 1, 2, 2]) }
        // Both classes meet at 2 and nowhere else.
        #expect(throws: EstimatorError.separable) { try free.fit(FeatureMatrix([[1], [2], [2], [3]]), [0, 0, 1, 1]) }
        #expect(throws: EstimatorError.collinear) {
            try free.fit(FeatureMatrix([[1, 2], [2, 4], [3, 6], [4, 8]]), [0, 1, 0, 1])
        }
        #expect(try LogisticRegression(inverseRegularization: 1e6).fit(line, [0, 0, 1, 1]).convergence.isConverged)
    }

    @Test("unusable rows, labels and weights are errors")
    func badData() {
        let estimator = LogisticRegression()
        let x = FeatureMatrix([[1], [2]])
        #expect(throws: EstimatorError.empty) { try estimator.fit(FeatureMatrix([]), []) }
        #expect(throws: EstimatorError.oneClass) { try estimator.fit(x, [1, 1]) }
        #expect(throws: EstimatorError.emptyClass(1)) { try estimator.fit(x, [0, 2]) }
        #expect(throws: EstimatorError.notFinite(row: 1, column: 0)) {
            try estimator.fit(FeatureMatrix([[1], [.infinity]]), [0, 1])
        }
        #expect(throws: EstimatorError.badWeight(row: 0)) { try estimator.fit(x, [0, 1], sampleWeights: [-1, 1]) }
        #expect(throws: EstimatorError.emptyClass(1)) { try estimator.fit(x, [0, 1], sampleWeights: [1, 0]) }
    }

    @Test("on the lung cohort the folds, scores and coefficients of scikit-learn come out")
    func lungReference() throws {
        let (x, labels) = try lungCohort()
        let expected = try reference("lung.json", as: Lung.self)
        let number = expected.folds.compactMap(\.wholeNumberValue)
        let splits = (0..<5).map { fold in
            Split(
                train: number.indices.filter { number[$0] != fold }, test: number.indices.filter { number[$0] == fold })
        }
        let p = try crossValidated(x, labels, splits)
        #expect(largestDifference(p, expected.probabilities) < 1e-6)
        let truth = labels.map { $0 == 1 }
        #expect(abs(try AreaUnderROC(scores: p, labels: truth).value - expected.auroc) < 1e-9)
        let confusion = try ConfusionMatrix(actual: truth, predicted: p.map { $0 > 0.5 })
        #expect(abs(confusion.accuracy - expected.accuracy) < 1e-12)
        #expect(abs(confusion.scores(.macro).f1 - expected.macroF1) < 1e-12)
        let model = try LogisticRegression(inverseRegularization: 0.001)
            .fit(try Standardizer().fit(x).transform(x), labels)
        #expect(largestDifference(model.coefficients.values, expected.coefficients) < 1e-6)
        #expect(abs(model.intercepts[0] - expected.intercept) < 1e-6)
    }

    @Test("our own stratified folds reach the published anchor of AUROC 0.827, accuracy 0.773, macro F1 0.750")
    func lungAnchor() throws {
        let (x, labels) = try lungCohort()
        var areas: [Double] = []
        var accuracies: [Double] = []
        var f1s: [Double] = []
        for seed in 0..<4 {
            var generator = SplitMix64(state: UInt64(seed))
            let splits = try StratifiedKFold(folds: 5).splits(labels: labels, shuffledBy: &generator)
            let p = try crossValidated(x, labels, splits)
            let truth = labels.map { $0 == 1 }
            let confusion = try ConfusionMatrix(actual: truth, predicted: p.map { $0 > 0.5 })
            areas.append(try AreaUnderROC(scores: p, labels: truth).value)
            accuracies.append(confusion.accuracy)
            f1s.append(confusion.scores(.macro).f1)
        }
        #expect(abs(areas.reduce(0, +) / 4 - 0.827) < 0.015, "\(areas)")
        #expect(abs(accuracies.reduce(0, +) / 4 - 0.773) < 0.025, "\(accuracies)")
        #expect(abs(f1s.reduce(0, +) / 4 - 0.750) < 0.03, "\(f1s)")
    }

    private func crossValidated(_ x: FeatureMatrix, _ labels: [Int], _ splits: [Split]) throws -> [Double] {
        try LogisticRegression(inverseRegularization: 0.001)
            .crossValidatedProbability(x, labels, splits: splits) { train, test in
                let scaler = try Standardizer().fit(train)
                return (scaler.transform(train), scaler.transform(test))
            }.column(1)
    }

    /// The cohort from its npy files, version 1.0: ten bytes, a header of the stated length, then the values.
    private func lungCohort() throws -> (FeatureMatrix, [Int]) {
        func content(_ file: SampleData.File) throws -> (header: String, values: [UInt8]) {
            let bytes = try SampleData.bytes(of: file)
            let start = 10 + Int(bytes[8]) + 256 * Int(bytes[9])
            return (String(decoding: bytes[10..<start], as: UTF8.self), Array(bytes[start...]))
        }
        let (header, halves) = try content(.lungExpression)
        #expect(header.contains("'<f2'") && header.contains("(255, 695)"))
        let byColumn = header.contains("'fortran_order': True")
        var matrix = FeatureMatrix(rows: 255, columns: 695, values: [Double](repeating: 0, count: 255 * 695))
        for index in 0..<255 * 695 {
            let bits = UInt16(halves[2 * index]) | UInt16(halves[2 * index + 1]) << 8
            let (row, column) = byColumn ? (index % 255, index / 255) : (index / 695, index % 695)
            matrix[row, column] = Double(Float16(bitPattern: bits))
        }
        return (matrix, try content(.lungLabels).values.map { Int($0) })
    }
}
