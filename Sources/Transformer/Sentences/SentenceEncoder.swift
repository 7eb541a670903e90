import Autograd
import Glibc
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
    /// How the states of a sentence's tokens become one vector.
    public enum Pooling: Sendable, Hashable {
        /// Their mean.
        case mean
        /// The first one.
        case first
    }

    /// The encoder.
    public let model: TransformerModel
    /// Turns text into tokens.
    public let tokenizer: Tokenizer
    /// The most tokens of a sentence; the last one that counts is replaced by the separator where more are cut off.
    public var maximumTokens: Int
    /// How tokens become a vector.
    public var pooling: Pooling
    /// Whether vectors have length 1.
    public var normalizes: Bool

    /// Puts an encoder and a tokenizer together; traps for a decoder.
    public init(
        _ model: TransformerModel, _ tokenizer: Tokenizer, maximumTokens: Int? = nil, pooling: Pooling = .mean,
        normalizes: Bool = true
    ) {
        guard model.configuration.family == .bert else { trap("SentenceEncoder: the model is no encoder") }
        self.model = model
        self.tokenizer = tokenizer
        let limit = model.configuration.maximumPositions
        self.maximumTokens = max(2, min(maximumTokens ?? limit, limit))
        self.pooling = pooling
        self.normalizes = normalizes
    }

    /// Reads a folder of sentence-transformers: the encoder, its tokenizer, and sentence_bert_config.json,
    /// 1_Pooling/config.json and modules.json where they are there.
    public init(folder: String) throws(ModelFileError) {
        let model = try TransformerModel(folder: folder)
        guard model.configuration.family == .bert else {
            throw .configuration(
                ConfigurationError(
                    path: "\(folder)/config.json",
                    problems: [
                        .init(
                            field: "model_type", problem: "is \(model.configuration.family.rawValue)",
                            expected: "bert: an encoder")
                    ]))
        }
        let tokenizer: Tokenizer
        do { tokenizer = try Tokenizer(directory: folder) } catch { throw .tokenizer(error) }
        func json(_ name: String) throws(ModelFileError) -> JSON? {
            guard access("\(folder)/\(name)", R_OK) == 0 else { return nil }
            do { return try MappedFile(contentsOf: "\(folder)/\(name)").json() } catch { throw .file(error) }
        }
        let settings = try json("sentence_bert_config.json")
        let usesFirst = try json("1_Pooling/config.json")?["pooling_mode_cls_token"]?.boolValue ?? false
        let modules = try json("modules.json")?.arrayValue
        self.init(
            model, tokenizer, maximumTokens: settings?["max_seq_length"]?.intValue,
            pooling: usesFirst ? .first : .mean,
            normalizes: modules?.contains { $0["type"]?.stringValue?.hasSuffix("Normalize") ?? false } ?? true)
    }

    /// The vectors of texts, `[texts, hidden]`; an empty text has one too.
    ///
    /// Texts are taken in the order of their lengths, several at a time, without padding, so a text's vector does not
    /// depend on its company.
    ///
    /// - Parameters:
    ///   - texts: any number of texts.
    ///   - tokensPerBatch: how many tokens go through the model at once.
    /// - Throws: `CancellationError` between batches.
    public func encode(_ texts: [String], tokensPerBatch: Int = 2048) throws(CancellationError) -> Tensor<Float> {
        let sentences = texts.map { tokens($0) }
        let order = sentences.indices.sorted { (sentences[$0].count, $0) < (sentences[$1].count, $1) }
        var result = Tensor<Float>(zeros: [texts.count, model.configuration.hiddenSize])
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
            let part = states.narrowed(axis: 0, from: start, count: sentence.count)
            return pooling == .first ? part.selected(axis: 0, at: 0) : part.mean(axis: 0)
        }
        let vectors = Variable(Tensor.stacked(pooled))
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
