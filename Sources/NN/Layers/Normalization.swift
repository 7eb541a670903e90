import Autograd
import Tensor

/// Layer normalisation over the last axis (arXiv 1607.06450).
public struct LayerNorm<Scalar: FloatingTensorScalar>: Layer {
    /// `[features]`.
    public var weight: Variable<Scalar>

    /// `[features]`, or nil.
    public var bias: Variable<Scalar>?

    /// Added to the variance.
    public var epsilon: Scalar

    /// Creates a layer that scales by 1 and shifts by 0.
    public init(_ features: Int, epsilon: Scalar = 1e-5, hasBias: Bool = true) {
        weight = Variable(Tensor(ones: [features]))
        bias = hasBias ? Variable(Tensor(zeros: [features])) : nil
        self.epsilon = epsilon
    }

    /// `[..., features]` to the same shape.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> {
        x.layerNorm(weight: weight, bias: bias, epsilon: epsilon)
    }

    /// Visits `weight` and `bias`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
        visitor.visit("weight", &weight)
        visitor.visit("bias", &bias)
    }
}

/// RMS normalisation over the last axis (arXiv 1910.07467).
public struct RMSNorm<Scalar: FloatingTensorScalar>: Layer {
    /// `[features]`.
    public var weight: Variable<Scalar>

    /// Added to the mean square.
    public var epsilon: Scalar

    /// Creates a layer that scales by 1.
    public init(_ features: Int, epsilon: Scalar = 1e-6) {
        weight = Variable(Tensor(ones: [features]))
        self.epsilon = epsilon
    }

    /// `[..., features]` to the same shape.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> {
        x.rmsNorm(weight: weight, epsilon: epsilon)
    }

    /// Visits `weight`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
        visitor.visit("weight", &weight)
    }
}

/// Batch normalisation of `[n, channels, ...]` (arXiv 1502.03167).
///
/// In training it uses the batch's mean and biased variance and moves the running statistics towards the batch's mean
/// and unbiased variance; in evaluation it uses the running ones.
public struct BatchNorm<Scalar: FloatingTensorScalar>: Layer {
    /// `[channels]`.
    public var weight: Variable<Scalar>

    /// `[channels]`.
    public var bias: Variable<Scalar>

    /// `[channels]`, not trained.
    public var runningMean: Tensor<Scalar>

    /// `[channels]`, not trained.
    public var runningVariance: Tensor<Scalar>

    /// The weight of the new batch in the running statistics.
    public var momentum: Scalar

    /// Added to the variance.
    public var epsilon: Scalar

    /// Creates a layer with running mean 0 and variance 1.
    public init(_ channels: Int, momentum: Scalar = 0.1, epsilon: Scalar = 1e-5) {
        weight = Variable(Tensor(ones: [channels]))
        bias = Variable(Tensor(zeros: [channels]))
        runningMean = Tensor(zeros: [channels])
        runningVariance = Tensor(ones: [channels])
        self.momentum = momentum
        self.epsilon = epsilon
    }

    /// `[n, channels, ...]` to the same shape, with the running statistics.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> {
        x.batchNorm(mean: runningMean, variance: runningVariance, weight: weight, bias: bias, epsilon: epsilon)
    }

    /// `[n, channels, ...]` to the same shape, with the batch's statistics, which also move the running ones.
    public mutating func callAsFunction(_ x: Variable<Scalar>, training key: RandomKey) -> Variable<Scalar> {
        let (output, mean, variance) = x.batchNorm(weight: weight, bias: bias, epsilon: epsilon)
        runningMean = runningMean * (1 - momentum) + mean * momentum
        runningVariance = runningVariance * (1 - momentum) + variance * momentum
        return output
    }

    /// Visits `weight` and `bias`, and the buffers `running_mean` and `running_var`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
        visitor.visit("weight", &weight)
        visitor.visit("bias", &bias)
        visitor.visitBuffer("running_mean", &runningMean)
        visitor.visitBuffer("running_var", &runningVariance)
    }
}

/// Group normalisation of `[n, channels, ...]` (arXiv 1803.08494).
public struct GroupNorm<Scalar: FloatingTensorScalar>: Layer {
    /// `[channels]`.
    public var weight: Variable<Scalar>

    /// `[channels]`.
    public var bias: Variable<Scalar>

    /// The number of groups, a divisor of the number of channels.
    public var groups: Int

    /// Added to the variance.
    public var epsilon: Scalar

    /// Creates a layer that scales by 1 and shifts by 0.
    public init(groups: Int, channels: Int, epsilon: Scalar = 1e-5) {
        weight = Variable(Tensor(ones: [channels]))
        bias = Variable(Tensor(zeros: [channels]))
        self.groups = groups
        self.epsilon = epsilon
    }

    /// `[n, channels, ...]` to the same shape.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> {
        x.groupNorm(groups: groups, weight: weight, bias: bias, epsilon: epsilon)
    }

    /// Visits `weight` and `bias`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
        visitor.visit("weight", &weight)
        visitor.visit("bias", &bias)
    }
}
