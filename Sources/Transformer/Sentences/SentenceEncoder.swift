import Autograd
import Tensor
import Tokenizers

/// Turns sentences into vectors whose products say how close their meanings are (arXiv 1908.10084).
///
/// ```swift
/// let encoder = try SentenceEncoder(folder: "all-MiniLM-L6-v2")
/// let vectors = try encoder.encode(["The weather is lovely today.", "It's so sunny outside!"])   // [2, 384]
/// let similarity = vectors.matmul(vectors.transposed())
/// ```
public struct SentenceEncoder: Sendable {
    /// The encoder.
    public let model: TransformerModel
    /// Turns text into tokens.
    public let tokenizer: Tokenizer
    /// The most tokens of a sentence, from 2 to the positions that the model knows; the last one that counts is replaced by
    /// the separator where more are cut off.
    public var maximumTokens: Int
    /// How tokens become a vector.
    public var pooling: Pooling
    /// What becomes of the pooled vectors.
    public let maps: [SentenceMap]
    /// Whether vectors have length 1.
    public var normalizes: Bool

    /// Puts an encoder and a tokenizer together; traps for a decoder and for maps that do not follow one another.
    public init(
        _ model: TransformerModel, _ tokenizer: Tokenizer, maximumTokens: Int? = nil, pooling: Pooling = .mean,
        maps: [SentenceMap] = [], normalizes: Bool = true
    ) {
        guard model.configuration.family == .bert else { trap("SentenceEncoder: the model is no encoder") }
        var width = model.configuration.hiddenSize
        for map in maps {
            guard map.weight.shape[1] == width else {
                trap("SentenceEncoder: a map of \(map.weight.shape[1]) features gets \(width)")
            }
            width = map.weight.shape[0]
        }
        self.model = model
        self.tokenizer = tokenizer
        let limit = model.configuration.maximumPositions
        self.maximumTokens = min(maximumTokens ?? limit, limit)
        self.pooling = pooling
        self.maps = maps
        self.normalizes = normalizes
    }

    /// The number of features of a vector: those of the model's states, or of the last map.
    public var width: Int { maps.last?.weight.shape[0] ?? model.configuration.hiddenSize }

    /// The vectors of texts, `[texts, width]`; an empty text has one too.
    ///
    /// Texts are taken in the order of their lengths, several at a time, without padding, so a text's vector does not
    /// depend on its company.
    ///
    /// - Parameters:
    ///   - texts: any number of texts.
    ///   - tokensPerBatch: how many tokens go through the model at once.
    /// - Throws: ``SentenceError`` if ``maximumTokens`` is out of its range; `CancellationError` between batches.
    public func encode(_ texts: [String], tokensPerBatch: Int = 2048) throws -> Tensor<Float> {
        let limit = model.configuration.maximumPositions
        guard maximumTokens >= 2, maximumTokens <= limit else {
            throw SentenceError.maximumTokens(maximumTokens, limit: limit)
        }
        let sentences = texts.map { tokens($0) }
        let order = sentences.indices.sorted { (sentences[$0].count, $0) < (sentences[$1].count, $1) }
        var result = Tensor<Float>(zeros: [texts.count, width])
        var next = 0
        while next < order.count {
            if Task.isCancelled { throw CancellationError() }
            var end = next
            var total = 0
            while end < order.count, end == next || total + sentences[order[end]].count <= tokensPerBatch {
                total += sentences[order[end]].count
                end += 1
            }
            let chosen = order[next..<end]
            let vectors = vectors(of: chosen.map { sentences[$0] })
            result.write(rows: vectors, at: Array(chosen))
            next = end
        }
        return result
    }

    /// The tokens of a text, cut to the most that a sentence may have.
    private func tokens(_ text: String) -> [Int] {
        let ids = tokenizer.encode(text)
        guard ids.count > maximumTokens, let separator = ids.last else { return ids }
        return ids.prefix(maximumTokens - 1) + [separator]
    }

    private func vectors(of sentences: [[Int]]) -> Tensor<Float> {
        let states = model.states(of: sentences)
        var start = 0
        let pooled = sentences.map { sentence in
            defer { start += sentence.count }
            return pooling(states.narrowed(axis: 0, from: start, count: sentence.count))
        }
        let vectors = maps.reduce(Variable(Tensor.stacked(pooled))) { $1($0) }
        return normalizes ? vectors.l2Normalized().value : vectors.value
    }
}

extension TransformerModel {
    /// The states of the tokens of several sequences, one after another, `[tokens, hidden]`; each sees its own only.
    func states(of sequences: [[Int]]) -> Tensor<Float> {
        var ranges: [Range<Int>] = []
        var ids: [Int64] = []
        var positions: [Int64] = []
        for sequence in sequences where !sequence.isEmpty {
            ranges.append(ids.count..<ids.count + sequence.count)
            ids += sequence.map(Int64.init)
            positions += (0..<Int64(sequence.count))
        }
        let shape: TensorShape = [1, ids.count]
        return joinedStates(Tensor(ids, shape: shape), positions: Tensor(positions, shape: shape), ranges).squeezed(0)
    }
}

extension Tensor where Scalar == Float {
    /// Writes rows `[n, width]` at n places of the first axis.
    fileprivate mutating func write(rows: Tensor, at places: [Int]) {
        let width = shape[1]
        withUnsafeMutableBufferPointer { target in
            rows.withUnsafeBufferPointer { source in
                guard let target = target.baseAddress, let source = source.baseAddress else { return }
                for (row, place) in places.enumerated() {
                    (target + place * width).update(from: source + row * width, count: width)
                }
            }
        }
    }
}
