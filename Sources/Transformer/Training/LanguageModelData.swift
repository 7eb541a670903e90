import NN
import Tensor

/// A batch of rows to train a language model on.
public struct LanguageModelBatch: Sendable {
    /// The tokens.
    public var tokens: TokenBatch
    /// What to predict, -100 where nothing counts; not shifted, `[batch, time]`.
    public var labels: Tensor<Int64>
}

/// Training documents, laid out in rows.
///
/// ```swift
/// let data = LanguageModelData(packing: documents, length: 256, padding: 0)
/// var trainer = Trainer(model: model, optimizer: AdamW(learningRate: 3e-4), key: RandomKey(seed: 1))
/// try trainer.fit(data.loader(batchSize: 8, shuffle: RandomKey(seed: 2)), plan: TrainingPlan(steps: 100)) { model, batch, _ in
///     model.loss(batch.tokens, labels: batch.labels)
/// }
/// ```
public struct LanguageModelData: Sendable {
    /// One row.
    private struct Row: Sendable {
        var tokens: ArraySlice<Int64>
        var labels: ArraySlice<Int64>
        var segments: ArraySlice<Int32>?
        var positions: ArraySlice<Int64>?
    }

    private let rows: [Row]
    private let padding: Int64

    /// The number of rows.
    public var count: Int { rows.count }

    /// Packs whole documents into rows of one length, so that little is padded (arXiv 2107.02027); attention and
    /// positions stay within a document. Longer documents are cut.
    public init(packing documents: [TrainingDocument], length: Int, padding: Int) {
        let packed = PackedSequences(fitting: documents.map(\.flagged), length: length, padding: Int64(padding))
        self.init(packed, padding: padding, separatesDocuments: true)
    }

    /// Joins the documents, each with a separator after it, into one stream and cuts it into rows; attention crosses from
    /// one document to the next, as in the training of GPT-2. What does not fill the last row is left out.
    public init(joining documents: [TrainingDocument], length: Int, separator: Int) {
        let separating = Int64(separator) | TrainingDocument.targetFlag
        let packed = PackedSequences(joining: documents.map(\.flagged), length: length, separator: separating)
        self.init(packed, padding: separator, separatesDocuments: false)
    }

    /// Gives each document a row of its own, cut to a length; batches are padded to their longest.
    public init(padding documents: [TrainingDocument], maximumLength: Int, padding: Int) {
        rows = documents.map { document in
            let flagged = document.flagged.prefix(maximumLength)
            return Row(
                tokens: flagged.map { $0 & ~TrainingDocument.targetFlag }[...], labels: flagged.map(label)[...],
                segments: nil, positions: nil)
        }
        self.padding = Int64(padding)
    }

    private init(_ packed: PackedSequences<Int64>, padding: Int, separatesDocuments: Bool) {
        let length = packed.tokens.shape[1]
        let (tokens, segments) = (packed.tokens.array, packed.segments.array)
        let positions = packed.positions.array.map(Int64.init)
        rows = (0..<packed.tokens.shape[0]).map { row in
            let range = row * length..<(row + 1) * length
            return Row(
                tokens: tokens[range].map { $0 & ~TrainingDocument.targetFlag }[...],
                labels: range.map { segments[$0] < 0 ? -100 : label(tokens[$0]) }[...],
                segments: separatesDocuments ? segments[range] : nil,
                positions: separatesDocuments ? positions[range] : nil)
        }
        self.padding = Int64(padding)
    }

    /// The rows at some positions as one batch.
    public func batch(at indices: [Int]) -> LanguageModelBatch {
        let chosen = indices.map { rows[$0] }
        let length = chosen.map(\.tokens.count).max() ?? 0
        let shape: TensorShape = [chosen.count, length]
        func padded<Value>(_ part: (Row) -> ArraySlice<Value>, _ filling: Value) -> [Value] {
            chosen.flatMap { part($0) + repeatElement(filling, count: length - part($0).count) }
        }
        var tokens = TokenBatch(Tensor(padded(\.tokens, padding), shape: shape))
        if chosen.allSatisfy({ $0.segments != nil && $0.positions != nil }), !chosen.isEmpty {
            tokens.segments = Tensor(padded({ $0.segments ?? [] }, -1), shape: shape)
            tokens.positions = Tensor(padded({ $0.positions ?? [] }, 0), shape: shape)
        }
        // Padding stands after the tokens, where no token that counts sees it: it needs no mask.
        return LanguageModelBatch(tokens: tokens, labels: Tensor(padded(\.labels, -100), shape: shape))
    }

    /// Batches of rows, in a random order if there is a key.
    public func loader(
        batchSize: Int, shuffle: RandomKey? = nil, dropLast: Bool = false
    ) -> DataLoader<LanguageModelBatch, Never> {
        let sampler = BatchSampler(
            count: count, order: shuffle.map { .shuffled($0) } ?? .sequential,
            grouping: .ofSize(batchSize, droppingLast: dropLast))
        return DataLoader(sampler: sampler) { [self] indices in batch(at: indices) }
    }
}

extension TrainingDocument {
    /// The bit that marks a token that counts while tokens are packed.
    fileprivate static let targetFlag: Int64 = 1 << 40

    /// The tokens with their marks.
    fileprivate var flagged: [Int64] {
        zip(tokens, isTarget).map { Int64($0) | ($1 ? TrainingDocument.targetFlag : 0) }
    }
}

/// What to predict at a marked token's place.
private func label(_ flagged: Int64) -> Int64 {
    flagged & TrainingDocument.targetFlag == 0 ? -100 : flagged & ~TrainingDocument.targetFlag
}
