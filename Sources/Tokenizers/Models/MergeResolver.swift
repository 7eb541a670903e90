/// Turns merges as files write them, two tokens a line, into ids, a batch at a time.
struct MergeResolver {
    private let vocabulary: Vocabulary
    /// The length of what the right part loses, if the vocabulary marks the insides of words.
    private let prefixLength: Int

    /// The merges that were resolved, in their order.
    private(set) var merges: [(left: Int32, right: Int32, rank: UInt32, id: Int32)] = []

    /// Left and right parts of a batch, one after the other, and where each ends.
    private var text: [UInt8] = []
    private var ends: [Int] = []
    private var lineStart = 0
    /// Where in the vocabulary the next result is looked for first: trained vocabularies list tokens in the order of their
    /// merges.
    private var hint = 0

    private static let batchSize = 1024

    init(_ vocabulary: Vocabulary, prefixLength: Int) {
        self.vocabulary = vocabulary
        self.prefixLength = prefixLength
        // Every merge makes a token.
        merges.reserveCapacity(vocabulary.count)
    }

    /// Whether the batch should be resolved.
    var isFull: Bool { ends.count >= 2 * MergeResolver.batchSize }

    @inline(__always)
    mutating func append(_ part: UTF8Buffer) { text.append(contentsOf: part) }

    mutating func endLeft() { ends.append(text.count) }

    mutating func endRight() {
        ends.append(text.count)
        lineStart = text.count
    }

    /// Forgets a line that begins with `#version`.
    mutating func dropVersion() -> Bool {
        guard text[lineStart...].starts(with: "#version".utf8) else { return false }
        text.removeLast(text.count - lineStart)
        return true
    }

    /// Ends a line `left right`; false if it does not have exactly one space, inside.
    mutating func endLine() -> Bool {
        guard let split = text[lineStart...].firstIndex(of: UInt8(ascii: " ")), split > lineStart,
            split < text.count - 1,
            !text[(split + 1)...].contains(UInt8(ascii: " "))
        else { return false }
        text.remove(at: split)
        ends.append(split)
        endRight()
        return true
    }

    /// Resolves the batch; the rank of a merge whose parts or result are not in the vocabulary, or nil if all are.
    mutating func resolve() -> Int? {
        let failed: Int? = text.withUnsafeBufferPointer { buffer in
            let ids = vocabulary.ids(of: buffer, ends: ends)
            var start = 0
            for pair in 0..<ends.count / 2 {
                let (split, end) = (ends[2 * pair], ends[2 * pair + 1])
                let (left, right) = (ids[2 * pair], ids[2 * pair + 1])
                let line = UTF8Buffer(rebasing: buffer[start..<end])
                guard left >= 0, right >= 0, split > start, end > split, let id = result(line, split - start) else {
                    return merges.count
                }
                merges.append((left, right, UInt32(merges.count), id))
                start = end
            }
            return nil
        }
        text.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        lineStart = 0
        return failed
    }

    private mutating func result(_ line: UTF8Buffer, _ split: Int) -> Int32? {
        if prefixLength == 0 { return vocabulary.id(of: line, hint: &hint) }
        // The right part loses the prefix that marks the inside of a word.
        guard split + prefixLength < line.count else { return nil }
        return vocabulary.id(of: Array(line[..<split]) + Array(line[(split + prefixLength)...]))
    }
}
