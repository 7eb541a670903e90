import Tabular
import Tensor
import Testing

@Suite struct TreeShapleyTests {
    private func data() -> (FeatureMatrix, [Int], [Double]) {
        var generator = RandomGenerator(seed: 2)
        let x = FeatureMatrix((0..<120).map { _ in (0..<5).map { _ in generator.normal() } })
        let y = (0..<120).map { x[$0, 0] * x[$0, 1] + x[$0, 2] + 0.3 * generator.normal() }
        return (x, y.map { $0 > 0 ? 1 : 0 }, y)
    }

    /// A tree's prediction when only some features are known: other questions are answered both ways by cover.
    private func value(_ tree: DecisionTree, _ row: [Double], _ known: Int, _ output: Int, at position: Int = 0)
        -> Double
    {
        let node = tree.nodes[position]
        if node.isLeaf { return tree.values[position * tree.outputs + output] }
        if known >> node.feature & 1 == 1 {
            let x = row[node.feature]
            let goesLeft = x <= node.threshold || (x.isNaN && node.sendsMissingLeft)
            return value(tree, row, known, output, at: goesLeft ? node.left : node.right)
        }
        let share = tree.nodes[node.left].cover / node.cover
        return share * value(tree, row, known, output, at: node.left)
            + (1 - share) * value(tree, row, known, output, at: node.right)
    }

    /// Shapley's formula over all sets of features.
    private func enumerated(_ trees: [DecisionTree], _ row: [Double], _ output: Int) -> [Double] {
        let d = row.count
        let values = (0..<1 << d).map { known in trees.reduce(0) { $0 + value($1, row, known, output) } }
        func factorial(_ n: Int) -> Double { n < 2 ? 1 : Double(n) * factorial(n - 1) }
        return (0..<d).map { feature in
            (0..<1 << d).filter { $0 >> feature & 1 == 0 }.reduce(0) { sum, known in
                let size = known.nonzeroBitCount
                let weight = factorial(size) * factorial(d - size - 1) / factorial(d)
                return sum + weight * (values[known | 1 << feature] - values[known])
            }
        }
    }

    @Test("tree Shapley values are those of the enumeration, and sum to the prediction")
    func exact() throws {
        let (x, labels, targets) = data()
        let rows = x.selecting(rows: Array(0..<10))
        let forest = try RandomForest(trees: 6, settings: TreeSettings(maximumDepth: 6, features: .squareRoot))
            .fit(x, labels)
        let shares = forest.shapleyValues(rows, ofClass: 1)
        let boosted = try GradientBoosting(rounds: 8).fit(x, labels)
        let odds = boosted.shapleyValues(rows)
        let numbers = try RandomForestRegressor(trees: 4).fit(x, targets)
        let predictions = numbers.shapleyValues(rows)
        for row in 0..<10 {
            let own = Array(rows.row(row))
            #expect(
                largestDifference(
                    Array(shares.values.row(row)), enumerated(forest.trees, own, 1).map { $0 / 6 }) < 1e-10)
            #expect(
                largestDifference(Array(odds.values.row(row)), enumerated(boosted.trees.map { $0[0] }, own, 0)) < 1e-10)
            #expect(
                abs(shares.values.row(row).reduce(shares.base, +) - forest.predictProbability(rows)[row, 1]) < 1e-10)
            #expect(abs(odds.values.row(row).reduce(odds.base, +) - boosted.decision(rows)[row, 0]) < 1e-10)
            let sum = predictions.values.row(row).reduce(predictions.base, +)
            #expect(abs(sum - numbers.predict(rows)[row]) < 1e-10)
        }
    }

    @Test("tree Shapley values follow missing values")
    func missing() throws {
        var (x, _, targets) = data()
        for row in stride(from: 0, to: 120, by: 3) { x[row, 0] = .nan }
        let model = try HistogramBoostingRegressor(HistogramBoostingSettings(rounds: 5, minimumLeaf: 8)).fit(x, targets)
        let found = model.shapleyValues(x)
        let predictions = model.predict(x)
        for row in 0..<120 {
            #expect(abs(found.values.row(row).reduce(found.base, +) - predictions[row]) < 1e-10)
        }
        #expect(
            largestDifference(Array(found.values.row(3)), enumerated(model.trees, Array(x.row(3)), 0)) < 1e-10)
    }

    @Test("shuffling the features that matter costs most")
    func permutation() throws {
        let (x, _, targets) = data()
        let model = try RandomForestRegressor(trees: 30).fit(x, targets)
        let falls = try PermutationImportance(repeats: 4, key: RandomKey(seed: 1)).measure(x) { rows in
            try RegressionScore(actual: targets, predicted: model.predict(rows)).coefficientOfDetermination()
        }
        let means = falls.map { $0.reduce(0, +) / 4 }
        #expect(means[2] > means[3] && means[0] > means[4] && means[1] > means[3])
        #expect(falls.allSatisfy { $0.count == 4 })
    }
}
