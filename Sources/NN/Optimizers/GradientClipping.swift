import Autograd
import Tensor

// Gradients are values of the model's type, so that these work on models too: the norm of a model's weights, say.

extension Parameterized {
    /// The Euclidean norm of all parameters together.
    public var globalNorm: Double {
        var sum = 0.0
        for parameter in parameters {
            let norm = Double(parameter.value.norm().scalar)
            sum += norm * norm
        }
        return sum.squareRoot()
    }

    /// Shortens the parameters together to a norm of at most `limit`: all times `min(1, limit / (norm + 1e-6))`
    /// (Pascanu et al., arXiv 1211.5063, algorithm 1; the 1e-6 is torch's).
    ///
    /// A norm that is not finite makes every parameter NaN, rather than hiding the fault.
    /// - Returns: the norm before.
    @discardableResult
    public mutating func clip(toGlobalNorm limit: Double) -> Double {
        let norm = globalNorm
        let factor = norm.isFinite ? min(1, limit / (norm + 1e-6)) : .nan
        if factor != 1 { updateParameters { _, parameter in parameter.update { $0 *= Scalar(factor) } } }
        return norm
    }

    /// The same, shortened together to a norm of at most `limit`.
    public func clipped(toGlobalNorm limit: Double) -> Self {
        var copy = self
        copy.clip(toGlobalNorm: limit)
        return copy
    }

    /// Limits every element to `-limit...limit`; NaN stays NaN.
    public mutating func clip(toValue limit: Double) {
        guard limit >= 0 else { trap("clip(toValue:): the limit \(limit) is negative") }
        let range = Scalar(-limit)...Scalar(limit)
        updateParameters { _, parameter in parameter.update { $0 = $0.clamped(to: range) } }
    }

    /// The same with every element limited to `-limit...limit`.
    public func clipped(toValue limit: Double) -> Self {
        var copy = self
        copy.clip(toValue: limit)
        return copy
    }
}
