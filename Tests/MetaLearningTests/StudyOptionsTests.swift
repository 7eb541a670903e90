@testable import MetaLearning
import Tabular
import Tensor
import Testing

private let probes = (0..<6).map { "ILMN_\($0)" }

private func cohort(_ name: String, people: Int = 40, cases: Int? = nil, seed: UInt64, missing: Double = 0) throws
    -> Cohort
{
    var features = FeatureMatrix(Tensor<Double>(randomNormal: [people, probes.count], key: RandomKey(seed: seed)))
    let labels = (0..<people).map { row in cases.map { row < $0 ? 1 : 0 } ?? row % 2 }
    for row in 0..<people where labels[row] == 1 { features[row, 0] += 3 }
    var generator = RandomGenerator(seed: seed)
    for index in features.values.indices where generator.uniform() < missing { features.values[index] = .nan }
    return try Cohort(name: name, probes: probes, features: features, labels: labels, allowsMissing: missing > 0)
}

private var quick: StudyTraining {
    var training = StudyTraining()
    training.steps = 20
    training.sourceSteps = 20
    return training
}

@Suite struct StudyOptionsTests {
    @Test("equalised augmentation makes up for the smaller class", arguments: [(8, 32), (1, 39), (20, 20), (39, 1)])
    func equalise(cases: Int, others: Int) throws {
        let source = try cohort("s", people: cases + others, cases: cases, seed: 4)
        for steps in [SourceAugmentation.standard, [.nearestMix()], [.noise(deviation: 0)]] {
            let (features, labels) = SourceAugmentation.doubled(
                source.features, source.labels, by: steps, balance: .equalise, key: RandomKey(seed: 1))
            #expect(features.rows == 80 && Array(labels.prefix(40)) == source.labels)
            #expect(labels.count { $0 == 1 } == 40)
            guard steps == [.noise(deviation: 0)] else { continue }
            // Copies of the rows of a class go round: every row as often as any other, but for one.
            for label in [0, 1] {
                let counts = source.labels.indices.filter { source.labels[$0] == label }.map { row in
                    (40..<80).count { features.row($0).elementsEqual(source.features.row(row)) }
                }
                #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
            }
        }
        let usual = SourceAugmentation.doubled(
            source.features, source.labels, by: [.noise()], key: RandomKey(seed: 1))
        #expect(usual.labels.count { $0 == 1 } == 2 * cases)
    }

    @Test("a synthetic cohort is one affine function of every gene")
    func shift() throws {
        let source = try cohort("s", people: 30, seed: 4)
        let shift = CohortShift(copies: 400, scale: 0.1, offset: 0.3)
        let made = shift.cohorts(of: source.features, key: RandomKey(seed: 1))
        #expect(made.count == 400 && made == shift.cohorts(of: source.features, key: RandomKey(seed: 1)))
        var scales: [Double] = []
        var offsets: [Double] = []
        for own in made {
            for gene in probes.indices {
                let (x, y) = (source.features.column(gene), own.column(gene))
                let scale = (y[1] - y[0]) / (x[1] - x[0])
                let offset = y[0] - scale * x[0]
                #expect(zip(x, y).allSatisfy { abs(scale * $0 + offset - $1) < 1e-9 })
                scales.append(scale)
                offsets.append(offset)
            }
        }
        func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
            let mean = values.reduce(0, +) / Double(values.count)
            return (mean, (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot())
        }
        // 2400 draws: five standard errors.
        #expect(abs(moments(scales).mean - 1) < 0.0103 && abs(moments(scales).deviation - 0.1) < 0.0073)
        #expect(abs(moments(offsets).mean) < 0.031 && abs(moments(offsets).deviation - 0.3) < 0.022)
    }

    @Test("synthetic cohorts are further tasks of the study, and change what is learned")
    func shiftedStudy() throws {
        let cohorts = [try cohort("own", seed: 7), try cohort("a", seed: 1)]
        let methods: [StudyMethod] = [.targetOnly(), .meta(.meta(.second)), .transfer(freezesBody: false)]
        func areas(_ shift: CohortShift?, _ balance: SourceAugmentation.ClassBalance = .preserve) throws -> [[Double]] {
            try CohortStudy(cohorts: cohorts, target: "own", balance: balance, shift: shift, training: quick)
                .fewShotCurve(methods: methods, shots: [5], draws: 4, seeds: [1]).areas[0]
        }
        let plain = try areas(nil)
        let shifted = try areas(CohortShift(copies: 2))
        #expect(shifted[0] == plain[0])
        #expect(shifted[1] != plain[1] && shifted[2] != plain[2])
        #expect(try areas(CohortShift(copies: 0)) == plain)
        #expect(try areas(nil, .equalise)[0] == plain[0])
    }

    @Test("missing values are an error unless they are imputed")
    func missing() throws {
        let own = try cohort("own", people: 60, seed: 7, missing: 0.1)
        let other = try cohort("a", seed: 1, missing: 0.1)
        #expect {
            try CohortStudy(cohorts: [own, other], target: "own")
        } throws: {
            if case .missingValue(cohort: "own", _, _) = $0 as? CohortError { true } else { false }
        }
        let study = try CohortStudy(cohorts: [own, other], target: "own", missing: .impute, training: quick)
        let methods: [StudyMethod] = [.classical(.logistic), .targetOnly(), .meta(.meta(.second))]
        let comparison = try study.crossValidation(methods: methods, folds: 4, seeds: [1])
        // Fold by fold: penalised scores lie near each fold's own share of cases.
        let found = comparison.scores.map { scores in scores.foldAreas.compactMap { $0 }.reduce(0, +) / 4 }
        #expect(found[0] > 0.8 && found.allSatisfy { $0 > 0.6 }, "\(found)")
        #expect(try study.fewShotCurve(methods: methods, shots: [10], draws: 2, seeds: [1]).areas[0][0].count == 2)
        #expect(study.suspiciousPairs().isEmpty)
        for harmonization in [Harmonization.normalRanks, .quantiles, .comBat] {
            let study = try CohortStudy(
                cohorts: [own, other], target: "own", harmonization: harmonization, missing: .impute, training: quick)
            _ = try study.crossValidation(methods: [.meta(.meta(.first))], folds: 2, seeds: [1])
        }
    }

    @Test("what is imputed comes from the training rows, whatever the test rows are")
    func imputedWithoutLeak() throws {
        let train = FeatureMatrix([[1, .nan], [2, 5], [9, 7], [.nan, 9]])
        let test = FeatureMatrix([[.nan, 100], [50, .nan]])
        let source = FeatureMatrix([[.nan, 1], [3, 2], [5, .nan]])
        func completed(
            _ test: FeatureMatrix
        ) throws -> (train: FeatureMatrix, test: FeatureMatrix, sources: [FeatureMatrix]) {
            try MissingValues.impute.completed(
                train: train, test: test, sources: [source], names: ["own", "s"], probes: ["a", "b"])
        }
        let ready = try completed(test)
        #expect(ready.train.values == [1, 7, 2, 5, 9, 7, 2, 9])
        #expect(ready.test.values == [2, 100, 50, 7])
        #expect(ready.sources[0].values == [4, 1, 3, 2, 5, 1.5])
        let other = try completed(FeatureMatrix([[.nan, -1e9], [1e9, .nan]]))
        #expect(other.train == ready.train && other.sources == ready.sources && other.test[0, 0] == 2)
        #expect(throws: CohortError.noValue(probe: "b", cohort: "own")) {
            try MissingValues.impute.completed(
                train: FeatureMatrix([[1, .nan]]), test: test, sources: [], names: ["own"], probes: ["a", "b"])
        }
    }

    @Test("cohorts take missing values only where they may, and never infinite ones")
    func missingCohorts() throws {
        func make(_ rows: [[Double]], probes: [String] = ["a", "b"], merges: Bool = false) throws -> Cohort {
            try Cohort(
                name: "c", probes: probes, features: FeatureMatrix(rows), labels: [0, 1], mergesDuplicates: merges,
                allowsMissing: true)
        }
        #expect(try make([[1, .nan], [2, 3]]).features[0, 1].isNaN)
        #expect(throws: CohortError.missingValue(cohort: "c", row: 1, probe: "a")) {
            try make([[1, .nan], [.infinity, 3]])
        }
        let merged = try make([[1, .nan], [.nan, .nan]], probes: ["a", "a"], merges: true)
        #expect(merged.features[0, 0] == 1 && merged.features[1, 0].isNaN)
    }

    @Test("a fold whose training part has one person of a class is an error, or left out and counted")
    func degenerateFolds() throws {
        let own = try cohort("own", people: 30, cases: 2, seed: 7)
        let study = try CohortStudy(cohorts: [own, try cohort("a", seed: 1)], target: "own", training: quick)
        let methods: [StudyMethod] = [.classical(.logistic), .targetOnly()]
        // Each of the two cases is in a test part of its own.
        #expect {
            try study.crossValidation(methods: methods, folds: 5, seeds: [1])
        } throws: {
            if case .degenerateFold(cohort: "own", _, label: 1, have: 1) = $0 as? CohortError { true } else { false }
        }
        // Then no fold that is left has a case in its test part, and there is nothing to rank.
        #expect(throws: MetricError.self) {
            try study.crossValidation(methods: methods, folds: 5, degenerate: .allowDegenerate, seeds: [1])
        }
        let three = try cohort("own", people: 30, cases: 3, seed: 7)
        let wider = try CohortStudy(cohorts: [three, try cohort("a", seed: 1)], target: "own", training: quick)
        // Unstratified, two of three cases may share a test part; the seed is one for which they do.
        let seed = try #require(
            (UInt64(0)..<50).first { seed in
                let methods = [StudyMethod.classical(.naiveBayes)]
                return (try? wider.crossValidation(methods: methods, folds: 3, stratified: false, seeds: [seed])) == nil
            })
        let comparison = try wider.crossValidation(
            methods: methods, folds: 3, stratified: false, degenerate: .allowDegenerate, seeds: [seed])
        #expect(comparison.skippedFolds == 1)
        #expect(comparison.scores[0].foldAreas.count == 3 && comparison.scores[0].folds.count == 2)
        #expect(comparison.scores[0].confusions[0].total == 20)
        #expect(comparison.foldTable.rows[0].last == "1")
    }

    @Test("every fold has its metrics, and says which class it lacks")
    func foldScores() throws {
        // Three cases in five stratified folds: two folds have none.
        let own = try cohort("own", people: 40, cases: 3, seed: 7)
        let study = try CohortStudy(cohorts: [own, try cohort("a", seed: 1)], target: "own", training: quick)
        let comparison = try study.crossValidation(methods: [.classical(.logistic)], folds: 5, seeds: [1, 2])
        let folds = comparison.scores[0].folds
        #expect(folds.map(\.fold) == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4] && folds.count { $0.round == 1 } == 5)
        #expect(folds.count { $0.macro.absent == [1] } == 4)
        for fold in folds {
            #expect((fold.averagePrecision == nil) == (fold.macro.absent == [1]))
            // With nobody of a class, the other class has at most half of a mean over two.
            if !fold.macro.absent.isEmpty { #expect(fold.macro.recall <= 0.5 && fold.macro.precision <= 0.5) }
        }
        let row = comparison.foldTable.rows[0]
        #expect(row.count == 8 && row[6] == "4 of 10" && row[7] == "0")
        let loose = try study.crossValidation(
            methods: [.classical(.logistic)], folds: 5, stratified: false, degenerate: .allowDegenerate, seeds: [1])
        #expect(loose.scores[0].folds.count + loose.skippedFolds == 5)
    }
}
