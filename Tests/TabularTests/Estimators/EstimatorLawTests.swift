import SampleData
import Tabular
import Tensor
import Testing

@Suite(.serialized) struct EstimatorLawTests {
    private let classifiers: [any Classifier] = [
        NearestNeighbors(3), GaussianNaiveBayes(), BernoulliNaiveBayes(), LinearSupportVectorMachine(),
        SupportVectorMachine(), DecisionTreeClassifier(), RandomForest(trees: 8), RandomForest.extraTrees(8),
        GradientBoosting(rounds: 8, subsample: 0.7), HistogramBoosting(HistogramBoostingSettings(rounds: 8)),
    ]

    /// Three noisy groups of rows, some values repeated often.
    private func groups(_ rows: Int, classes: Int) -> (FeatureMatrix, [Int]) {
        var generator = RandomGenerator(seed: 5)
        let labels = (0..<rows).map { $0 % classes }
        let matrix = FeatureMatrix(
            labels.map { label in
                (0..<20).map { column in
                    let value = generator.normal() + Double(column % classes == label ? 1 : 0)
                    return column % 3 == 0 ? (2 * value).rounded() : value
                }
            })
        return (matrix, labels)
    }

    @Test("probabilities are probabilities, beat chance, and do not depend on the number of threads")
    func probabilities() throws {
        let usual = Parallelism.threadCount
        defer { Parallelism.threadCount = usual }
        for classes in [2, 3] {
            let (features, labels) = groups(600, classes: classes)
            for classifier in classifiers {
                var bits: [[UInt64]] = []
                for threads in [1, 3] {
                    Parallelism.threadCount = threads
                    let model: any FittedClassifier = try classifier.fit(features, labels)
                    let shares = model.predictProbability(features)
                    bits.append(shares.values.map(\.bitPattern))
                    #expect(shares.values.allSatisfy { $0 >= 0 && $0 <= 1 })
                    for row in 0..<shares.rows { #expect(abs(shares.row(row).reduce(0, +) - 1) < 1e-9) }
                    let right = zip(model.predict(features), labels).count { $0 == $1 }
                    #expect(Double(right) > 1.5 / Double(classes) * 600 * 0.8, "\(classifier)")
                }
                #expect(bits[0] == bits[1], "\(classifier)")
            }
        }
    }

    @Test("unusable training data are errors for every estimator")
    func badData() throws {
        let holes = FeatureMatrix([[1, 2], [3, .infinity], [5, 6]])
        for classifier in classifiers {
            #expect(throws: EstimatorError.empty) { try classifier.fit(FeatureMatrix([]), []) }
            #expect(throws: EstimatorError.oneClass) { try classifier.fit(FeatureMatrix([[1], [2]]), [0, 0]) }
            #expect(throws: EstimatorError.emptyClass(1)) { try classifier.fit(FeatureMatrix([[1], [2]]), [0, 2]) }
            #expect(throws: EstimatorError.notFinite(row: 1, column: 1)) { try classifier.fit(holes, [0, 1, 0]) }
        }
        #expect(throws: EstimatorError.tooFewRows(have: 2, need: 3)) {
            try NearestNeighbors(3).fit(FeatureMatrix([[1], [2]]), [0, 1])
        }
        #expect(throws: EstimatorError.tooFewRows(have: 4, need: 5)) {
            try SupportVectorMachine().fit(FeatureMatrix([[1], [2], [3], [4]]), [0, 1, 0, 1])
        }
        #expect(throws: EstimatorError.classTooSmall(class: 1, have: 2, need: 5)) {
            try LinearSupportVectorMachine().fit(
                FeatureMatrix((0..<9).map { [Double($0)] }), [0, 1, 0, 1, 0, 0, 0, 0, 0])
        }
        let regressors: [any Regressor] = [
            NearestNeighborsRegressor(1), DecisionTreeRegressor(), RandomForestRegressor(trees: 2),
            GradientBoostingRegressor(rounds: 2), HistogramBoostingRegressor(),
        ]
        for regressor in regressors {
            #expect(throws: EstimatorError.empty) { try regressor.fit(FeatureMatrix([]), []) }
            #expect(throws: EstimatorError.notFiniteTarget(row: 1)) {
                try regressor.fit(FeatureMatrix([[1], [2]]), [0, .nan])
            }
            #expect(throws: EstimatorError.notFinite(row: 1, column: 1)) { try regressor.fit(holes, [0, 1, 0]) }
        }
        #expect(throws: EstimatorError.notFinite(row: 0, column: 0)) {
            try RandomForest().fit(FeatureMatrix([[.nan], [2]]), [0, 1])
        }
    }

    @Test("constant features, single features and repeated rows make small trees, not trouble")
    func degenerate() throws {
        let constant = FeatureMatrix((0..<30).map { _ in [1, 1] })
        let labels = (0..<30).map { $0 % 2 }
        for classifier in classifiers {
            let model: any FittedClassifier = try classifier.fit(constant, labels)
            #expect(model.predictProbability(constant).values.allSatisfy { abs($0 - 0.5) < 0.2 }, "\(classifier)")
        }
        let step = FeatureMatrix((0..<30).map { [Double($0 % 2)] })
        let tree = try DecisionTreeClassifier().fit(step, labels).trees[0]
        #expect(tree.nodes.count == 3 && tree.nodes[0].threshold == 0.5)
        #expect(tree.featureImportances == [1])
    }

    @Test("importances find the five features that Friedman's function depends on")
    func importances() throws {
        let table = try Table(csv: SampleData.path(of: .friedman))
        let targets = try table.numbers("oz51")
        let features = try table.removing("oz51").features()
        let forest = try RandomForestRegressor(trees: 40, key: RandomKey(seed: 3)).fit(features, targets)
        let order = forest.featureImportances.indices.sorted {
            forest.featureImportances[$0] > forest.featureImportances[$1]
        }
        #expect(Set(order.prefix(5)) == Set(0..<5))
        let boosted = try HistogramBoostingRegressor().fit(features, targets)
        let best = boosted.featureImportances.indices.sorted {
            boosted.featureImportances[$0] > boosted.featureImportances[$1]
        }
        #expect(Set(best.prefix(4)) == Set([0, 1, 3, 4]))
    }
}
