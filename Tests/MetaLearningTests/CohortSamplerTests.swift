import MetaLearning
import NN
import Tabular
import Tensor
import Testing

/// People whose only value is their number, the first of them cases.
private func cohort(_ name: String, people: Int, cases: Int, probes: [String] = ["a", "b"]) throws -> Cohort {
    let rows = (0..<people).map { row in probes.indices.map { Double(row * probes.count + $0) } }
    return try Cohort(
        name: name, probes: probes, features: FeatureMatrix(rows), labels: (0..<people).map { $0 < cases ? 1 : 0 })
}

@Suite struct CohortSamplerTests {
    @Test("support and query are disjoint people of one cohort in its ratio of classes")
    func stratifiedTasks() throws {
        // 8 of 95, as in gse42830: a person in twelve is a case.
        let rare = try cohort("rare", people: 95, cases: 8)
        let common = try cohort("common", people: 40, cases: 20)
        let tasks = try CohortSampler<Float>([rare, common], support: 24, query: 12, key: RandomKey(seed: 1))
        for index in 0..<40 {
            let (place, support, query) = tasks.rows(at: index)
            #expect(support.count == 24 && query.count == 12 && Set(support + query).count == 36)
            let labels = [rare, common][place].labels
            #expect(support.count { labels[$0] == 1 } == (place == 0 ? 2 : 12))
            #expect(query.count { labels[$0] == 1 } == (place == 0 ? 1 : 6))
            let task = try tasks.task(at: index)
            #expect(task.support.inputs.array == support.flatMap { [Float($0 * 2), Float($0 * 2 + 1)] })
            #expect(task.query.targets.labels?.array == query.map { Int64(labels[$0]) })
        }
    }

    @Test("the smaller class is in both sets whatever its share", arguments: [(2, 98), (3, 50), (10, 10), (1000, 2)])
    func shares(cases: Int, others: Int) throws {
        let own = try cohort("own", people: cases + others, cases: cases)
        for (support, query) in [(2, 2), (2, 10), (10, 2), (5, 5), (7, 3)] {
            let tasks = try CohortSampler<Float>([own], support: support, query: query, key: RandomKey(seed: 2))
            let (_, first, second) = tasks.rows(at: 0)
            #expect(first.count == support && second.count == query)
            for set in [first, second] { #expect(Set(set.map { own.labels[$0] }) == [0, 1]) }
        }
    }

    @Test("cohorts are tasks equally often, or by their sizes")
    func balance() throws {
        let cohorts = [
            try cohort("large", people: 700, cases: 350), try cohort("middle", people: 200, cases: 90),
            try cohort("small", people: 100, cases: 50),
        ]
        let even = try CohortSampler<Float>(cohorts, support: 4, query: 4, key: RandomKey(seed: 3))
        for round in 0..<50 { #expect(Set((0..<3).map { even.rows(at: 3 * round + $0).cohort }) == [0, 1, 2]) }
        #expect(Set((0..<50).map { even.rows(at: 3 * $0).cohort }).count == 3)
        let sized = try CohortSampler<Float>(
            cohorts, support: 4, query: 4, balance: .proportional, key: RandomKey(seed: 3))
        var counts = [0, 0, 0]
        for index in 0..<2000 { counts[sized.rows(at: index).cohort] += 1 }
        // Three standard deviations of a share of 2000 draws are at most 0.034.
        for (count, share) in zip(counts, [0.7, 0.2, 0.1]) { #expect(abs(Double(count) / 2000 - share) < 0.034) }
    }

    @Test("the stream restarts anywhere, and differs from place to place and from key to key")
    func restart() throws {
        let own = try cohort("own", people: 60, cases: 20)
        func rows(_ seed: UInt64, _ index: Int) throws -> [Int] {
            let found = try CohortSampler<Float>([own], support: 10, query: 10, key: RandomKey(seed: seed))
                .rows(at: index)
            return found.support + found.query
        }
        #expect(try rows(1, 17) == rows(1, 17))
        #expect(try rows(1, 17) != rows(1, 18))
        #expect(try rows(1, 17) != rows(2, 17))
    }

    @Test("a trainer learns from cohorts, and probes come in the order of the first")
    func training() throws {
        let first = try cohort("first", people: 30, cases: 15)
        let second = try cohort("second", people: 40, cases: 10, probes: ["c", "b", "a"])
        var tasks = try CohortSampler<Double>([first, second], support: 8, query: 8, key: RandomKey(seed: 1))
        #expect(tasks.cohorts[1].probes == ["a", "b"])
        #expect(tasks.cohorts[1].features.row(2) == [8, 7])
        func scaled(_ cohort: Cohort) throws -> Cohort {
            var result = cohort
            result.features = try Standardizer().fit(cohort.features).transform(cohort.features)
            return result
        }
        tasks = try CohortSampler(
            [try scaled(first), try scaled(second)], support: 8, query: 8, key: RandomKey(seed: 1))
        var trainer = MetaTrainer(
            MLP<Double>(sizes: [2, 4, 1], key: RandomKey(seed: 2)), learner: MAML(innerRate: 0.1),
            optimizer: Adam<Double>(learningRate: 0.01))
        func loss() throws -> Double {
            try (1000..<1010).reduce(0) {
                try $0 + trainer.learner.queryLoss(trainer.parameters, on: tasks.task(at: $1))
            }
        }
        let before = try loss()
        try trainer.fit(tasks, iterations: 100, tasksPerBatch: 2)
        #expect(try loss() < 0.5 * before)
    }

    @Test("what no task can be drawn from is an error")
    func badCohorts() throws {
        func make(_ cohorts: [Cohort], _ support: Int, _ query: Int) throws {
            _ = try CohortSampler<Float>(cohorts, support: support, query: query, key: RandomKey(seed: 1))
        }
        let own = try cohort("own", people: 10, cases: 5)
        #expect(throws: CohortError.noCohorts) { try make([], 2, 2) }
        #expect(throws: CohortError.tooFewPeopleForTask(cohort: "own", have: 10, need: 11)) { try make([own], 6, 5) }
        #expect(throws: CohortError.tooFewPeopleForTask(cohort: "own", have: 1, need: 2)) { try make([own], 6, 1) }
        let lonely = try cohort("lonely", people: 10, cases: 1)
        #expect(throws: CohortError.tooFewPeople(cohort: "lonely", label: 1, have: 1, need: 2)) {
            try make([lonely], 3, 3)
        }
        let other = try cohort("other", people: 10, cases: 5, probes: ["a", "x"])
        #expect(throws: CohortError.missingProbes(["b"], cohort: "other")) { try make([own, other], 2, 2) }
        var holes = own
        holes.features[3, 1] = .nan
        #expect(throws: CohortError.missingValue(cohort: "own", row: 3, probe: "b")) { try make([holes], 2, 2) }
        let drawn = try CohortSampler<Float>([lonely], support: 3, query: 3, stratified: false, key: RandomKey(seed: 1))
        #expect(throws: MetaLearningError.oneClass(task: 0)) { try drawn.task(at: 0) }
    }

    @Test("stratified episodes keep the ratio of the table's classes")
    func stratifiedEpisodes() throws {
        let labels = Tensor<Int64>((0..<100).map { $0 < 80 ? 3 : ($0 < 95 ? 5 : 9) })
        let inputs = Tensor<Float>((0..<100).map { Float($0) }, shape: [100, 1])
        func sampler(_ ways: Int, _ shots: Int, _ queries: Int) throws -> EpisodeSampler<Float> {
            try EpisodeSampler(
                inputs: inputs, labels: labels, ways: ways, shots: shots, queries: queries, stratified: true,
                key: RandomKey(seed: 1))
        }
        for index in 0..<10 {
            let (support, query) = try sampler(3, 10, 5).rows(at: index)
            let all = (support + query).flatMap { $0 }
            #expect(Set(all).count == 45)
            #expect(support.map(\.count).sorted() == [1, 5, 24] && query.map(\.count).sorted() == [1, 2, 12])
            let pair = try sampler(2, 3, 3).rows(at: index)
            #expect(pair.support.joined().count == 6 && pair.query.joined().count == 6)
            #expect((pair.support + pair.query).allSatisfy { !$0.isEmpty })
        }
        #expect(throws: MetaLearningError.insufficientSamples(label: 9, have: 5, need: 25)) { try sampler(2, 10, 10) }
        let lonely = Tensor<Int64>((0..<100).map { $0 < 99 ? 0 : 1 })
        #expect(throws: MetaLearningError.insufficientSamples(label: 1, have: 1, need: 2)) {
            try EpisodeSampler(
                inputs: inputs, labels: lonely, ways: 2, shots: 3, queries: 3, stratified: true, key: RandomKey(seed: 1)
            )
        }
    }
}
