import Autograd
import NN
import Report
import Statistics
import Tabular
import Tensor

/// What must come out if a study does not deceive itself.
public struct StudyControls: Sendable {
    /// One control: what was done, what came out, what should.
    public struct Control: Sendable {
        /// What was done.
        public let name: String
        /// What came out.
        public let result: String
        /// What should.
        public let expectation: String
    }

    /// The controls.
    public var controls: [Control] = []

    /// The controls as a table.
    public var table: ReportTable {
        var table = ReportTable(columns: [
            ReportTable.Column("Control", alignment: .leading), ReportTable.Column("Result", alignment: .leading),
            ReportTable.Column("Expected", alignment: .leading),
        ])
        for control in controls { table.add(row: [control.name, control.result, control.expectation]) }
        return table
    }
}

extension CohortStudy {
    /// Runs the controls: permuted labels of target and sources, sources of noise, and a scaler that saw the test rows.
    ///
    /// - Parameters:
    ///   - shots: People of each class in the few-shot controls.
    ///   - draws: Draws of people for each seed.
    ///   - permutations: Permutations of the target's labels for each seed.
    public func controls(
        shots: Int = 10, draws: Int = 10, permutations: Int = 5, seeds: [UInt64], events: some EventSink = SilentSink()
    ) throws -> StudyControls {
        var result = StudyControls()
        func add(_ name: String, _ text: String, _ expectation: String) {
            result.controls.append(.init(name: name, result: text, expectation: expectation))
        }
        var permuted = [[Double]](repeating: [], count: 2)
        for seed in seeds {
            for permutation in 0..<permutations {
                var generator = RandomGenerator(key: RandomKey(seed: seed).folded(77).folded(permutation))
                let order = generator.permutation(targetCohort.count)
                let comparison = try crossValidation(
                    methods: [.classical(.logistic), .targetOnly()], seeds: [seed],
                    labels: order.map { targetCohort.labels[$0] }, events: events)
                for index in permuted.indices { permuted[index].append(comparison.scores[index].pooledAreas[0].value) }
            }
        }
        for (areas, name) in zip(permuted, ["logistic regression", "network"]) {
            let interval = try? TTest.oneSample(areas, mean: 0.5).interval
            let text = interval.map { " [\(fixed($0.lower)), \(fixed($0.upper))]" } ?? ""
            add(
                "Target labels permuted, \(name): mean AUROC of \(areas.count) permutations", fixed(areas.mean) + text,
                "0.5, whatever way the probes were chosen")
        }
        let methods: [StudyMethod] = [.targetOnly(), .meta(.meta(.second))]
        func gain(_ make: (RandomKey) -> [(features: FeatureMatrix, labels: [Int])]?) throws -> String {
            var areas = methods.map { _ in [Double]() }
            for seed in seeds {
                let key = RandomKey(seed: seed).folded(shots)
                for found in try drawn(methods, shots, draws: draws, key: key, sources: make(key)) {
                    for index in methods.indices { areas[index].append(found[index]) }
                }
            }
            return differenceText(try TTest.paired(areas[1], areas[0]))
        }
        add("MAML less target only, \(shots) per class, real sources", try gain { _ in nil }, "whatever it is")
        add(
            "the same, source labels permuted",
            try gain { key in
                sourceCohorts.enumerated().map { place, cohort in
                    var generator = RandomGenerator(key: key.folded(100 + place))
                    let order = generator.permutation(cohort.count)
                    return (cohort.features, order.map { cohort.labels[$0] })
                }
            }, "no gain from labels")
        add(
            "the same, sources of noise",
            try gain { key in
                sourceCohorts.enumerated().map { place, cohort in
                    let noise = Tensor<Double>(
                        randomNormal: [cohort.count, cohort.probes.count], key: key.folded(200 + place))
                    return (FeatureMatrix(noise), cohort.labels)
                }
            }, "no gain")
        let leak = try leakage(seeds: seeds)
        add(
            "Logistic regression, scaler fitted on all rows less on training rows: AUROC",
            "\(leak >= 0 ? "+" : "")\(NumberFormat.fixed(4).text(leak))", "how much the leak flatters")
        let network = GeneNetwork.Kind.perceptron.network(probes: targetCohort.probes.count, key: RandomKey(seed: 0))
        let count = network.parameters.reduce(0) { $0 + $1.count }
        add("Trainable parameters, people in the target", "\(count), \(targetCohort.count)", "")
        return result
    }

    /// What logistic regression seems to gain when the scaler has seen the test rows.
    private func leakage(seeds: [UInt64]) throws -> Double {
        let isCase = targetCohort.labels.map { $0 == 1 }
        func filled(_ train: FeatureMatrix, _ test: FeatureMatrix) throws -> (FeatureMatrix, FeatureMatrix) {
            let complete = try missing.completed(
                train: train, test: test, sources: [], names: [targetCohort.name], probes: targetCohort.probes)
            return (complete.train, complete.test)
        }
        let (whole, _) = try filled(targetCohort.features, targetCohort.features)
        let everything = try Standardizer().fit(whole).transform(whole)
        var differences: [Double] = []
        for seed in seeds {
            var generator = RandomGenerator(key: RandomKey(seed: seed))
            let splits = try StratifiedKFold(folds: 10, allowsSmallClasses: true)
                .splits(labels: targetCohort.labels, shuffledBy: &generator)
            let estimator = LogisticRegression(inverseRegularization: 0.001)
            let leaky = try estimator.crossValidatedProbability(everything, targetCohort.labels, splits: splits)
            let honest = try estimator.crossValidatedProbability(
                targetCohort.features, targetCohort.labels, splits: splits
            ) { train, test in
                let complete = try filled(train, test)
                let scaler = try Standardizer().fit(complete.0)
                return (scaler.transform(complete.0), scaler.transform(complete.1))
            }
            differences.append(
                try AreaUnderROC(scores: leaky.column(1), labels: isCase).value
                    - AreaUnderROC(scores: honest.column(1), labels: isCase).value)
        }
        return differences.mean
    }
}

/// That the published code trains on the target alone.
public struct PublishedCodeFinding: Sendable {
    /// The largest difference of parameters after SGD on the published objective and on α times the target's loss.
    public let plainDescent: Double
    /// The same after Adam on the published objective and on the target's loss itself.
    public let adam: Double
    /// The same for the objective as the paper describes it, with SGD.
    public let described: Double
    /// The number of updates.
    public let steps: Int
}

extension CohortStudy {
    /// Trains three networks from the same weights on the same batches: by the published code's objective, by the
    /// target's loss, and by the objective that the paper describes.
    public func publishedCodeFinding(seed: UInt64, steps: Int = 50) throws -> PublishedCodeFinding {
        let key = RandomKey(seed: seed)
        let everyone = Split(train: Array(targetCohort.labels.indices), test: [])
        let division = try division(everyone, key: key)
        let target = StudyRows(division.train, division.trainLabels)
        func largest(_ a: GeneNetwork, _ b: GeneNetwork) -> Double {
            zip(a.parameters, b.parameters).reduce(0) { result, pair in
                max(result, Double((pair.0.value - pair.1.value).abs().maximum().scalar))
            }
        }
        func run<Rule: Optimizer<Float>>(
            _ rule: Rule, _ variant: SourceObjective.Variant?, alpha: Float
        ) throws -> GeneNetwork {
            var rule = rule
            var network = GeneNetwork.Kind.perceptron.network(probes: targetCohort.probes.count, key: key.folded(1))
            var generator = RandomGenerator(key: key.folded(2))
            for _ in 0..<steps {
                let batch = target.batch(training.batch, &generator)
                let tasks = division.sources.map { $0.task(training.batch, &generator) }
                if let variant {
                    var objective = training.objective
                    objective.variant = variant
                    objective.averagesSources = variant != .publishedCode
                    rule.update(
                        &network, along: try objective.step(at: network, target: batch, sources: tasks).gradient)
                } else {
                    let (_, slope) = valueAndGradient(at: network) { batch.loss(of: $0) * alpha }
                    rule.update(&network, along: slope)
                }
            }
            return network
        }
        let alpha = Float(training.objective.alpha)
        let descent = SGD<Float>(learningRate: 0.05)
        let adam = Adam<Float>(learningRate: 4e-4)
        let plain = try run(descent, nil, alpha: alpha)
        return PublishedCodeFinding(
            plainDescent: largest(try run(descent, .publishedCode, alpha: alpha), plain),
            adam: largest(try run(adam, .publishedCode, alpha: alpha), try run(adam, nil, alpha: 1)),
            described: largest(try run(descent, .meta(.second), alpha: alpha), plain), steps: steps)
    }
}
