import MetaLearning
import Tabular
import Tensor
import Testing

private let probes = (0..<6).map { "ILMN_\($0)" }

private func cohort(_ name: String, people: Int = 40, cases: Int? = nil, seed: UInt64) throws -> Cohort {
    var features = FeatureMatrix(Tensor<Double>(randomNormal: [people, probes.count], key: RandomKey(seed: seed)))
    let labels = (0..<people).map { row in cases.map { row < $0 ? 1 : 0 } ?? row % 2 }
    for row in 0..<people where labels[row] == 1 { features[row, 0] += 3 }
    return try Cohort(name: name, probes: probes, features: features, labels: labels)
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
}
