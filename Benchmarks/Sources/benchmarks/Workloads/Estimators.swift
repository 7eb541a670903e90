import SampleData
import Tabular
import Tensor

/// Spambase, 4601 rows of 57 features, as every library is given it.
private func spambase() -> (features: FeatureMatrix, labels: [Int]) {
    do {
        let table = try Tabular.Table(csv: SampleData.path(of: .spambase))
        return (try table.removing("spam").features(), try table.labels("spam").indices)
    } catch {
        fatalError("\(error)")
    }
}

// Both are fitted with scikit-learn's settings; the tests compare the forest's scores with its, and the
// histograms' with those of exact boosting and of smaller fits.
let estimatorWorkloads: [Workload] = [
    Workload("forest_spambase", .none) {
        let (features, labels) = spambase()
        let forest = RandomForest(trees: 100, key: RandomKey(seed: 1))
        return { keep(try? forest.fit(features, labels)) }
    },
    Workload("gbdt_spambase", .none) {
        let (features, labels) = spambase()
        let boosting = HistogramBoosting(HistogramBoostingSettings(rounds: 100))
        return { keep(try? boosting.fit(features, labels)) }
    },
]
