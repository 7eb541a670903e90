import Tensor

extension SentenceEncoder {
    /// How the states of a sentence's n tokens become one vector.
    public enum Pooling: Sendable, Hashable, CaseIterable {
        /// The first one, that of the token [CLS].
        case first
        /// Their greatest value in each feature.
        case max
        /// Their mean.
        case mean
        /// Their sum by √n.
        case meanBySquareRoot
        /// Their mean with the weights 1, 2, ..., n (arXiv 2202.08904).
        case weightedMean
        /// The last one.
        case last

        /// What sentence-transformers calls it.
        var name: String {
            switch self {
            case .first: "cls"
            case .max: "max"
            case .mean: "mean"
            case .meanBySquareRoot: "mean_sqrt_len_tokens"
            case .weightedMean: "weightedmean"
            case .last: "lasttoken"
            }
        }

        /// The truth value of sentence-transformers' 1_Pooling/config.json that switches it on.
        var field: String {
            switch self {
            case .first: "pooling_mode_cls_token"
            case .max: "pooling_mode_max_tokens"
            case .mean: "pooling_mode_mean_tokens"
            case .meanBySquareRoot: "pooling_mode_mean_sqrt_len_tokens"
            case .weightedMean: "pooling_mode_weightedmean_tokens"
            case .last: "pooling_mode_lasttoken"
            }
        }

        /// `[tokens, hidden]` to `[hidden]`; zeros if there are no tokens.
        func callAsFunction(_ states: Tensor<Float>) -> Tensor<Float> {
            let count = states.shape[0]
            if count == 0 { return Tensor(zeros: [states.shape[1]]) }
            switch self {
            case .first: return states.selected(axis: 0, at: 0)
            case .max: return states.maximum(axes: [0])
            case .mean: return states.mean(axis: 0)
            case .meanBySquareRoot: return states.sum(axis: 0) / Float(count).squareRoot()
            case .weightedMean:
                let weights = Tensor((1...count).map(Float.init), shape: [count, 1])
                return (states * weights).sum(axis: 0) / weights.sum().scalar
            case .last: return states.selected(axis: 0, at: count - 1)
            }
        }
    }
}

extension ConfigurationFields {
    /// The pooling that a 1_Pooling/config.json names: by a truth value for each, or by `pooling_mode`.
    mutating func pooling() -> SentenceEncoder.Pooling {
        let all = SentenceEncoder.Pooling.allCases
        if has("pooling_mode") {
            let name = text("pooling_mode")
            if let found = all.first(where: { $0.name == name }) { return found }
            let known = all.map(\.name).joined(separator: ", ")
            note("pooling_mode", "is \"\(name)\"", expected: "one of \(known)")
            return .mean
        }
        let chosen = all.filter { flag($0.field, default: false) }
        if chosen.count > 1 {
            note(chosen[1].field, "is true, as is \(chosen[0].field)", expected: "one way of pooling")
        } else if chosen.isEmpty, all.contains(where: { has($0.field) }) {
            note(SentenceEncoder.Pooling.mean.field, "is not true, nor is another", expected: "a way of pooling")
        }
        return chosen.first ?? .mean
    }
}
