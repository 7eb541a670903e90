import NN
import Tensor
import Testing

@Suite("Samplers and loaders")
struct DataLoaderTests {
    private func sampler(_ grouping: BatchSampler.Grouping = .ofSize(4), seed: UInt64 = 1) -> BatchSampler {
        BatchSampler(count: 10, order: .shuffled(RandomKey(seed: seed)), grouping: grouping)
    }

    @Test("every epoch shows every example once, in an order of its own")
    func epochs() {
        let sampler = sampler()
        let orders = (0..<3).map { sampler.batches(inEpoch: $0).flatMap { $0 } }
        for order in orders { #expect(order.sorted() == Array(0..<10)) }
        #expect(orders[0] != orders[1] && orders[1] != orders[2])
        #expect(sampler.batches(inEpoch: 0).map(\.count) == [4, 4, 2])
        #expect(self.sampler(.ofSize(4, droppingLast: true)).batches(inEpoch: 0).map(\.count) == [4, 4])
        #expect(self.sampler(seed: 1).batches(inEpoch: 1) == sampler.batches(inEpoch: 1))
        #expect(self.sampler(seed: 2).batches(inEpoch: 1) != sampler.batches(inEpoch: 1))
    }

    @Test("a saved position goes on exactly, within an epoch and across epochs")
    func resuming() {
        for stop in 0..<12 {
            var first = sampler()
            for _ in 0..<stop { _ = first.next() }
            var second = sampler()
            second.position = first.position
            for _ in 0..<8 { #expect(second.next() == first.next()) }
        }
    }

    @Test("weighted draws have the frequencies of the weights, and none of weight zero")
    func weighted() {
        let weights: [Double] = [1, 0, 3, 0]
        let count = 4
        let sampler = BatchSampler(
            count: count, order: .weighted(weights, RandomKey(seed: 5)), grouping: .ofSize(4))
        var counts = [0, 0, 0, 0]
        for epoch in 0..<5000 { for index in sampler.batches(inEpoch: epoch).flatMap({ $0 }) { counts[index] += 1 } }
        #expect(counts[1] == 0 && counts[3] == 0)
        // 20 000 draws with p = 0.75: standard deviation 61.
        #expect(abs(counts[2] - 15_000) < 300)
    }

    @Test("length buckets show every example once, hold batches to their limits, and pad little")
    func lengthBuckets() {
        var generator = RandomGenerator(seed: 6)
        let lengths = (0..<1000).map { _ in 1 + generator.integer(below: 200) }
        let sampler = BatchSampler(
            count: 1000, order: .shuffled(RandomKey(seed: 7)),
            grouping: .byLength(lengths, size: 16, maximumElements: 1600, key: RandomKey(seed: 8)))
        let batches = sampler.batches(inEpoch: 0)
        #expect(batches.flatMap { $0 }.sorted() == Array(0..<1000))
        #expect(batches != sampler.batches(inEpoch: 1))
        var padded = 0
        for batch in batches {
            let longest = batch.map { lengths[$0] }.max() ?? 0
            #expect(batch.count <= 16 && longest * batch.count <= 1600)
            padded += longest * batch.count
        }
        #expect(Double(padded) < 1.05 * Double(lengths.reduce(0, +)))
        let long = BatchSampler(
            count: 2, order: .sequential,
            grouping: .byLength([100, Int.max], size: 4, maximumElements: 10, key: RandomKey(seed: 1)))
        #expect(long.batches(inEpoch: 0).sorted { $0[0] < $1[0] } == [[0], [1]])
    }

    @Test("no examples give no batches")
    func empty() {
        for order in [BatchSampler.Order.sequential, .shuffled(RandomKey(seed: 1)), .weighted([], RandomKey(seed: 1))] {
            var sampler = BatchSampler(count: 0, order: order, grouping: .ofSize(3))
            #expect(sampler.next() == nil && sampler.position.epoch == 1)
        }
    }

    @Test("rows of tensors come as batches with their targets")
    func tensors() {
        let data = TensorDataset(Tensor<Float>([[1, 2], [3, 4], [5, 6]]), Tensor<Int64>([7, 8, 9]))
        let loader = DataLoader(data, batchSize: 2)
        let batches = Array(loader)
        #expect(batches.count == 2 && batches[0].input.shape == [2, 2] && batches[1].input.shape == [1, 2])
        #expect(batches[1].input.array == [5, 6] && batches[1].target.array == [9])
        #expect(data.batch(at: [2, 0, 2]).target.array == [9, 7, 9])
        #expect(data.element(at: 1).input.array == [3, 4])
        #expect(data.batch(at: []).input.shape == [0, 2])
    }

    private static func loader(_ count: Int = 23) -> DataLoader<[Int], Never> {
        let squares = ArrayDataset(Array(0..<count)).mapped { $0 * $0 }
        return DataLoader(squares, batchSize: 3, shuffle: RandomKey(seed: 9)) { $0 }
    }

    @Test("prefetching on a thread changes nothing but the time", arguments: [1, 2, 50])
    func prefetching(depth: Int) {
        let loader = DataLoaderTests.loader()
        #expect(Array(loader.prefetched(depth)) == Array(loader))
        // What is taken, not what was made ahead, counts for resuming.
        var ahead = loader.prefetched(depth)
        _ = ahead.next()
        _ = ahead.next()
        var resumed = DataLoaderTests.loader()
        resumed.position = ahead.position
        #expect(resumed.next() == ahead.next())
    }

    @Test("asynchronous batches are the same, with the positions after them", arguments: [0, 1, 4])
    func asynchronous(depth: Int) async throws {
        var loader = DataLoaderTests.loader()
        for try await (batch, position) in loader.asynchronous(prefetch: depth) {
            #expect(batch == loader.next())
            #expect(position == loader.position)
        }
        #expect(loader.next() == nil)
    }

    @Test("a cancelled consumer gets a CancellationError")
    func cancelled() async {
        let task = Task { () -> Int in
            var count = 0
            do {
                for try await _ in DataLoaderTests.loader(1000).asynchronous(prefetch: 2) {
                    count += 1
                    if count == 3 { withUnsafeCurrentTask { $0?.cancel() } }
                }
            } catch is CancellationError { return count } catch {}
            return -1
        }
        #expect(await task.value == 3)
    }

    @Test("errors of the data reach every kind of consumer, and the next call tries again")
    func failures() async {
        struct ReadError: Error, Equatable {}
        struct Broken: Dataset {
            let count = 4
            func element(at index: Int) throws(ReadError) -> Int {
                if index >= 2 { throw ReadError() }
                return index
            }
        }
        let loader = DataLoader(Broken(), batchSize: 2) { $0 }
        var plain = loader
        #expect(throws: Never.self) { try plain.nextBatch() }
        let before = plain.position
        #expect(throws: ReadError()) { try plain.nextBatch() }
        #expect(plain.position == before)
        var prefetched = loader.prefetched(2)
        #expect(throws: Never.self) { try prefetched.nextBatch() }
        #expect(throws: ReadError()) { try prefetched.nextBatch() }
        await #expect(throws: ReadError()) { for try await _ in loader.asynchronous() {} }
    }
}

@Suite("Sequences of different lengths")
struct SequenceTests {
    @Test("padding goes to the side that is asked for, and the mask tells it apart")
    func padding() {
        let sequences: [[Int32]] = [[1, 2, 3], [], [4]]
        let right = PaddedSequences(sequences, padding: 9)
        #expect(right.values.shape == [3, 3] && right.values.array == [1, 2, 3, 9, 9, 9, 4, 9, 9])
        #expect(right.mask.array == [true, true, true, false, false, false, true, false, false])
        #expect(right.lengths == [3, 0, 1])
        let left = PaddedSequences(sequences, padding: 0, side: .left, multiple: 4)
        #expect(left.values.array == [0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 4])
        #expect(PaddedSequences<Float>([], padding: 0).values.shape == [0, 0])
    }

    @Test("joined documents fill rows with separators between them")
    func joining() {
        let packed = PackedSequences<Int32>(joining: [[1, 2, 3], [4], [], [5, 6]], length: 4, separator: 0)
        // The stream is 1 2 3 0 4 0 0 5 6 0; the last two do not fill a row.
        #expect(packed.tokens.shape == [2, 4] && packed.tokens.array == [1, 2, 3, 0, 4, 0, 0, 5])
        #expect(packed.segments.array == [0, 0, 0, 0, 0, 0, 1, 2])
        #expect(packed.positions.array == [0, 1, 2, 3, 0, 1, 0, 0])
    }

    @Test("whole documents are fitted into few rows, each token once")
    func fitting() {
        var generator = RandomGenerator(seed: 11)
        let documents = (0..<300).map { number in
            (0..<generator.integer(below: 90)).map { Int32(number * 100 + $0 + 1) }
        }
        let packed = PackedSequences(fitting: documents, length: 64, padding: 0)
        let tokens = packed.tokens.array
        #expect(tokens.filter { $0 != 0 }.sorted() == documents.joined().sorted())
        let total = documents.reduce(0) { $0 + $1.count }
        // First-fit decreasing needs at most 11/9 of the fewest rows (Johnson 1973).
        #expect(packed.tokens.shape[0] <= (total / 64 + 1) * 11 / 9 + 1)
        let (segments, positions) = (packed.segments.array, packed.positions.array)
        for index in tokens.indices {
            #expect((tokens[index] == 0) == (segments[index] == -1))
            if index % 64 > 0, segments[index] >= 0, segments[index] == segments[index - 1] {
                #expect(tokens[index] == tokens[index - 1] + 1 && positions[index] == positions[index - 1] + 1)
            }
        }
    }

    @Test("documents of exactly a row and longer ones are cut at rows")
    func longDocuments() {
        let packed = PackedSequences<Int64>(fitting: [[1, 2, 3, 4], [5, 6, 7, 8, 9]], length: 4, padding: 0)
        #expect(packed.tokens.array == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0])
        #expect(PackedSequences<Int64>(fitting: [], length: 4, padding: 0).tokens.shape == [0, 4])
    }
}
