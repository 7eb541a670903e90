import Foundation
import MetaLearning
import SampleData
import Tabular
import Tensor
import Testing

private func cohort(_ name: String, _ probes: [String], people: Int = 40, seed: UInt64, shift: Double = 1) throws
    -> Cohort
{
    let noise = Tensor<Double>(randomNormal: [people, probes.count], key: RandomKey(seed: seed))
    var features = FeatureMatrix(noise)
    let labels = (0..<people).map { $0 % 2 }
    for row in 0..<people where labels[row] == 1 { features[row, 0] += shift }
    return try Cohort(name: name, probes: probes, features: features, labels: labels)
}

private let probes = (0..<12).map { "ILMN_\($0)" }

@Suite struct CohortTests {
    @Test("bad cohorts are errors that name cohort, row and probe")
    func badCohorts() throws {
        let x = FeatureMatrix([[1, 2], [3, 4]])
        func make(_ probes: [String], _ x: FeatureMatrix, _ labels: [Int]) throws -> Cohort {
            try Cohort(name: "c", probes: probes, features: x, labels: labels)
        }
        #expect(throws: CohortError.countsDiffer(cohort: "c", rows: 2, labels: 2, columns: 2, probes: 1)) {
            try make(["a"], x, [0, 1])
        }
        #expect(throws: CohortError.badLabel(cohort: "c", row: 1, label: 2)) { try make(["a", "b"], x, [0, 2]) }
        #expect(throws: CohortError.oneClass(cohort: "c")) { try make(["a", "b"], x, [1, 1]) }
        #expect(throws: CohortError.missingValue(cohort: "c", row: 0, probe: "b")) {
            try make(["a", "b"], FeatureMatrix([[1, .nan], [3, 4]]), [0, 1])
        }
        #expect(throws: CohortError.duplicateProbe("a", cohort: "c")) { try make(["a", "a"], x, [0, 1]) }
        let merged = try Cohort(
            name: "c", probes: ["a", "a"], features: x, labels: [0, 1], mergesDuplicates: true)
        #expect(merged.probes == ["a"] && merged.features.values == [1.5, 3.5])
        #expect(throws: CohortError.alreadyLogarithmic(cohort: "c", largest: 4)) {
            try make(["a", "b"], x, [0, 1]).logarithmic()
        }
        let logs = try make(["a", "b"], FeatureMatrix([[0, -5], [1024, 2]]), [0, 1]).logarithmic()
        #expect(logs.features.values == [0, 0, 10, 1])
    }

    @Test("cohorts are brought to the common probes in the order of the target")
    func alignment() throws {
        let first = try cohort("first", probes, seed: 1)
        let second = try cohort("second", ["other"] + probes.reversed().dropLast(2), seed: 2)
        let aligned = try AlignedCohorts([first, second])
        #expect(aligned.cohorts[0].probes == Array(probes.dropFirst(2)))
        #expect(aligned.cohorts[1].probes == aligned.cohorts[0].probes)
        #expect(aligned.dropped == [2, 1])
        #expect(aligned.cohorts[1].features[3, 0] == second.features[3, second.probes.firstIndex(of: "ILMN_2")!])
        #expect(throws: CohortError.tooFewSharedProbes(have: 0, need: 2, cohorts: ["first", "third"])) {
            try AlignedCohorts([first, try cohort("third", ["x", "y"], seed: 3)])
        }
        var copied = second
        let row = (0..<aligned.cohorts[0].probes.count).map { aligned.cohorts[0].features[5, $0] }
        for (place, probe) in aligned.cohorts[0].probes.enumerated() {
            copied.features[7, copied.probes.firstIndex(of: probe)!] = 2 * row[place] + 1
        }
        let pairs = try AlignedCohorts([first, copied]).suspiciousPairs()
        #expect(pairs.count == 1 && pairs[0].first == (0, 5) && pairs[0].second == (1, 7))
    }

    @Test("a table in another order is read in the model's, or lacks probes")
    func modelOrder() throws {
        let own = try cohort("own", probes, seed: 1)
        let shuffled = try cohort("own", ["other"] + probes.reversed(), seed: 2)
        let arranged = try shuffled.arranged(as: own.probes)
        #expect(arranged.probes == own.probes && arranged.labels == shuffled.labels)
        #expect(arranged.features.column(0) == shuffled.features.column(12))
        #expect(try own.arranged(as: own.probes) == own)
        #expect(throws: CohortError.missingProbes(["other"], cohort: "own")) {
            try own.arranged(as: shuffled.probes)
        }
    }

    @Test("series matrices are read, ragged characteristics by their names")
    func seriesMatrix() throws {
        let text = """
            !Series_title\t"x"
            !Sample_characteristics_ch1\t"age: 61"\t"status: cancer"\t"status: control"\t"status: cancer"
            !Sample_characteristics_ch1\t"status: control"\t"age: 50"\t""\t"age: 44"
            !series_matrix_table_begin
            "ID_REF"\t"GSM1"\t"GSM2"\t"GSM3"\t"GSM4"
            "ILMN_1"\t1.5\t2\t3\t4
            "ILMN_2"\t5\t6\t7\t8
            "ILMN_2"\t7\t8\t9\t10
            !series_matrix_table_end
            """
        let series = try SeriesMatrix(lines: text.components(separatedBy: "\n"), path: "f.txt")
        #expect(series.samples == ["GSM1", "GSM2", "GSM3", "GSM4"])
        #expect(series.characteristics["status"] == ["control", "cancer", "control", "cancer"])
        #expect(series.characteristics["age"] == ["61", "50", nil, "44"])
        let cohort = try series.cohort(name: "s", characteristic: "status", positive: "cancer")
        #expect(cohort.labels == [0, 1, 0, 1] && cohort.probes == ["ILMN_1", "ILMN_2"])
        #expect(cohort.features.row(1) == [2, 7])
        func problem(_ old: String, _ new: String) -> String {
            let lines = text.replacingOccurrences(of: old, with: new).components(separatedBy: "\n")
            do {
                _ = try SeriesMatrix(lines: lines, path: "f.txt")
                return ""
            } catch { return "\(error)" }
        }
        #expect(problem("1.5\t2", "1.5").contains("line 6: 4 fields, but the header has 5"))
        #expect(problem("1.5", "x").contains("line 6: \"x\" is not a number"))
        #expect(problem("!series_matrix_table_end", "").contains("no table"))
        #expect(problem("\"ID_REF\"", "\"ID\"").contains("not with ID_REF"))
        let holes = try SeriesMatrix(
            lines: text.replacingOccurrences(of: "1.5", with: "null").components(separatedBy: "\n"), path: "f.txt")
        #expect(throws: CohortError.missingValue(cohort: "s", row: 0, probe: "ILMN_1")) {
            try holes.cohort(name: "s", characteristic: "status", positive: "cancer")
        }
        #expect(throws: CohortError.self) { try series.cohort(name: "s", characteristic: "sex", positive: "m") }
    }

    @Test("augmentation keeps the rows and the classes' shares, and mixes within a class")
    func augmentation() throws {
        let source = try cohort("s", probes, seed: 4, shift: 50)
        let kinds: [[SourceAugmentation]] = [
            SourceAugmentation.standard, [.nearestMix()], [.geneDropout()], [.cohortShift()], [.noise(deviation: 0.3)],
        ]
        for steps in kinds {
            let (features, labels) = SourceAugmentation.doubled(
                source.features, source.labels, by: steps, key: RandomKey(seed: 1))
            #expect(features.rows == 80 && Array(labels.prefix(40)) == source.labels)
            #expect(Array(features.values.prefix(source.features.values.count)) == source.features.values)
            #expect(labels.count { $0 == 1 } == 40)
            for row in 40..<80 where steps != [.geneDropout()] {
                #expect((features[row, 0] > 20) == (labels[row] == 1))
            }
            let again = SourceAugmentation.doubled(source.features, source.labels, by: steps, key: RandomKey(seed: 1))
            #expect(again.features == features)
        }
    }

    @Test("harmonisation learns from training rows only and makes cohorts alike")
    func harmonization() throws {
        let first = try cohort("first", probes, seed: 1)
        var second = try cohort("second", probes, seed: 2)
        for index in second.features.values.indices {
            second.features.values[index] = 3 * second.features.values[index] + 5
        }
        let train = first.features.selecting(rows: Array(0..<20))
        let test = first.features.selecting(rows: Array(20..<40))
        for method in [Harmonization.perCohort, .normalRanks, .quantiles, .comBat] {
            let ready = try method.apply(train: train, test: test, sources: [second.features])
            var other = test
            other[0, 0] = 1000
            let changed = try method.apply(train: train, test: other, sources: [second.features])
            #expect(changed.train == ready.train && changed.sources == ready.sources)
            let mean = ready.sources[0].values.reduce(0, +) / Double(ready.sources[0].values.count)
            #expect(abs(mean) < 0.2)
        }
        let combat = try ComBat([train, second.features])
        let a = combat.transform(train, cohort: 0)
        let b = combat.transform(second.features, cohort: 1)
        for gene in 0..<probes.count {
            let meanA = a.column(gene).reduce(0, +) / 20
            let meanB = b.column(gene).reduce(0, +) / 40
            #expect(abs(meanA - meanB) < 1.5)
        }
        let before = second.features.values.reduce(0, +) / 480 - train.values.reduce(0, +) / 240
        let after = b.values.reduce(0, +) / 480 - a.values.reduce(0, +) / 240
        #expect(abs(after) < 0.1 * abs(before))
    }

    @Test("a new cohort given by file names runs through the study")
    func newCohort() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let own = try cohort("own", probes, people: 60, seed: 7, shift: 3)
        let path = folder.appendingPathComponent("own.csv").path
        let columns = probes.enumerated().map { Column($1, own.features.column($0)) }
        try Table(columns + [Column("y", own.labels.map { Double($0) })]).write(csv: path)
        let read = try Cohort(specification: "own=\(path)")
        #expect(read.labels == own.labels && read.probes == own.probes)

        var training = StudyTraining()
        training.steps = 20
        training.sourceSteps = 20
        let study = try CohortStudy(
            cohorts: [read, try cohort("a", probes, seed: 1), try cohort("b", probes.reversed(), seed: 2)],
            target: "own", training: training)
        let methods: [StudyMethod] = [
            .classical(.logistic), .targetOnly(), .transfer(freezesBody: true), .meta(.meta(.second)),
            .meta(.publishedCode),
        ]
        let curve = try study.fewShotCurve(methods: methods, shots: [5], draws: 3, seeds: [1, 2])
        #expect(curve.areas[0].allSatisfy { $0.count == 6 && $0.allSatisfy { $0 > 0.5 } })
        #expect(curve.table.rows.count == 5 && curve.gains(over: 1).rows.count == 4)
        let comparison = try study.crossValidation(
            methods: methods + [.classical(.forest), .targetOnly(.attention)], folds: 4, seeds: [1])
        let areas = comparison.scores[0].foldAreas.compactMap { $0 }
        #expect(areas.reduce(0, +) / Double(areas.count) > 0.8)
        #expect(comparison.scores[3].sourceContribution! > 0)
        #expect(comparison.scores[4].sourceContribution == 0)
        #expect(throws: CohortError.tooFewPeople(cohort: "own", label: 0, have: 30, need: 31)) {
            try study.fewShotCurve(methods: methods, shots: [30], seeds: [1])
        }
        #expect(throws: CohortError.noSuchCohort("x", have: ["own"])) { try CohortStudy(cohorts: [read], target: "x") }
        #expect(throws: CohortError.duplicateName("own")) { try CohortStudy(cohorts: [read, read], target: "own") }
        #expect(throws: CohortError.self) { try Cohort(specification: "own=\(path).missing") }
        #expect(throws: CohortError.self) { try Cohort(specification: "nothing") }
        let named = own.labels.map { $0 == 1 ? "case" : "control" }
        try Table(columns + [Column("y", text: named)]).write(csv: path)
        #expect(throws: CohortError.file(path: path, problem: "the label of row 0 is \"control\", neither 0 nor 1")) {
            try Cohort(specification: "own=\(path)")
        }
        #expect(try Cohort(specification: "own=\(path),y=case").labels == own.labels)
        #expect(throws: CohortError.file(path: path, problem: "no label is \"ill\"; there are case, control")) {
            try Cohort(specification: "own=\(path),y=ill")
        }
        func file(_ name: String) -> String { folder.appendingPathComponent(name).path }
        try own.features.tensor.write(to: file("x.npy"))
        try Data(probes.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: file("probes.txt")))
        for label in [Double.nan, 0.3, 2] {
            var labels = own.labels.map { Double($0) }
            labels[4] = label
            try Tensor(labels).write(to: file("y.npy"))
            #expect(throws: CohortError.self) {
                try Cohort(name: "own", expression: file("x.npy"), labels: file("y.npy"), probes: file("probes.txt"))
            }
        }
    }

    @Test("the published code trains on the target alone, the objective as described does not")
    func publishedCode() throws {
        let study = try CohortStudy(
            cohorts: [try cohort("own", probes, seed: 7), try cohort("a", probes, seed: 1)], target: "own")
        let finding = try study.publishedCodeFinding(seed: 1, steps: 10)
        #expect(finding.plainDescent == 0)
        #expect(finding.adam < 1e-3)
        #expect(finding.described > 1e-3)
    }

    @Test("attributions of networks overlap with themselves and find the probe that matters")
    func overlap() throws {
        var training = StudyTraining()
        training.steps = 60
        let study = try CohortStudy(
            cohorts: [try cohort("own", probes, seed: 7, shift: 4), try cohort("a", probes, seed: 1, shift: 4)],
            target: "own", training: training)
        let overlap = try study.attributionOverlap(
            methods: [.targetOnly(), .meta(.meta(.second))], folds: 4, seeds: [1], top: 3, kernelPeople: 3)
        #expect(overlap.overlap(0, 0) == [1, 1, 1, 1])
        #expect(overlap.leaders(of: 0)[0].probe == probes[0])
        #expect(overlap.leaders(of: 1)[0].probe == probes[0])
        #expect(overlap.stability(0) <= 1)
        #expect(overlap.kernelCorrelations.allSatisfy { $0.count == 3 && $0.allSatisfy { $0 > 0.9 } })
        #expect(overlap.summaries[1].leaders(1) == [0] && overlap.summaries[1].values.count == 40)
        // All probes are leaders: the same by necessity, so not beyond chance.
        let all = try study.attributionOverlap(methods: [.targetOnly()], folds: 2, seeds: [1], top: 100)
        #expect(all.top == probes.count && all.overlap(0, 0) == [1, 1] && all.stability(0) == 0)
    }
}
