import Autograd
import NN
import Tensor

/// The rescale rule of DeepLIFT for perceptrons (Shrikumar et al., arXiv 1704.02685, section 3.5.2): an activation passes
/// on (f(z) - f(z₀)) / (z - z₀), its slope between the baseline and the row, in place of its derivative.
///
/// The values of all features sum to f(x) - f(x₀), also where a gradient is flat.
public struct DeepLIFT<Scalar: FloatingTensorScalar>: Sendable {
    /// `[d]`: where features are absent.
    public var baseline: Tensor<Scalar>

    /// Takes a baseline.
    public init(baseline: Tensor<Scalar>) {
        self.baseline = baseline
    }

    /// The attributions of each row, and how far each row's sum is from f(x) - f(x₀).
    ///
    /// - Parameters:
    ///   - x: `[n, d]`.
    ///   - model: a perceptron; its dropout is off.
    ///   - output: which of its outputs is explained.
    /// - Returns: attributions `[n, d]`, and gaps `[n]`, which are of the size of rounding errors.
    /// - Throws: ``AttributionError`` if `x` has other features than the baseline or the model gives no finite number.
    public func attributions(
        of x: Tensor<Scalar>, model: MLP<Scalar>, output: Int = 0
    ) throws(AttributionError) -> (values: Tensor<Scalar>, completenessGap: Tensor<Scalar>) {
        guard x.rank == 2, baseline.rank == 1, x.shape[1] == baseline.shape[0] else {
            throw .differentFeatures(x: x.shape, background: baseline.shape)
        }
        var own = Variable(x)
        var absent = Variable(baseline.unsqueezed(0))
        var slopes: [Tensor<Scalar>] = []
        for (index, layer) in model.layers.enumerated() {
            own = layer(own)
            absent = layer(absent)
            guard index < model.layers.count - 1 else { break }
            slopes.append(slope(of: model.activation, from: absent.value, to: own.value))
            own = model.activation(own)
            absent = model.activation(absent)
        }
        let gain = (own.value - absent.value).narrowed(axis: 1, from: output, count: 1).squeezed(1)
        guard gain.array.allSatisfy(\.isFinite) else { throw .notFinite }

        // From the output back: the weights as they are, the slopes for the derivatives.
        let last = model.layers.count - 1
        var multiplier = model.layers[last].weight.value.narrowed(axis: 0, from: output, count: 1)
        for index in (0..<last).reversed() {
            multiplier = (multiplier * slopes[index]).matmul(model.layers[index].weight.value)
        }
        let values = (x - baseline) * multiplier
        return (values, (values.sum(axes: [1]) - gain).abs())
    }

    /// (f(z) - f(z₀)) / (z - z₀), or the derivative where the two nearly meet.
    private func slope(
        of activation: Activation<Scalar>, from start: Tensor<Scalar>, to end: Tensor<Scalar>
    ) -> Tensor<Scalar> {
        let derivative = saliency(of: end) { activation($0) }
        let rise = activation(Variable(end)).value - activation(Variable(start)).value
        let way = end - start
        // The quotient loses digits as its way shrinks; a derivative is then as near.
        let least = Scalar(Double(Scalar.ulpOfOne).squareRoot())
        let slopes = zip(zip(rise.array, way.array), derivative.array).map { step, derivative in
            abs(step.1) < least ? derivative : step.0 / step.1
        }
        return Tensor(slopes, shape: way.shape)
    }
}

/// The gradient of a model's output by its input times the input, for each row: `[n, d]`; the exact contributions of a
/// linear model to f(x) - f(0).
///
/// - Parameters:
///   - x: `[n, d]`.
///   - model: `[n, d]` to `[n]`, each row on its own.
public func gradientTimesInput<Scalar>(
    of x: Tensor<Scalar>, model: (Variable<Scalar>) -> Variable<Scalar>
) -> Tensor<Scalar> {
    x * saliency(of: x, model: model)
}
