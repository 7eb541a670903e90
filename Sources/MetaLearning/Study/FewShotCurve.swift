import Report
import Statistics
import Tabular
import Tensor

/// How well methods rank the target's other people after seeing few of them.
public struct FewShotCurve: Sendable {
    /// The target's name.
    public let target: String
    /// The methods, in the order of the columns.
    public let methods: [StudyMethod]
    /// The numbers of people of each class.
    public let shots: [Int]
    /// The area under the ROC curve, by number of people, method and draw.
    public let areas: [[[Double]]]

    /// The mean over draws of the difference to another method, with Student's interval over the draws.
    ///
    /// The interval says how far the result depends on which people were drawn, not on the cohort.
    public func gain(of method: Int, over other: Int, at place: Int) throws -> TestResult {
        try TTest.paired(areas[place][method], areas[place][other])
    }

    /// Means and deviations over draws.
    public var table: ReportTable {
        var table = ReportTable(
            columns: [ReportTable.Column("Method")] + shots.map { ReportTable.Column("\($0) per class") })
        for (index, method) in methods.enumerated() {
            table.add(
                row: [method.name]
                    + shots.indices.map { place in
                        let values = areas[place][index]
                        return "\(fixed(values.mean)) ± \(fixed(values.sampleStandardDeviation))"
                    })
        }
        return table
    }

    /// Differences to a method with 95 % intervals over the draws.
    public func gains(over other: Int) -> ReportTable {
        var table = ReportTable(
            columns: [ReportTable.Column("Method less \(methods[other].name)")]
                + shots.map { ReportTable.Column("\($0) per class") })
        for index in methods.indices where index != other {
            table.add(
                row: [methods[index].name]
                    + shots.indices.map { place in
                        (try? gain(of: index, over: other, at: place)).map(differenceText) ?? "–"
                    })
        }
        return table
    }

    /// The curves of all methods.
    public var figure: Figure {
        var figure = Figure(
            title: "Few-shot ranking of \(target)", x: Axis("People of each class"), y: Axis("AUROC"))
        for (index, method) in methods.enumerated() {
            let means = shots.indices.map { areas[$0][index].mean }
            let halves = shots.indices.map { place -> Double in
                let own = areas[place][index]
                let factor = StudentTDistribution(degreesOfFreedom: Double(own.count - 1)).quantile(0.975)
                return factor * (own.sampleVariance / Double(own.count)).squareRoot()
            }
            figure.add(
                .line(
                    x: shots.map { Double($0) }, y: means, interval: .init(around: means, halfWidth: halves),
                    label: method.name))
        }
        return figure
    }
}

func fixed(_ value: Double) -> String { NumberFormat.fixed(3).text(value) }

/// A difference with its interval, marked where the interval leaves out 0.
func differenceText(_ test: TestResult) -> String {
    let estimate = test.estimate ?? .nan
    let sign = estimate >= 0 ? "+" : ""
    guard let interval = test.interval else { return sign + fixed(estimate) }
    let isClear = interval.lower > 0 || interval.upper < 0
    return "\(sign)\(fixed(estimate)) [\(fixed(interval.lower)), \(fixed(interval.upper))]\(isClear ? " *" : "")"
}

extension CohortStudy {
    /// Draws few people of each class from the target, trains every method on them and ranks the others.
    ///
    /// All methods see the same draws, and each draw has its own weights and augmented sources. There are no people to choose an epoch by, so all take all their steps.
    ///
    /// - Parameters:
    ///   - shots: The numbers of people of each class.
    ///   - draws: The number of draws for each seed.
    ///   - seeds: Each seed has its own draws.
    /// - Throws: ``CohortError/tooFewPeople(cohort:label:have:need:)``, ``MetaLearningError``, `CancellationError`.
    public func fewShotCurve(
        methods: [StudyMethod], shots: [Int] = [5, 10, 20], draws: Int = 10, seeds: [UInt64],
        events: some EventSink = SilentSink(), cancellation: Cancellation = Cancellation()
    ) throws -> FewShotCurve {
        let labels = targetCohort.labels
        for label in [0, 1] {
            let have = labels.count { $0 == label }
            let need = (shots.max() ?? 0) + 1
            guard have >= need else {
                throw CohortError.tooFewPeople(cohort: targetCohort.name, label: label, have: have, need: need)
            }
        }
        let name = "few-shot curve of \(targetCohort.name)"
        let total = shots.count * seeds.count
        events.receive(.started(name: name, total: total, completed: 0))
        var areas = shots.map { _ in methods.map { _ in [Double]() } }
        for (place, shot) in shots.enumerated() {
            for (position, seed) in seeds.enumerated() {
                try cancellation.check()
                let key = RandomKey(seed: seed).folded(shot)
                let found = try drawn(methods, shot, draws: draws, key: key)
                for index in methods.indices { areas[place][index] += found.map { $0[index] } }
                events.receive(
                    .step(name: name, completed: place * seeds.count + position + 1, total: total, metrics: [:]))
            }
        }
        events.receive(.finished(name: name))
        return FewShotCurve(target: targetCohort.name, methods: methods, shots: shots, areas: areas)
    }

    /// The areas of every draw and method, draws on several threads.
    func drawn(
        _ methods: [StudyMethod], _ shot: Int, draws: Int, key: RandomKey,
        sources: [(features: FeatureMatrix, labels: [Int])]? = nil
    ) throws -> [[Double]] {
        var results = [Result<[Double], any Error>?](repeating: nil, count: draws)
        results.withUnsafeMutableBufferPointer { results in
            nonisolated(unsafe) let results = results
            Parallelism.forEachPiece(of: draws, grain: 1) { piece in
                for draw in piece {
                    results[draw] = Result {
                        let own = key.folded(draw)
                        let split = fewShotSplit(shot, key: own.folded(0))
                        let division = try self.division(split, sources: sources, key: own.folded(2))
                        return try methods.map { method in
                            let (probabilities, _) = try scores(
                                method, division, hasValidation: false, key: own.folded(1))
                            return try AreaUnderROC(
                                scores: probabilities, labels: division.testLabels.map { $0 == 1 }
                            ).value
                        }
                    }
                }
            }
        }
        return try results.map { try $0!.get() }
    }

    private func fewShotSplit(_ shot: Int, key: RandomKey) -> Split {
        var generator = RandomGenerator(key: key)
        var train: [Int] = []
        for label in [0, 1] {
            let members = targetCohort.labels.indices.filter { targetCohort.labels[$0] == label }
            train += generator.permutation(members.count).prefix(shot).map { members[$0] }
        }
        let chosen = Set(train)
        return Split(train: train, test: targetCohort.labels.indices.filter { !chosen.contains($0) })
    }
}
