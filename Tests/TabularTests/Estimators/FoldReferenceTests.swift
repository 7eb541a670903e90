import Foundation
import GoldenSupport
import SampleData
import Statistics
import Tabular
import Tensor
import Testing

/// Scores on the folds of real tables beside scikit-learn's.
@Suite struct FoldReferenceTests {
    /// A table with its folds, as scikit-learn was given it.
    struct DataSet {
        let features: FeatureMatrix
        let labels: [Int]
        let targets: [Double]
        let splits: [Split]
        let json: JSON

        init(_ file: SampleData.File, _ json: JSON) throws {
            let table = try Table(csv: SampleData.path(of: file))
            let last = table.columnNames[table.columnNames.count - 1]
            // Codes become the ranks of their names.
            features = try Table(
                table.columns.dropLast().map { column in
                    guard column.kind == .text else { return column }
                    return Column(column.name, try ClassLabels(column).indices.map { Double($0) })
                }
            ).features()
            let isRegression = json["task"]?.stringValue == "regression"
            labels = isRegression ? [] : try table.labels(last).indices
            targets = isRegression ? try table.numbers(last) : []
            let folds = (json["folds"]?.stringValue ?? "").compactMap(\.wholeNumberValue)
            splits = (0..<5).map { fold in
                Split(
                    train: folds.indices.filter { folds[$0] != fold }, test: folds.indices.filter { folds[$0] == fold })
            }
            self.json = json
        }

        /// The scores of each fold: weighted F1, accuracy, and the area under the ROC curve of two classes.
        func scores(_ classifier: some Classifier, standardized: Bool = false) throws -> [[Double]] {
            try splits.map { split in
                let (train, test) = try prepared(split, standardized)
                let model = try classifier.fit(train, split.train.map { labels[$0] })
                let actual = split.test.map { labels[$0] }
                let classCount = (labels.max() ?? 0) + 1
                let confusion = try ConfusionMatrix(
                    actual: actual, predicted: model.predict(test), classCount: classCount)
                var result = [confusion.scores(.weighted).f1, confusion.accuracy]
                if classCount == 2 {
                    let scores = model.predictProbability(test).column(1)
                    result.append(try AreaUnderROC(scores: scores, labels: actual.map { $0 == 1 }).value)
                }
                return result
            }
        }

        /// The scores of each fold: 1 − relative absolute error, R², root mean squared error.
        func scores(_ regressor: some Regressor, standardized: Bool = false) throws -> [[Double]] {
            try splits.map { split in
                let (train, test) = try prepared(split, standardized)
                let model = try regressor.fit(train, split.train.map { targets[$0] })
                let score = try RegressionScore(
                    actual: split.test.map { targets[$0] }, predicted: model.predict(test))
                return [
                    1 - (try score.relativeAbsoluteError()), try score.coefficientOfDetermination(),
                    score.rootMeanSquaredError,
                ]
            }
        }

        private func prepared(_ split: Split, _ standardized: Bool) throws -> (FeatureMatrix, FeatureMatrix) {
            let (train, test) = (features.selecting(rows: split.train), features.selecting(rows: split.test))
            if !standardized { return (train, test) }
            let scaler = try Standardizer().fit(train)
            return (scaler.transform(train), scaler.transform(test))
        }

        func expected(_ model: String) -> [[Double]] {
            (json["models"]?[model]?["perFoldSeed0"]?.arrayValue ?? []).map { fold in
                (fold.arrayValue ?? []).compactMap(\.doubleValue)
            }
        }
    }

    static let files: [(String, SampleData.File)] = [
        ("ionosphere", .ionosphere), ("german_credit", .germanCredit), ("wine_quality_red", .wineQuality),
        ("spambase", .spambase), ("airfoil_self_noise", .airfoil), ("fri_c3_1000_50", .friedman),
    ]

    private func eachSet(regression: Bool, _ body: (String, DataSet) throws -> Void) throws {
        for folder in try Golden.folders(topic: "featurespace") {
            let json = try folder.index("models.json")
            for (name, file) in Self.files {
                guard let set = json["sets"]?[name], (set["task"]?.stringValue == "regression") == regression else {
                    continue
                }
                try body(name, try DataSet(file, set))
            }
        }
    }

    /// Every fold's scores differ by less than a tolerance.
    private func expectEqual(
        _ actual: [[Double]], _ expected: [[Double]], within tolerance: Double, _ note: String
    ) {
        #expect(!expected.isEmpty)
        for (a, b) in zip(actual, expected) {
            #expect(largestDifference(Array(a.prefix(b.count)), b) <= tolerance, "\(note): \(a) \(b)")
        }
    }

    /// The mean over folds is not worse by more than two standard errors of the paired differences and half a percent.
    private func expectAsGood(
        _ actual: [[Double]], _ expected: [[Double]], _ note: String, lowerIsBetter: Set<Int> = []
    ) {
        #expect(!expected.isEmpty)
        for metric in 0..<(expected.first?.count ?? 0) {
            let sign = lowerIsBetter.contains(metric) ? -1.0 : 1.0
            let scale = lowerIsBetter.contains(metric) ? expected.map { $0[metric] }.mean : 1
            let gains = zip(actual, expected).map { sign * ($0[metric] - $1[metric]) / scale }
            let error = (gains.sampleVariance / 5).squareRoot()
            #expect(gains.mean > -2 * error - 0.005, "\(note), metric \(metric): \(gains)")
        }
    }

    @Test("models without chance have scikit-learn's scores on every fold of every table")
    func deterministicClassifiers() throws {
        try eachSet(regression: false) { name, set in
            // Rows at equal distances may be chosen differently, and probabilities of 0 and 1 rank rows by rounding.
            expectEqual(
                try set.scores(NearestNeighbors(5), standardized: true), set.expected("knn5"), within: 0.011,
                "\(name) knn5")
            let bayes = try set.scores(GaussianNaiveBayes())
            expectEqual(bayes, set.expected("gnb").map { Array($0.prefix(2)) }, within: 1e-6, "\(name) gnb")
            expectEqual(bayes, set.expected("gnb"), within: 2e-3, "\(name) gnb")
            let logistic = LogisticRegression(inverseRegularization: 1)
            expectEqual(
                try set.scores(logistic, standardized: true), set.expected("logistic_C1"), within: 1e-6,
                "\(name) logistic")
            if !set.expected("linear_svc").isEmpty {
                let machine = LinearSupportVectorMachine(inverseRegularization: 0.1, calibrationFolds: nil)
                expectEqual(
                    try set.scores(machine, standardized: true), set.expected("linear_svc"), within: 1e-6,
                    "\(name) linear_svc")
            }
        }
    }

    @Test("tree models for classes are as good as scikit-learn's, within the noise of the folds")
    func treeClassifiers() throws {
        try eachSet(regression: false) { name, set in
            let depth5 = DecisionTreeClassifier(TreeSettings(maximumDepth: 5))
            expectAsGood(try set.scores(depth5), set.expected("tree_depth5"), "\(name) tree")
            expectAsGood(
                try set.scores(RandomForest(key: RandomKey(seed: 1))), set.expected("forest100"), "\(name) forest")
            if !set.expected("extra100").isEmpty {
                let extra = RandomForest.extraTrees(key: RandomKey(seed: 1))
                expectAsGood(try set.scores(extra), set.expected("extra100"), "\(name) extra trees")
            }
            if !set.expected("gbdt100_depth3").isEmpty {
                let boosted = try set.scores(GradientBoosting())
                expectAsGood(boosted, set.expected("gbdt100_depth3"), "\(name) boosting")
                expectAsGood(try set.scores(HistogramBoosting()), boosted.map { $0.map { $0 - 0.02 } }, "\(name) bins")
            }
        }
    }

    @Test("models for numbers are as good as scikit-learn's, within the noise of the folds")
    func regressors() throws {
        try eachSet(regression: true) { name, set in
            expectEqual(
                try set.scores(NearestNeighborsRegressor(5), standardized: true), set.expected("knn5"), within: 0.05,
                "\(name) knn5")
            let models: [(String, any Regressor)] = [
                ("tree_depth5", DecisionTreeRegressor(TreeSettings(maximumDepth: 5))),
                ("forest100", RandomForestRegressor(key: RandomKey(seed: 1))),
                ("extra100", RandomForestRegressor.extraTrees(key: RandomKey(seed: 1))),
                ("gbdt100_depth3", GradientBoostingRegressor()),
            ]
            for (model, regressor) in models {
                expectAsGood(
                    try set.scores(regressor), set.expected(model), "\(name) \(model)", lowerIsBetter: [2])
            }
        }
    }

    @Test("the first questions of a tree are scikit-learn's")
    func firstQuestions() throws {
        for folder in try Golden.folders(topic: "featurespace") {
            let json = try folder.index("models.json")
            for (name, file) in Self.files where json["sets"]?[name]?["treeDepth2"] != nil {
                let set = try DataSet(file, json["sets"]![name]!)
                let names = try Table(csv: SampleData.path(of: file)).columnNames
                let settings = TreeSettings(maximumDepth: 2)
                let tree =
                    set.labels.isEmpty
                    ? try DecisionTreeRegressor(settings).fit(set.features, set.targets).trees[0]
                    : try DecisionTreeClassifier(settings).fit(set.features, set.labels).trees[0]
                let expected = set.json["treeDepth2"]
                let features = (expected?["feature"]?.arrayValue ?? []).map(\.stringValue)
                #expect(tree.nodes.map { $0.isLeaf ? nil : names[$0.feature] } == features, "\(name)")
                func numbers(_ key: String) -> [Double] {
                    (expected?[key]?.arrayValue ?? []).compactMap(\.doubleValue)
                }
                let thresholds = tree.nodes.map { $0.isLeaf ? -2 : $0.threshold }
                let relative = zip(thresholds, numbers("threshold")).map { abs($0 - $1) / max(1, abs($1)) }
                #expect(relative.allSatisfy { $0 < 1e-6 }, "\(name)")
                #expect(largestDifference(tree.nodes.map(\.impurity), numbers("impurity")) < 1e-6, "\(name)")
                #expect(tree.nodes.map(\.cover) == numbers("n"), "\(name)")
            }
        }
    }
}
