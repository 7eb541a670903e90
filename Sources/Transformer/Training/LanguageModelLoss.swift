import Autograd
import Tensor

extension TransformerModel {
    /// The mean cross-entropy of predicting each token from those before it.
    ///
    /// Only the places that count go through the output head; padding neither predicts nor is predicted. The mean of none
    /// is NaN.
    ///
    /// - Parameters:
    ///   - batch: the tokens.
    ///   - labels: the tokens to predict, `[batch, time]`, -100 where a token does not count; they are shifted here: the
    ///     label at a place is what the place before predicts. Nil for the tokens themselves without padding.
    ///   - recomputingBlocks: see ``hiddenStates(_:hooks:recomputingBlocks:)``.
    public func loss(
        _ batch: TokenBatch, labels: Tensor<Int64>? = nil, recomputingBlocks: Bool = false
    ) -> Variable<Float> {
        let states = hiddenStates(batch, recomputingBlocks: recomputingBlocks)
        let (places, targets) = countedTargets(batch, labels)
        let flat = states.reshaped([batch.count * batch.length, configuration.hiddenSize])
        let counted = flat.indexSelected(axis: 0, places)
        if let weight = head?.weight.dense ?? (head == nil ? tokens.dense : nil), head?.adapter == nil {
            return linearCrossEntropy(counted, weight, targets)
        }
        return crossEntropy(logits(of: counted), targets)
    }

    /// The sum of the negative log-probabilities of a batch's tokens, and their number: for perplexities, which average
    /// over tokens, never over batches.
    public func negativeLogLikelihood(
        _ batch: TokenBatch, labels: Tensor<Int64>? = nil
    ) -> (sum: Double, count: Int) {
        let count = countedTargets(batch, labels).targets.count
        if count == 0 { return (0, 0) }
        return (Double(loss(batch, labels: labels).scalar) * Double(count), count)
    }

    /// The places in `[batch · time]` whose next token counts, and these tokens.
    private func countedTargets(
        _ batch: TokenBatch, _ labels: Tensor<Int64>?
    ) -> (places: Tensor<Int64>, targets: Tensor<Int64>) {
        if let labels, labels.shape != batch.ids.shape {
            trap("loss: labels of shape \(labels.shape) for tokens of shape \(batch.ids.shape)")
        }
        let wanted = (labels ?? batch.ids).array
        let keep = batch.keep?.array
        let segments = batch.segments?.array
        var places: [Int64] = []
        var targets: [Int64] = []
        for row in 0..<batch.count {
            for column in 0..<max(0, batch.length - 1) {
                let (place, next) = (row * batch.length + column, row * batch.length + column + 1)
                guard wanted[next] != -100 else { continue }
                // The state of padding knows nothing of the first token that follows it.
                if let keep, !keep[place] || !keep[next] { continue }
                // A document does not predict the next one's first token.
                if let segments, segments[place] != segments[next] || segments[next] < 0 { continue }
                places.append(Int64(place))
                targets.append(wanted[next])
            }
        }
        return (Tensor(places), Tensor(targets))
    }
}
