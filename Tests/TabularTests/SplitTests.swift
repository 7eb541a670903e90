import Tabular
import Testing

@Suite struct SplitTests {
    struct FoldCase: Decodable {
        let labels: [Int]
        let folds: Int
        let counts: [[Int]]
    }

    private func expectPartition(_ splits: [Split], count: Int) {
        var seen = [Int](repeating: 0, count: count)
        for split in splits {
            #expect(Set(split.train).isDisjoint(with: split.test))
            #expect(split.train.count + split.test.count == count)
            for row in split.test { seen[row] += 1 }
        }
        #expect(seen.allSatisfy { $0 == 1 })
    }

    @Test("stratified folds hold as many rows of each class as scikit-learn's")
    func stratifiedReference() throws {
        var generator = SplitMix64(state: 4)
        for item in try reference("folds.json", as: [FoldCase].self) {
            let splits = try StratifiedKFold(folds: item.folds).splits(labels: item.labels, shuffledBy: &generator)
            expectPartition(splits, count: item.labels.count)
            for (split, counts) in zip(splits, item.counts) {
                let own = counts.indices.map { index in split.test.count { item.labels[$0] == index } }
                #expect(own == counts)
            }
        }
    }

    @Test("folds partition the rows, differ in size by at most one and repeat for a seed")
    func kFold() throws {
        var first = SplitMix64(state: 1)
        var again = SplitMix64(state: 1)
        let splits = try KFold(folds: 4).splits(count: 10, shuffledBy: &first)
        expectPartition(splits, count: 10)
        #expect(splits.map(\.test.count) == [3, 3, 2, 2])
        #expect(try KFold(folds: 4).splits(count: 10, shuffledBy: &again) == splits)
        #expect(try KFold(folds: 3).splits(count: 3).map(\.test) == [[0], [1], [2]])
        #expect(throws: SplitError.tooFewSamples(have: 3, need: 4)) { try KFold(folds: 4).splits(count: 3) }
    }

    @Test("a class smaller than the number of folds is refused unless allowed")
    func smallClasses() throws {
        let labels = [0, 0, 0, 0, 0, 0, 1, 1]
        #expect(throws: SplitError.classTooSmall(class: 1, have: 2, need: 3)) {
            try StratifiedKFold(folds: 3).splits(labels: labels)
        }
        expectPartition(try StratifiedKFold(folds: 3, allowsSmallClasses: true).splits(labels: labels), count: 8)
    }

    @Test("groups stay together and folds stay balanced")
    func groups() throws {
        let groups = ["a", "b", "a", "c", "d", "d", "d", "e", "b", "a", "f"]
        let splits = try GroupedKFold(folds: 3).splits(groups: groups)
        expectPartition(splits, count: groups.count)
        for split in splits {
            #expect(Set(split.train.map { groups[$0] }).isDisjoint(with: split.test.map { groups[$0] }))
        }
        #expect(splits.map(\.test.count).sorted() == [3, 4, 4])
        #expect(throws: SplitError.tooFewSamples(have: 1, need: 2)) {
            try GroupedKFold(folds: 2).splits(groups: [1, 1])
        }
    }

    @Test("a stratified hold-out keeps class shares and every class on both sides")
    func holdOut() throws {
        var generator = SplitMix64(state: 3)
        let labels = [Int](repeating: 0, count: 70) + [Int](repeating: 1, count: 28) + [2, 2]
        let split = try Split.stratified(labels: labels, testFraction: 0.25, using: &generator)
        #expect((0..<3).map { index in split.test.count { labels[$0] == index } } == [17, 7, 1])
        #expect(split.train.count + split.test.count == 100)
        #expect(try Split.random(count: 10, testFraction: 0.25, using: &generator).test.count == 3)
        #expect(throws: SplitError.self) { try Split.random(count: 1, testFraction: 0.5, using: &generator) }
        #expect(throws: SplitError.classTooSmall(class: 1, have: 1, need: 2)) {
            try Split.stratified(labels: [0, 0, 0, 1], testFraction: 0.5, using: &generator)
        }
    }
}
