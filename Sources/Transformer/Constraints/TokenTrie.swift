import Tokenizers

/// The tokens of a vocabulary by the bytes that they add to a text, so that all that keep a form are found in one walk.
///
/// Made once for a tokenizer and shared by all constraints.
public struct TokenTrie: Sendable {
    /// The number of tokens that there are.
    public let vocabularySize: Int

    /// Nodes in depth-first order: the children of a node follow it.
    private var bytes: [UInt8] = []
    /// Where each node's descendants end.
    private var ends: [Int32] = []
    /// The tokens that end at each node: a range of ``tokens``.
    private var tokenStarts: [Int32] = []
    private var tokens: [Int32] = []
    /// The bytes of every token; empty for those that add nothing.
    private let contents: [[UInt8]]

    /// Reads a tokenizer's vocabulary.
    ///
    /// - Parameters:
    ///   - tokenizer: the tokenizer.
    ///   - vocabularySize: the number of the model's logits; nil for the tokenizer's own size.
    public init(_ tokenizer: Tokenizer, vocabularySize: Int? = nil) {
        let size = vocabularySize ?? tokenizer.vocabularySize
        let contents = (0..<size).map { tokenizer.bytes(ofToken: $0) ?? [] }
        self.vocabularySize = size
        self.contents = contents
        let order = contents.indices.filter { !contents[$0].isEmpty }.sorted {
            contents[$0].lexicographicallyPrecedes(contents[$1])
        }
        var open: [Int] = []
        var previous: [UInt8] = []
        for token in order {
            let content = contents[token]
            let common = zip(content, previous).prefix { $0 == $1 }.count
            while open.count > common { ends[open.removeLast()] = Int32(bytes.count) }
            for byte in content.dropFirst(common) {
                open.append(bytes.count)
                bytes.append(byte)
                ends.append(0)
                tokenStarts.append(Int32(tokens.count))
            }
            tokens.append(Int32(token))
            previous = content
        }
        while let node = open.popLast() { ends[node] = Int32(bytes.count) }
        tokenStarts.append(Int32(tokens.count))
    }

    /// The bytes that a token adds to a text.
    func content(_ token: Int) -> [UInt8] { contents.indices.contains(token) ? contents[token] : [] }

    /// The tokens after which a text still keeps a form.
    func tokens<Automaton: ByteAutomaton>(
        allowedBy automaton: Automaton, after state: Automaton.State
    ) -> TokenMask {
        var mask = TokenMask(vocabularySize: vocabularySize)
        // The states along the path to the current node, and where their nodes' descendants end.
        var path: [(state: Automaton.State, end: Int32)] = []
        var node = 0
        while node < bytes.count {
            while let last = path.last, last.end <= node { path.removeLast() }
            guard let next = automaton.next(path.last?.state ?? state, bytes[node]) else {
                node = Int(ends[node])
                continue
            }
            for index in tokenStarts[node]..<tokenStarts[node + 1] { mask.insert(Int(tokens[Int(index)])) }
            path.append((next, ends[node]))
            node += 1
        }
        return mask
    }
}
