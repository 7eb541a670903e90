/// The loop of a ``BPETrainer``: finds the most frequent pair, merges it in every word that holds it, and again.
struct BPEMerging {
    /// A pair that may merge next: how often it was counted, and the words it was found in.
    private struct Candidate {
        var count: Int
        let pair: UInt64
        let words: [Int32]

        /// More frequent first, then the pair with the lower ids.
        func comes(before other: Candidate) -> Bool {
            count != other.count ? count > other.count : pair < other.pair
        }
    }

    private(set) var tokens: [String] = []
    private(set) var merges: [(left: Int, right: Int)] = []

    private let vocabularySize: Int
    private let minimumFrequency: Int
    private let maximumTokenLength: Int
    /// The tokens of all words, one after the other; a word's shrink to the front of its room.
    private var symbols: [Int32]
    private var starts: [Int]
    private var lengths: [Int]
    private let wordCounts: [Int]
    private var tokenLengths: [Int] = []
    /// By bytes, since strings compare canonical equivalents as equal.
    private var ids: [[UInt8]: Int32] = [:]
    private var pairCounts: [UInt64: Int] = [:]
    private var heap: [Candidate] = []

    init(_ trainer: BPETrainer, _ words: WordCounts) {
        vocabularySize = trainer.vocabularySize
        minimumFrequency = trainer.minimumFrequency
        maximumTokenLength = trainer.maximumTokenLength ?? .max
        wordCounts = words.counts
        starts = Array(words.offsets.dropLast())
        lengths = zip(words.offsets.dropFirst(), words.offsets).map(-)
        symbols = []
        for token in trainer.specialTokens where ids[Array(token.utf8)] == nil { _ = addToken(token, length: 1) }
        // The bytes in the order of their characters in the alphabet.
        var occurs = [Bool](repeating: trainer.includesAllBytes, count: 256)
        for byte in words.bytes { occurs[Int(byte)] = true }
        var byteIDs = [Int32](repeating: 0, count: 256)
        for byte in (0..<256).sorted(by: { ByteAlphabet.scalars[$0] < ByteAlphabet.scalars[$1] }) where occurs[byte] {
            let token = String(Character(Unicode.Scalar(ByteAlphabet.scalars[byte])!))
            byteIDs[byte] = ids[Array(token.utf8)] ?? addToken(token, length: 1)
        }
        symbols = words.bytes.map { byteIDs[Int($0)] }
    }

    private mutating func addToken(_ token: String, length: Int) -> Int32 {
        let id = Int32(tokens.count)
        ids[Array(token.utf8)] = id
        tokens.append(token)
        tokenLengths.append(length)
        return id
    }

    @inline(__always)
    private static func pair(_ left: Int32, _ right: Int32) -> UInt64 { UInt64(left) << 32 | UInt64(right) }

    mutating func run() {
        countPairs()
        while tokens.count < vocabularySize, var top = pop() {
            let count = pairCounts[top.pair] ?? 0
            if top.count != count {
                // Other merges have taken some of its places.
                top.count = count
                if count > 0 { push(top) }
                continue
            }
            if count < 1 || count < minimumFrequency { return }
            merge(top)
        }
    }

    private mutating func countPairs() {
        var places: [UInt64: [Int32]] = [:]
        for word in starts.indices {
            let start = starts[word]
            for position in start..<start + max(0, lengths[word] - 1) {
                let pair = BPEMerging.pair(symbols[position], symbols[position + 1])
                pairCounts[pair, default: 0] += wordCounts[word]
                if places[pair]?.last != Int32(word) { places[pair, default: []].append(Int32(word)) }
            }
        }
        for (pair, words) in places { push(Candidate(count: pairCounts[pair]!, pair: pair, words: words)) }
    }

    private mutating func merge(_ top: Candidate) {
        let left = Int32(top.pair >> 32)
        let right = Int32(top.pair & 0xFFFF_FFFF)
        let text = tokens[Int(left)] + tokens[Int(right)]
        let length = tokenLengths[Int(left)] + tokenLengths[Int(right)]
        let token = ids[Array(text.utf8)] ?? addToken(text, length: length)
        merges.append((Int(left), Int(right)))
        var places: [UInt64: [Int32]] = [:]
        for word in top.words { merge(left, right, token, length, in: Int(word), &places) }
        for (pair, words) in places {
            let count = pairCounts[pair]!
            if count > 0 { push(Candidate(count: count, pair: pair, words: words)) }
        }
    }

    /// Merges a pair in one word and corrects the counts of its neighbours.
    private mutating func merge(
        _ left: Int32, _ right: Int32, _ token: Int32, _ length: Int, in word: Int, _ places: inout [UInt64: [Int32]]
    ) {
        let start = starts[word]
        let end = start + lengths[word]
        let count = wordCounts[word]
        var read = start
        var write = start
        func change(_ a: Int32, _ b: Int32, _ sign: Int) {
            let pair = BPEMerging.pair(a, b)
            pairCounts[pair, default: 0] += sign * count
            if sign > 0, places[pair]?.last != Int32(word) { places[pair, default: []].append(Int32(word)) }
        }
        while read < end {
            guard symbols[read] == left, read + 1 < end, symbols[read + 1] == right else {
                symbols[write] = symbols[read]
                write += 1
                read += 1
                continue
            }
            if write > start {
                let before = symbols[write - 1]
                change(before, left, -1)
                if tokenLengths[Int(before)] + length < maximumTokenLength { change(before, token, 1) }
            }
            if read + 2 < end {
                let after = symbols[read + 2]
                change(right, after, -1)
                if tokenLengths[Int(after)] + length < maximumTokenLength { change(token, after, 1) }
            }
            symbols[write] = token
            write += 1
            read += 2
        }
        lengths[word] = write - start
    }

    // MARK: The heap

    private mutating func push(_ candidate: Candidate) {
        heap.append(candidate)
        var position = heap.count - 1
        while position > 0, case let parent = (position - 1) / 2, candidate.comes(before: heap[parent]) {
            heap[position] = heap[parent]
            position = parent
        }
        heap[position] = candidate
    }

    private mutating func pop() -> Candidate? {
        guard let last = heap.popLast() else { return nil }
        if heap.isEmpty { return last }
        let top = heap[0]
        var position = 0
        while true {
            var child = 2 * position + 1
            if child >= heap.count { break }
            if child + 1 < heap.count, heap[child + 1].comes(before: heap[child]) { child += 1 }
            if !heap[child].comes(before: last) { break }
            heap[position] = heap[child]
            position = child
        }
        heap[position] = last
        return top
    }
}
