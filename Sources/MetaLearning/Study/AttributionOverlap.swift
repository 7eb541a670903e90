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
    /// The mean size of attributions of every probe, by method and fold, seed after seed.
    public let sizes: [[[Double]]]
    /// The attributions of the first seed, each person's from the fold that tested them, by method.
    public let summaries: [AttributionSummary]
    /// Pearson's correlation of expected gradients with KernelSHAP for some people of each seed, by method.
    public let kernelCorrelations: [[Double]]
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
            "Correlation with KernelSHAP",
        ])
        for (a, method) in methods.enumerated() {
            let agreement = kernelCorrelations[a].isEmpty ? "" : fixed(kernelCorrelations[a].mean)
            table.add(row: [method.name, "", fixed(stability(a)), agreement])
            for b in a + 1..<max(methods.count, a + 1) {
                let values = overlap(a, b)
                table.add(row: [
                    "\(method.name) and \(methods[b].name)",
                    "\(fixed(values.mean)) ± \(fixed(values.sampleStandardDeviation))", "", "",
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
    /// gradients, with training rows as background.
    ///
    /// - Parameters:
    ///   - folds: Stratified folds.
    ///   - seeds: Each seed has its own folds and weights.
    ///   - top: How many probes of the largest attributions are compared, at least 1; all there are if it is more.
    ///   - kernelPeople: For so many people of each seed's first fold, KernelSHAP with the same background is computed too.
    /// - Throws: ``MetaLearningError``, `CancellationError`, errors of splits.
    public func attributionOverlap(
        methods: [StudyMethod], folds: Int = 10, seeds: [UInt64], top: Int = 50, kernelPeople: Int = 0,
        events: some EventSink = SilentSink(), cancellation: Cancellation = Cancellation()
    ) throws -> AttributionOverlap {
        guard top > 0 else { trap("attributionOverlap: the number of leading probes is \(top)") }
        let name = "attributions of \(targetCohort.name)"
        events.receive(.started(name: name, total: seeds.count, completed: 0))
        var sizes = methods.map { _ in [[Double]]() }
        var correlations = methods.map { _ in [Double]() }
        var people = methods.map { _ in targetCohort.labels.map { _ in (value: [Double](), feature: [Double]()) } }
        for (round, seed) in seeds.enumerated() {
            try cancellation.check()
            let key = RandomKey(seed: seed)
            var generator = RandomGenerator(key: key)
            let splits = try StratifiedKFold(folds: folds, allowsSmallClasses: true)
                .splits(labels: targetCohort.labels, shuffledBy: &generator)
            var results = [Result<[FoldAttributions], any Error>?](repeating: nil, count: folds)
            results.withUnsafeMutableBufferPointer { results in
                nonisolated(unsafe) let results = results
                Parallelism.forEachPiece(of: folds, grain: 1) { piece in
                    for fold in piece {
                        results[fold] = Result {
                            try attributions(
                                methods, splits[fold], kernelPeople: fold == 0 ? kernelPeople : 0,
                                key: key.folded(fold + 1))
                        }
                    }
                }
            }
            for (fold, result) in results.enumerated() {
                for (index, found) in try result!.get().enumerated() {
                    let values = found.values.shape[0]
                    sizes[index].append(found.values.abs().mean(axes: [0]).array.map { Double($0) })
                    correlations[index] += found.kernelCorrelations
                    for place in 0..<values where round == 0 {
                        people[index][splits[fold].test[place]] = (
                            found.values.selected(axis: 0, at: place).array.map { Double($0) },
                            Array(found.features.row(place))
                        )
                    }
                }
            }
            events.receive(.step(name: name, completed: round + 1, total: seeds.count, metrics: [:]))
        }
        events.receive(.finished(name: name))
        return AttributionOverlap(
            methods: methods, sizes: sizes,
            summaries: people.map { own in
                AttributionSummary(
                    values: own.map(\.value), features: own.map(\.feature), names: targetCohort.probes)
            }, kernelCorrelations: correlations, probes: targetCohort.probes, top: min(top, targetCohort.probes.count))
    }

    /// One network's attributions on a fold's test rows.
    private struct FoldAttributions: Sendable {
        /// `[test rows, probes]`.
        let values: Tensor<Float>
        /// The scaled test rows.
        let features: FeatureMatrix
        let kernelCorrelations: [Double]
    }

    private func attributions(
        _ methods: [StudyMethod], _ split: Split, kernelPeople: Int, key: RandomKey
    ) throws -> [FoldAttributions] {
        let division = try self.division(split, key: key.folded(3))
        let rows = StudyRows(division.train, division.trainLabels)
        let inputs = Tensor<Float>(division.test.tensor)
        return try methods.map { method in
            let network = try training.train(method, rows, sources: division.sources, key: key).network
            var draws = RandomGenerator(key: key.folded(4))
            let chosen = Array(draws.permutation(rows.count).prefix(50))
            let background = rows.inputs.indexSelected(axis: 0, chosen)
            let positions = chosen.map { _ in Float(draws.uniform()) }
            let values = expectedGradients(of: inputs, background: background, positions: positions) {
                network($0).squeezed(1)
            }
            let count = min(kernelPeople, inputs.shape[0])
            var correlations: [Double] = []
            if count > 0 {
                let explainer = try KernelSHAP(background: background, samples: .count(8192), key: key.folded(5))
                let (exact, _) = try explainer.attributions(of: inputs.narrowed(axis: 0, from: 0, count: count)) {
                    network(Variable($0)).value.squeezed(1)
                }
                correlations = try (0..<count).map { person in
                    func row(_ tensor: Tensor<Float>) -> [Double] {
                        tensor.selected(axis: 0, at: person).array.map { Double($0) }
                    }
                    return try Correlation.pearson(row(exact), row(values)).estimate ?? .nan
                }
            }
            return FoldAttributions(values: values, features: division.test, kernelCorrelations: correlations)
        }
    }
}
