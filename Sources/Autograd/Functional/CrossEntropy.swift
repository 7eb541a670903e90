import Tensor

/// How the losses of single elements become one value.
public enum LossReduction: Sendable, Hashable {
    /// Each element's loss by itself.
    case none
    /// The mean; for weighted cross-entropy divided by the sum of the weights.
    case mean
    /// The sum.
    case sum
}

/// The cross-entropy of logits with class targets.
///
/// The mean divides by the number of targets that count, or by the sum of their weights; if none counts it is NaN, since a
/// 0 would hide the mistake.
///
/// - Parameters:
///   - logits: `[n, classes]`.
///   - targets: `[n]` class numbers.
///   - weights: `[classes]` factors for the targets' classes, or nil. No gradient flows to them.
///   - ignoring: a target that marks rows without loss.
///   - smoothing: the share of each target that is spread evenly over the classes (arXiv 1512.00567).
///   - reduction: how the losses of the rows are combined.
public func crossEntropy<Scalar>(
    _ logits: Variable<Scalar>, _ targets: Tensor<Int64>, weights: Tensor<Scalar>? = nil, ignoring: Int64 = -100,
    smoothing: Double = 0, reduction: LossReduction = .mean
) -> Variable<Scalar> {
    guard logits.rank == 2, targets.shape == [logits.shape[0]] else {
        trap("crossEntropy: targets of shape \(targets.shape) do not fit logits of shape \(logits.shape)")
    }
    if weights != nil || reduction == .none {
        return weightedCrossEntropy(logits, targets, weights, ignoring, smoothing, reduction)
    }
    let kept = (targets .!= ignoring).sum().scalar
    let scale: Double = reduction == .mean ? 1 / Double(kept) : 1
    let (losses, slope) = logits.value.crossEntropyRows(
        targets: targets, ignoring: ignoring, smoothing: smoothing, gradientScale: logits.isTracked ? scale : nil)
    // An infinite scale times no loss: the mean of nothing, NaN.
    let value = losses.sum() * Scalar(scale)
    return Variable<Scalar>.record("crossEntropy", value, from: logits) { gradient, pass in
        pass.send(to: 0) {
            if !pass.recordsGradient { return gradient * Variable(slope!) }
            let target: Tensor<Scalar> = targetDistribution(logits.shape, targets, nil, ignoring, smoothing)
            let probability = pass[logits].softmax() * Variable(target.sum(axes: [1], keepDimensions: true))
            return gradient * (probability - Variable(target)) * Scalar(scale)
        }
    }
}

/// The cross-entropy of logits `[n, classes]` with target distributions of the same shape.
///
/// The targets are constants: no gradient flows to them.
public func crossEntropy<Scalar>(
    _ logits: Variable<Scalar>, distributions: Tensor<Scalar>, reduction: LossReduction = .mean
) -> Variable<Scalar> {
    // A class without probability costs nothing, even where its logit is -infinity: 0 · ∞ is 0 here.
    let logProbability = logits.logSoftmax().replaced(where: distributions .== 0, by: 0)
    let losses = -(Variable(distributions) * logProbability).sum(axis: -1)
    switch reduction {
    case .none: return losses
    case .mean: return losses.mean()
    case .sum: return losses.sum()
    }
}

private func weightedCrossEntropy<Scalar>(
    _ logits: Variable<Scalar>, _ targets: Tensor<Int64>, _ weights: Tensor<Scalar>?, _ ignoring: Int64,
    _ smoothing: Double, _ reduction: LossReduction
) -> Variable<Scalar> {
    let target = targetDistribution(logits.shape, targets, weights, ignoring, smoothing)
    let losses = crossEntropy(logits, distributions: target, reduction: .none)
    switch reduction {
    case .none: return losses
    case .sum: return losses.sum()
    case .mean:
        let plain = targetDistribution(logits.shape, targets, weights, ignoring, 0)
        return losses.sum() / plain.sum().scalar
    }
}

/// The weighted, smoothed target of each row, so that its loss is -Σ target log p; rows that are ignored are zero.
private func targetDistribution<Scalar: FloatingTensorScalar>(
    _ shape: TensorShape, _ targets: Tensor<Int64>, _ weights: Tensor<Scalar>?, _ ignoring: Int64, _ smoothing: Double
) -> Tensor<Scalar> {
    let classes = shape[1]
    var result = Tensor<Scalar>(zeros: shape)
    let weight = weights?.array ?? [Scalar](repeating: 1, count: classes)
    let wanted = targets.array
    result.withUnsafeMutableBufferPointer { result in
        for (row, target) in wanted.enumerated() where target != ignoring {
            guard target >= 0, target < Int64(classes) else {
                trap("crossEntropy: the target \(target) of row \(row) is not one of \(classes) classes")
            }
            let share = Scalar(smoothing / Double(classes))
            if smoothing > 0 { for column in 0..<classes { result[row * classes + column] = share * weight[column] } }
            result[row * classes + Int(target)] += Scalar(1 - smoothing) * weight[Int(target)]
        }
    }
    return result
}
