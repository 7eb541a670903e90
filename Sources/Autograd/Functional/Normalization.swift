import Tensor

extension Variable {
    /// Layer normalisation over the last axis (arXiv 1607.06450): (x - μ) r w + b, r = 1 / √(σ² + ε), σ² biased.
    ///
    /// - Parameters:
    ///   - weight: `[n]` for the last axis's extent n, or nil.
    ///   - bias: `[n]`, or nil.
    ///   - epsilon: ε, which keeps rows without variance finite.
    public func layerNorm(weight: Variable? = nil, bias: Variable? = nil, epsilon: Scalar = 1e-5) -> Variable {
        // Operands are numbered without gaps: a bias alone is an operation of its own.
        if weight == nil, let bias { return layerNorm(epsilon: epsilon) + bias }
        let x = self
        let (output, mean, rstd) = value.layerNorm(weight: weight?.value, bias: bias?.value, epsilon: epsilon)
        let rule: @Sendable (Variable, BackwardPass<Scalar>) -> Void = { gradient, pass in
            if pass.recordsGradient {
                x.sendLayerNormGradient(gradient, weight, epsilon, pass)
                return
            }
            let parts = x.value.layerNormGradient(gradient.value, weight: weight?.value, mean: mean, rstd: rstd)
            pass.send(to: 0) { Variable(parts.input) }
            pass.send(to: 1) { Variable(parts.weight) }
            pass.send(to: 2) { Variable(parts.bias) }
        }
        return Variable.recorded("layerNorm", output, from: [x] + [weight, bias].compactMap { $0 }, rule: rule)
    }

    /// The gradient of layer normalisation, composed of differentiable operations.
    private func sendLayerNormGradient(
        _ gradient: Variable, _ weight: Variable?, _ epsilon: Scalar, _ pass: BackwardPass<Scalar>
    ) {
        let centred = self - mean(axes: [-1], keepDimensions: true)
        let r = (centred.squared().mean(axes: [-1], keepDimensions: true) + epsilon).rsqrt()
        let normalised = centred * r
        pass.send(to: 0) {
            let scaled = weight.map { gradient * $0 } ?? gradient
            let mean = scaled.mean(axes: [-1], keepDimensions: true)
            let slope = (scaled * normalised).mean(axes: [-1], keepDimensions: true)
            return r * (scaled - mean - normalised * slope)
        }
        pass.send(to: 1) { gradient * normalised }
        pass.send(to: 2) { gradient }
    }

    /// RMS normalisation over the last axis (arXiv 1910.07467): x r w, r = 1 / √(mean(x²) + ε).
    public func rmsNorm(weight: Variable? = nil, epsilon: Scalar = 1e-6) -> Variable {
        let x = self
        let (output, rstd) = value.rmsNorm(weight: weight?.value, epsilon: epsilon)
        let rule: @Sendable (Variable, BackwardPass<Scalar>) -> Void = { gradient, pass in
            if pass.recordsGradient {
                let r = (x.squared().mean(axes: [-1], keepDimensions: true) + epsilon).rsqrt()
                pass.send(to: 0) {
                    let scaled = weight.map { gradient * $0 } ?? gradient
                    let slope = (scaled * x).mean(axes: [-1], keepDimensions: true)
                    return r * (scaled - x * r * r * slope)
                }
                pass.send(to: 1) { gradient * x * r }
                return
            }
            let parts = x.value.rmsNormGradient(gradient.value, weight: weight?.value, rstd: rstd)
            pass.send(to: 0) { Variable(parts.input) }
            pass.send(to: 1) { Variable(parts.weight) }
        }
        return Variable.recorded("rmsNorm", output, from: [x] + [weight].compactMap { $0 }, rule: rule)
    }

    /// Batch normalisation with the batch's own statistics (arXiv 1502.03167), channels on axis 1 of `[n, channels, ...]`.
    ///
    /// - Returns: the result, and the batch's mean and unbiased variance `[channels]` for running statistics.
    public func batchNorm(
        weight: Variable? = nil, bias: Variable? = nil, epsilon: Scalar = 1e-5
    ) -> (output: Variable, mean: Tensor<Scalar>, variance: Tensor<Scalar>) {
        guard rank >= 2 else { trap("batchNorm: the input of shape \(shape) has no channel axis 1") }
        let number = count / max(1, shape[1])
        guard number > 1 || count == 0 else {
            trap("batchNorm: the input of shape \(shape) has one value a channel; a batch needs two for a variance")
        }
        let axes = [0] + Array(2..<rank)
        let average = mean(axes: axes, keepDimensions: true)
        let centred = self - average
        let spread = centred.squared().mean(axes: axes, keepDimensions: true)
        let normalised = centred * (spread + epsilon).rsqrt()
        let unbiased = spread.value.flattened() * (Scalar(number) / Scalar(max(0, number - 1)))
        return (normalised.scaledByChannel(weight, bias), average.value.flattened(), unbiased)
    }

    /// Batch normalisation with given statistics `[channels]`, as in evaluation.
    public func batchNorm(
        mean: Tensor<Scalar>, variance: Tensor<Scalar>, weight: Variable? = nil, bias: Variable? = nil,
        epsilon: Scalar = 1e-5
    ) -> Variable {
        guard rank >= 2 else { trap("batchNorm: the input of shape \(shape) has no channel axis 1") }
        let shape = channelShape
        let r = (variance + epsilon).rsqrt().reshaped(shape)
        return ((self - Variable(mean.reshaped(shape))) * Variable(r)).scaledByChannel(weight, bias)
    }

    /// Group normalisation of `[n, channels, ...]` (arXiv 1803.08494): each group of channels of each sample by itself.
    public func groupNorm(
        groups: Int, weight: Variable? = nil, bias: Variable? = nil, epsilon: Scalar = 1e-5
    ) -> Variable {
        guard rank >= 2, groups > 0, shape[1] % groups == 0 else {
            trap("groupNorm: \(groups) groups do not divide the channels of the input \(shape)")
        }
        let rows = reshaped([shape[0] * groups, shape.dropFirst().reduce(1, *) / groups] as TensorShape)
        return rows.layerNorm(epsilon: epsilon).reshaped(shape).scaledByChannel(weight, bias)
    }

    /// Instance normalisation of `[n, channels, ...]` (arXiv 1607.08022): each channel of each sample by itself.
    public func instanceNorm(
        weight: Variable? = nil, bias: Variable? = nil, epsilon: Scalar = 1e-5
    ) -> Variable {
        groupNorm(groups: shape[1], weight: weight, bias: bias, epsilon: epsilon)
    }

    /// The vectors along an axis, divided by their length or by ε if that is larger.
    public func l2Normalized(axis: Int = -1, epsilon: Scalar = 1e-12) -> Variable {
        self / norm(axes: [axis], keepDimensions: true).maximum(Variable(epsilon))
    }

    private var channelShape: [Int] {
        var shape = [Int](repeating: 1, count: rank)
        shape[1] = self.shape[1]
        return shape
    }

    private func scaledByChannel(_ weight: Variable?, _ bias: Variable?) -> Variable {
        var result = self
        if let weight { result = result * weight.reshaped(channelShape) }
        if let bias { result = result + bias.reshaped(channelShape) }
        return result
    }
}
