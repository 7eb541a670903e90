import Tensor

/// Shapley values of a model's output by enumerating all coalitions of features (Lundberg & Lee, arXiv 1705.07874,
/// equation 4), with the value of a coalition v(S) = the mean over the background of f(x_S, b_rest).
///
/// The values of all features sum to f(x) - v(∅). Costs 2^d · background evaluations.
public struct ExactShapley<Scalar: FloatingTensorScalar>: Sendable {
    /// `[m, d]`: what absent features are replaced by.
    public let background: Tensor<Scalar>

    /// Takes a background; traps unless it has rows and from 1 to 16 features.
    public init(background: Tensor<Scalar>) {
        guard background.rank == 2, background.shape[0] > 0, (1...16).contains(background.shape[1]) else {
            trap("ExactShapley: a background of shape \(background.shape) is not [m, 1...16]")
        }
        self.background = background
    }

    /// The Shapley values of each row, and the value of the empty coalition.
    ///
    /// - Parameters:
    ///   - x: `[n, d]`.
    ///   - model: `[k, d]` to `[k]`.
    public func attributions(
        of x: Tensor<Scalar>, model: (Tensor<Scalar>) -> Tensor<Scalar>
    ) -> (values: Tensor<Scalar>, base: Scalar) {
        let d = background.shape[1]
        guard x.rank == 2, x.shape[1] == d else { trap("ExactShapley: \(x.shape) does not fit \(background.shape)") }
        var result: [Scalar] = []
        for row in 0..<x.shape[0] {
            let values = coalitionValues(x.narrowed(axis: 0, from: row, count: 1), model)
            for feature in 0..<d { result.append(shapleyValue(of: feature, among: d, values)) }
        }
        return (Tensor(result, shape: x.shape), model(background).mean().scalar)
    }

    /// v(S) for every coalition S, whose members are the bits of the position.
    private func coalitionValues(_ x: Tensor<Scalar>, _ model: (Tensor<Scalar>) -> Tensor<Scalar>) -> [Scalar] {
        let d = background.shape[1]
        return (0..<1 << d).map { coalition in
            let mask = Tensor<Bool>((0..<d).map { coalition >> $0 & 1 == 1 })
            return model(mask.select(x, background)).mean().scalar
        }
    }

    /// Σ_S |S|! (d - |S| - 1)! / d! (v(S ∪ i) - v(S)) over the coalitions without i.
    private func shapleyValue(of feature: Int, among d: Int, _ values: [Scalar]) -> Scalar {
        // 1 / (d · C(d - 1, s)), built up from s = 0.
        var weights = [1 / Double(d)]
        for size in 1..<max(d, 2) { weights.append(weights[size - 1] * Double(size) / Double(max(d - size, 1))) }
        var sum = 0.0
        for coalition in values.indices where coalition >> feature & 1 == 0 {
            let gain = values[coalition | 1 << feature] - values[coalition]
            sum += weights[coalition.nonzeroBitCount] * Double(gain)
        }
        return Scalar(sum)
    }
}
