import Tabular
import Testing

/// Estimators beside scikit-learn's on small tables, where the solution is determined.
@Suite struct EstimatorReferenceTests {
    struct Tree: Decodable {
        let features, left, right: [Int]
        let thresholds, impurities, covers: [Double]
    }

    struct Case: Decodable {
        struct Linear: Decodable { let coefficients, intercepts: [Double] }
        struct Machine: Decodable {
            let decision: [Double]
            let support: [Int]
        }
        let classes, rows, columns: Int
        let values: [Double]
        let labels: [Int]
        let new, gaussian, bernoulli, neighbors_uniform, neighbors_distance: [Double]
        let linear_svm: Linear
        let svm_linear, svm_rbf, svm_poly: Machine
        let svm_probabilities: [Double]
        let tree_gini, tree_entropy: Tree
        let boosting, histogram: [Double]

        var features: FeatureMatrix { FeatureMatrix(rows: rows, columns: columns, values: values) }
        var queries: FeatureMatrix { FeatureMatrix(rows: new.count / columns, columns: columns, values: new) }
    }

    struct Regression: Decodable {
        let rows, columns: Int
        let values, targets, new, neighbors: [Double]
        let tree: Tree
        let boosting, histogram: [Double]
    }

    struct Reference: Decodable {
        let classification: [Case]
        let regression: Regression
    }

    private func cases() throws -> [Case] { try reference("estimators.json", as: Reference.self).classification }

    @Test("naive Bayes has scikit-learn's probabilities")
    func naiveBayes() throws {
        for item in try cases() {
            let gaussian = try GaussianNaiveBayes().fit(item.features, item.labels)
            #expect(largestDifference(gaussian.predictProbability(item.queries).values, item.gaussian) < 1e-10)
            let bernoulli = try BernoulliNaiveBayes(smoothing: 0.5, threshold: 0.1).fit(item.features, item.labels)
            #expect(largestDifference(bernoulli.predictProbability(item.queries).values, item.bernoulli) < 1e-10)
        }
    }

    @Test("nearest neighbours have scikit-learn's shares, with equal weights and by distance")
    func neighbors() throws {
        for item in try cases() {
            for (weights, expected) in [
                (NeighborWeights.uniform, item.neighbors_uniform), (.inverseDistance, item.neighbors_distance),
            ] {
                let model = try NearestNeighbors(7, weights: weights).fit(item.features, item.labels)
                #expect(largestDifference(model.predictProbability(item.queries).values, expected) < 1e-9)
            }
        }
    }

    @Test("the linear support vector machine has LIBLINEAR's coefficients")
    func linearMachine() throws {
        for item in try cases() {
            let model = try LinearSupportVectorMachine(inverseRegularization: 0.7, calibrationFolds: nil)
                .fit(item.features, item.labels)
            #expect(largestDifference(model.coefficients.values, item.linear_svm.coefficients) < 1e-7)
            #expect(largestDifference(model.intercepts, item.linear_svm.intercepts) < 1e-7)
            // More columns than rows are solved in the row space.
            let wide = FeatureMatrix(
                (0..<item.rows).map { row in (0..<200).map { item.features[row, $0 % 4] * (1 + Double($0 / 4)) / 50 } })
            let calibrated = try LinearSupportVectorMachine().fit(wide, item.labels)
            let right = zip(calibrated.predict(wide), item.labels).count { $0 == $1 }
            #expect(Double(right) > 0.5 * Double(item.rows))
        }
    }

    @Test("kernel machines have LIBSVM's decisions, support vectors and calibrated probabilities")
    func kernelMachines() throws {
        for item in try cases() {
            let kernels: [(Kernel, Case.Machine)] = [
                (.linear, item.svm_linear), (.radialBasis(), item.svm_rbf),
                (.polynomial(degree: 2, .value(0.3), constant: 1), item.svm_poly),
            ]
            for (kernel, expected) in kernels {
                let model = try SupportVectorMachine(kernel, cost: 1.5, tolerance: 1e-10, calibrationFolds: nil)
                    .fit(item.features, item.labels)
                #expect(model.isConverged)
                #expect(model.supportRows == expected.support, "\(kernel)")
                #expect(largestDifference(model.decision(item.queries).values, expected.decision) < 1e-5, "\(kernel)")
            }
            let calibrated = try SupportVectorMachine(cost: 1.5, tolerance: 1e-10).fit(item.features, item.labels)
            let probabilities = calibrated.predictProbability(item.queries).values
            #expect(largestDifference(probabilities, item.svm_probabilities) < 2e-4)
        }
    }

    private func expectEqual(_ tree: DecisionTree, _ expected: Tree) {
        #expect(tree.nodes.map { $0.isLeaf ? -2 : $0.feature } == expected.features)
        #expect(tree.nodes.map { $0.isLeaf ? -1 : $0.left } == expected.left)
        #expect(tree.nodes.map { $0.isLeaf ? -1 : $0.right } == expected.right)
        let thresholds = tree.nodes.map { $0.isLeaf ? -2 : $0.threshold }
        #expect(largestDifference(thresholds, expected.thresholds) < 1e-9)
        #expect(largestDifference(tree.nodes.map(\.impurity), expected.impurities) < 1e-9)
        #expect(largestDifference(tree.nodes.map(\.cover), expected.covers) < 1e-9)
    }

    @Test("trees ask scikit-learn's questions in the same order")
    func trees() throws {
        let settings = TreeSettings(maximumDepth: 3, minimumLeaf: 10)
        for item in try cases() {
            for (impurity, expected) in [(ClassImpurity.gini, item.tree_gini), (.entropy, item.tree_entropy)] {
                let model = try DecisionTreeClassifier(settings, impurity: impurity).fit(item.features, item.labels)
                expectEqual(model.trees[0], expected)
                #expect(model.trees[0].depth <= 3)
            }
        }
        let item = try reference("estimators.json", as: Reference.self).regression
        let features = FeatureMatrix(rows: item.rows, columns: item.columns, values: item.values)
        let model = try DecisionTreeRegressor(TreeSettings(maximumDepth: 3, minimumLeaf: 10)).fit(
            features, item.targets)
        expectEqual(model.trees[0], item.tree)
    }

    @Test("exact boosting has scikit-learn's probabilities")
    func boosting() throws {
        for item in try cases() {
            let model = try GradientBoosting(rounds: 20, learningRate: 0.2).fit(item.features, item.labels)
            #expect(largestDifference(model.predictProbability(item.features).values, item.boosting) < 1e-6)
        }
    }

    @Test("histogram boosting has scikit-learn's probabilities, also where values are missing")
    func histogramBoosting() throws {
        for item in try cases() {
            var features = item.features
            for row in stride(from: 0, to: features.rows, by: 7) { features[row, 1] = .nan }
            let settings = HistogramBoostingSettings(rounds: 20, maximumLeaves: 6, minimumLeaf: 5, ridge: 0.3)
            let model = try HistogramBoosting(settings).fit(features, item.labels)
            let found = model.predictProbability(features)
            if item.classes == 2 {
                #expect(largestDifference(found.values, item.histogram) < 1e-5)
            } else {
                // First gradients take few values, so that several cuts gain the same: compare the fit, not the cuts.
                let own = try ProbabilityScore.logLoss(probabilities: found, labels: item.labels)
                let expected = FeatureMatrix(rows: found.rows, columns: 3, values: item.histogram)
                let their = try ProbabilityScore.logLoss(probabilities: expected, labels: item.labels)
                #expect(abs(own - their) < 0.05 * their)
            }
        }
    }

    @Test("regressors have scikit-learn's predictions")
    func regressors() throws {
        let item = try reference("estimators.json", as: Reference.self).regression
        let features = FeatureMatrix(rows: item.rows, columns: item.columns, values: item.values)
        let new = FeatureMatrix(rows: item.new.count / item.columns, columns: item.columns, values: item.new)
        let neighbors = try NearestNeighborsRegressor(4, weights: .inverseDistance).fit(features, item.targets)
        #expect(largestDifference(neighbors.predict(new), item.neighbors) < 1e-9)
        let boosted = try GradientBoostingRegressor(rounds: 20).fit(features, item.targets)
        #expect(largestDifference(boosted.predict(features), item.boosting) < 1e-6)
        let histogram = try HistogramBoostingRegressor(HistogramBoostingSettings(rounds: 20, minimumLeaf: 5))
            .fit(features, item.targets)
        #expect(largestDifference(histogram.predict(features), item.histogram) < 1e-5)
    }
}
