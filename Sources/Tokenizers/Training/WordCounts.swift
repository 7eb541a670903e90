/// The words of a corpus and how often each occurs, in the order in which they first occur.
struct WordCounts {
    private(set) var bytes: [UInt8] = []
    private(set) var offsets: [Int] = [0]
    private(set) var counts: [Int] = []
    private var vocabulary = Vocabulary()

    /// Counts a word that is not empty.
    mutating func add(_ word: UTF8Buffer) {
        if let index = vocabulary.id(of: word) {
            counts[Int(index)] += 1
            return
        }
        _ = vocabulary.insert(word, id: Int32(counts.count))
        bytes.append(contentsOf: word)
        offsets.append(bytes.count)
        counts.append(1)
    }
}
