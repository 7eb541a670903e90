/// The unigram language model (Kudo 2018, arXiv 1804.10959): of all ways to cut a text into tokens, the likeliest.
///
/// Viterbi's algorithm over positions; a character that no token covers costs ten more than the unlikeliest token.
struct UnigramModel: Sendable {
    let vocabulary: Vocabulary
    /// The logarithm of each id's probability.
    let scores: [Double]
    let unknownID: Int32?
    let usesByteFallback: Bool

    private let trie: ByteTrie
    private let unknownScore: Double
    private let fallbackIDs: [Int32]

    private static let unknownPenalty = 10.0

    init(vocabulary: Vocabulary, scores: [Double], unknownID: Int32?, usesByteFallback: Bool) {
        self.vocabulary = vocabulary
        self.scores = scores
        self.unknownID = unknownID
        self.usesByteFallback = usesByteFallback
        var trie = ByteTrie(expectedTokens: vocabulary.count)
        vocabulary.forEach { token, id in trie.insert(token, value: id) }
        self.trie = trie
        unknownScore = (scores.min() ?? 0) - UnigramModel.unknownPenalty
        fallbackIDs = usesByteFallback ? byteFallbackIDs(in: vocabulary) : []
    }

    /// The best way to the end of each prefix of a piece; reused from piece to piece.
    struct Scratch {
        fileprivate var scores: [Double] = []
        fileprivate var starts: [Int32] = []
        fileprivate var ids: [Int32] = []
        fileprivate var path: [Int32] = []
    }

    /// The tokens of a piece. Linear in its length times the length of the longest token.
    func tokenize(_ piece: UTF8Buffer, _ scratch: inout Scratch, into result: inout TokenBuffer) {
        findBestPaths(piece, &scratch)
        scratch.path.removeAll(keepingCapacity: true)
        var end = piece.count
        while end > 0 {
            scratch.path.append(Int32(end))
            end = Int(scratch.starts[end])
        }
        // Neighbouring unknown characters are one token.
        var unknownStart: Int?
        var start = 0
        func flush(_ end: Int, _ result: inout TokenBuffer) {
            guard let from = unknownStart else { return }
            unknownStart = nil
            if usesByteFallback, piece[from..<end].allSatisfy({ fallbackIDs[Int($0)] >= 0 }) {
                for position in from..<end { result.append(fallbackIDs[Int(piece[position])], end: position + 1) }
            } else if let unknownID {
                result.append(unknownID, end: end)
            }
        }
        for end in scratch.path.reversed() {
            let end = Int(end)
            let id = scratch.ids[end]
            if id == unknownID ?? -1 {
                if unknownStart == nil { unknownStart = start }
            } else {
                flush(start, &result)
                result.append(id, end: end)
            }
            start = end
        }
        flush(piece.count, &result)
    }

    private func findBestPaths(_ piece: UTF8Buffer, _ scratch: inout Scratch) {
        let count = piece.count
        if scratch.scores.count < count + 1 {
            scratch.scores = Array(repeating: 0, count: count + 1)
            scratch.starts = Array(repeating: -1, count: count + 1)
            scratch.ids = Array(repeating: 0, count: count + 1)
        }
        scratch.scores[0] = 0
        for position in 1..<max(count + 1, 1) { scratch.starts[position] = -1 }
        var start = 0
        while start < count {
            let score = scratch.scores[start]
            let length = utf8Length(ofLead: piece[start])
            var hasSingle = false
            trie.forEachPrefix(of: piece, from: start) { end, id in
                let candidate = scores[Int(id)] + score
                if scratch.starts[end] < 0 || candidate > scratch.scores[end] {
                    scratch.scores[end] = candidate
                    scratch.starts[end] = Int32(start)
                    scratch.ids[end] = id
                }
                if end - start == length { hasSingle = true }
            }
            if !hasSingle {
                let end = start + length
                let candidate = unknownScore + score
                if scratch.starts[end] < 0 || candidate > scratch.scores[end] {
                    scratch.scores[end] = candidate
                    scratch.starts[end] = Int32(start)
                    scratch.ids[end] = unknownID ?? -1
                }
            }
            start += length
        }
    }
}
