import Autograd
import NN
import Report
import Statistics
import Tabular
import Tensor

/// Which probes networks rely on: how far two ways of training agree, and each with itself over folds.
public struct AttributionOverlap: Sendable {
    /// The methods.
    public let methods: [StudyMethod]
    /// The mean size of attributions of every probe, by method and fold.
    public let sizes: [[[Double]]]
    /// The ids of the probes.
    public let probes: [String]
    /// How many of the largest are compared.
    public let top: Int

    /// The positions of the probes of the largest attributions, largest first.
    private func leaders(_ method: Int, _ fold: Int) -> [Int] {
        let own = sizes[method][fold]
        return Array(own.indices.sorted { own[$0] > own[$1] || (own[$0] == own[$1] && $0 < $1) }.prefix(top))
    }

    /// The shared leaders of two methods over all leaders of either (Jaccard), one for each fold; 1 where neither has any,
    /// and where all probes are leaders.
    public func overlap(_ a: Int, _ b: Int) -> [Double] {
        sizes[a].indices.map { fold in
            let (first, second) = (Set(leaders(a, fold)), Set(leaders(b, fold)))
            return jaccardIndex(first, second)
        }
    }

    /// The mean Kuncheva index of a method's leaders over pairs of folds: 1 for the same, 0 for chance; 0 too where all
    /// probes are leaders.
    public func stability(_ method: Int) -> Double {
        var values: [Double] = []
        for a in sizes[method].indices {
            for b in a + 1..<max(sizes[method].count, a + 1) {
                values.append(
                    kunchevaIndex(Set(leaders(method, a)), Set(leaders(method, b)), among: probes.count))
            }
        }
        return values.isEmpty ? .nan : values.mean
    }

    /// The probes of the largest mean attributions over folds.
    public func leaders(of method: Int, count: Int = 15) -> [(probe: String, size: Double)] {
        let means = probes.indices.map { probe in sizes[method].map { $0[probe] }.mean }
        return means.indices.sorted { means[$0] > means[$1] }.prefix(count).map { (probes[$0], means[$0]) }
    }

    /// Agreement and stability.
    public var table: ReportTable {
        var table = ReportTable(columns: [
            "Methods", ReportTable.Column("Shared of the top \(top) (Jaccard)"), "Stability (Kuncheva)",
        ])
        for (a, method) in methods.enumerated() {
            table.add(row: [method.name, "", fixed(stability(a))])
            for b in a + 1..<max(methods.count, a + 1) {
                let values = overlap(a, b)
                table.add(row: [
                    "\(method.name) and \(methods[b].name)",
                    "\(fixed(values.mean)) ± \(fixed(values.sampleStandardDeviation))", "",
                ])
            }
        }
        return table
    }
}

/// The shared members of two sets over all members of either; two empty sets are the same, which is 1.
func jaccardIndex(_ a: Set<Int>, _ b: Set<Int>) -> Double {
    let all = a.union(b).count
    return all == 0 ? 1 : Double(a.intersection(b).count) / Double(all)
}

/// The agreement of two sets of k out of n beyond chance, (r n - k²) / (k (n - k)) for r shared members (Kuncheva 2007).
///
/// Of no members and of all n the formula is 0/0: any two such sets are the same by necessity, which is no agreement
/// beyond chance, hence 0.
func kunchevaIndex(_ a: Set<Int>, _ b: Set<Int>, among count: Int) -> Double {
    let (n, k) = (Double(count), Double(a.count))
    guard k > 0, k < n else { return 0 }
    return (Double(a.intersection(b).count) * n - k * k) / (k * (n - k))
}

extension CohortStudy {
    /// Trains networks on the training parts of folds and attributes their logits on the test parts by expected
    /// gradients, with the training rows as background.
    ///
    /// - Parameter top: How many probes of the largest attributions are compared, at least 1; all there are if it is more.
    public func attributionOverlap(
        methods: [StudyMethod], folds: Int = 10, seed: UInt64, top: Int = 50
    ) throws -> AttributionOverlap {
        guard top > 0 else { trap("attributionOverlap: the number of leading probes is \(top)") }
        let key = RandomKey(seed: seed)
        var generator = RandomGenerator(key: key)
        let splits = try StratifiedKFold(folds: folds, allowsSmallClasses: true)
            .splits(labels: targetCohort.labels, shuffledBy: &generator)
        let pretrained = try pretrainedNetworks(methods, key: key.folded(-1))
        var results = [Result<[[Double]], any Error>?](repeating: nil, count: folds)
        results.withUnsafeMutableBufferPointer { results in
            nonisolated(unsafe) let results = results
            Parallelism.forEachPiece(of: folds, grain: 1) { piece in
                for fold in piece {
                    results[fold] = Result {
                        let division = try self.division(splits[fold], key: key.folded(-2))
                        let rows = StudyRows(division.train, division.trainLabels)
                        return try methods.map { method in
                            let network = try training.train(
                                method, rows, sources: division.sources, pretrained: pretrained[method],
                                key: key.folded(fold + 1)
                            ).network
                            var draws = RandomGenerator(key: key.folded(1000 + fold))
                            let chosen = draws.permutation(rows.count).prefix(50)
                            let background = rows.inputs.indexSelected(axis: 0, Array(chosen))
                            let positions = chosen.map { _ in Float(draws.uniform()) }
                            let values = expectedGradients(
                                of: Tensor<Float>(division.test.tensor), background: background, positions: positions
                            ) { network($0).squeezed(1) }
                            return values.abs().mean(axes: [0]).array.map { Double($0) }
                        }
                    }
                }
            }
        }
        let found = try results.map { try $0!.get() }
        return AttributionOverlap(
            methods: methods, sizes: methods.indices.map { index in found.map { $0[index] } },
            probes: targetCohort.probes, top: min(top, targetCohort.probes.count))
    }
}
