import Autograd
import Tensor

/// Integrated gradients (Sundararajan et al., arXiv 1703.01365, equation 3): (x - x₀) times the mean gradient on the way
/// from a baseline x₀ to x, at the midpoints (k + ½) / m.
public struct IntegratedGradients<Scalar: FloatingTensorScalar>: Sendable {
    /// `[d]`: where the way begins.
    public var baseline: Tensor<Scalar>
    /// The number of midpoints, m.
    public var steps: Int

    /// Describes a way.
    public init(baseline: Tensor<Scalar>, steps: Int = 50) {
        guard steps > 0 else { trap("IntegratedGradients: \(steps) steps are none") }
        self.baseline = baseline
        self.steps = steps
    }

    /// The attributions of each row, and how far each row's sum is from f(x) - f(x₀).
    ///
    /// - Parameters:
    ///   - x: `[n, d]`.
    ///   - model: `[n, d]` to `[n]`, each row on its own.
    /// - Returns: attributions `[n, d]`, and gaps `[n]`, which shrink as the steps grow.
    public func attributions(
        of x: Tensor<Scalar>, model: (Variable<Scalar>) -> Variable<Scalar>
    ) -> (values: Tensor<Scalar>, completenessGap: Tensor<Scalar>) {
        let way = x - baseline
        var sum = Tensor<Scalar>(zeros: x.shape)
        for step in 0..<steps {
            let share = Scalar((Double(step) + 0.5) / Double(steps))
            sum = sum + saliency(of: baseline + way * share, model: model)
        }
        let values = way * sum / Scalar(steps)
        let start = model(Variable(baseline.broadcast(to: x.shape))).value
        let gap = values.sum(axes: [1]) - (model(Variable(x)).value - start)
        return (values, gap.abs())
    }
}

/// The gradient of a model's output by its input, for each row: `[n, d]`.
///
/// - Parameters:
///   - x: `[n, d]`.
///   - model: `[n, d]` to `[n]`, each row on its own.
public func saliency<Scalar>(
    of x: Tensor<Scalar>, model: (Variable<Scalar>) -> Variable<Scalar>
) -> Tensor<Scalar> {
    gradient(at: Variable(x)) { model($0).sum() }.value
}

/// Expected gradients (Erion et al., arXiv 1906.10670): the mean over the background of (x - b) times the gradient at
/// b + α (x - b), with one α for each row of the background.
///
/// - Parameters:
///   - x: `[n, d]`.
///   - background: `[m, d]`.
///   - positions: α, `[m]`; uniform draws make the estimate unbiased.
///   - model: `[n, d]` to `[n]`, each row on its own.
public func expectedGradients<Scalar>(
    of x: Tensor<Scalar>, background: Tensor<Scalar>, positions: [Scalar],
    model: (Variable<Scalar>) -> Variable<Scalar>
) -> Tensor<Scalar> {
    guard background.rank == 2, !positions.isEmpty, background.shape[0] == positions.count else {
        trap("expectedGradients: \(positions.count) positions do not fit a background of shape \(background.shape)")
    }
    var sum = Tensor<Scalar>(zeros: x.shape)
    for (row, position) in positions.enumerated() {
        let way = x - background.selected(axis: 0, at: row)
        sum = sum + way * saliency(of: x - way * (1 - position), model: model)
    }
    return sum / Scalar(positions.count)
}
