import Autograd
import NN
import Tensor

/// The rates of inner steps.
public enum InnerRates: Sendable, Hashable {
    /// The same rate for all steps and parameters.
    case fixed
    /// A rate for each element of each parameter, learned (Meta-SGD, Li et al., arXiv 1707.09835).
    case elementwise(isPositive: Bool = false)
    /// A rate for each step and parameter, learned (MAML++, Antoniou et al., arXiv 1810.09502, section 4).
    case perStep(isPositive: Bool = false)

    /// Whether rates are kept above zero as softplus of what is learned.
    var isPositive: Bool {
        switch self {
        case .fixed: false
        case .elementwise(let isPositive), .perStep(let isPositive): isPositive
        }
    }

    /// What is learned before the first update, for rates of `rate`.
    func initial<Scalar: FloatingTensorScalar>(
        _ rate: Double, steps: Int, for parameters: [Variable<Scalar>]
    ) -> [Variable<Scalar>] {
        // softplus(log(eʳ - 1)) = r.
        let start = Tensor<Scalar>(Scalar(rate))
        let raw = isPositive ? start.expm1().log() : start
        switch self {
        case .fixed: return []
        case .elementwise:
            return parameters.map { Variable(raw.broadcast(to: $0.shape).compacted()) }
        case .perStep:
            return (0..<max(steps, 1)).flatMap { _ in parameters.map { _ in Variable(raw) } }
        }
    }

    /// The rates of one step, one for each of `count` parameters; steps beyond the learned ones have the last one's.
    func rates<Scalar: FloatingTensorScalar>(
        of learned: [Variable<Scalar>], fixed: Double, step: Int, count: Int
    ) -> [Variable<Scalar>] {
        let raw: [Variable<Scalar>]
        switch self {
        case .fixed: return Array(repeating: Variable(Scalar(fixed)), count: count)
        case .elementwise: raw = learned
        case .perStep:
            let start = min(step, learned.count / max(count, 1) - 1) * count
            raw = Array(learned[start..<start + count])
        }
        return isPositive ? raw.map { $0.softplus() } : raw
    }
}
