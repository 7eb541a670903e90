import Tensor

// Losses between predictions and targets of the same shape, after broadcasting. Formulas are for single elements.

private func reduced<Scalar>(_ losses: Variable<Scalar>, _ reduction: LossReduction) -> Variable<Scalar> {
    switch reduction {
    case .none: losses
    case .mean: losses.mean()
    case .sum: losses.sum()
    }
}

/// (x - y)².
public func meanSquaredError<Scalar>(
    _ prediction: Variable<Scalar>, _ target: Variable<Scalar>, reduction: LossReduction = .mean
) -> Variable<Scalar> {
    reduced((prediction - target).squared(), reduction)
}

/// |x - y|.
public func meanAbsoluteError<Scalar>(
    _ prediction: Variable<Scalar>, _ target: Variable<Scalar>, reduction: LossReduction = .mean
) -> Variable<Scalar> {
    reduced((prediction - target).abs(), reduction)
}

/// d²/2 where |d| = |x - y| < δ, else δ (|d| - δ/2).
public func huberLoss<Scalar>(
    _ prediction: Variable<Scalar>, _ target: Variable<Scalar>, delta: Scalar = 1, reduction: LossReduction = .mean
) -> Variable<Scalar> {
    let distance = (prediction - target).abs()
    let quadratic = distance.squared() * 0.5
    let linear = (distance - delta * 0.5) * delta
    return reduced(Variable.select(distance.value .< delta, quadratic, linear), reduction)
}

/// d²/2β where |d| = |x - y| < β, else |d| - β/2: the Huber loss over β.
public func smoothL1Loss<Scalar>(
    _ prediction: Variable<Scalar>, _ target: Variable<Scalar>, beta: Scalar = 1, reduction: LossReduction = .mean
) -> Variable<Scalar> {
    beta == 0
        ? meanAbsoluteError(prediction, target, reduction: reduction)
        : huberLoss(prediction, target, delta: beta, reduction: reduction) / beta
}

/// The cross-entropy of logits x with probabilities y: max(x, 0) - x y + log(1 + e^-|x|).
///
/// - Parameters:
///   - logits: x, of any shape.
///   - target: the probabilities y, in the shape of the logits.
///   - positiveWeight: a factor for the positive part, y log σ(x).
///   - reduction: how the losses of all elements are combined.
public func binaryCrossEntropy<Scalar>(
    logits: Variable<Scalar>, _ target: Variable<Scalar>, positiveWeight: Scalar = 1,
    reduction: LossReduction = .mean
) -> Variable<Scalar> {
    // (1 - y) x + (1 + (p - 1) y) softplus(-x), which is the formula above for p = 1.
    let negative = (-logits).softplus(threshold: .infinity)
    let weight = target * (positiveWeight - 1) + 1
    return reduced((1 - target) * logits + weight * negative, reduction)
}

/// The negative log-likelihood of class targets under log-probabilities `[n, classes]`; the mean is over targets that
/// count.
public func negativeLogLikelihood<Scalar>(
    _ logProbabilities: Variable<Scalar>, _ targets: Tensor<Int64>, ignoring: Int64 = -100,
    reduction: LossReduction = .mean
) -> Variable<Scalar> {
    guard logProbabilities.rank == 2, targets.shape == [logProbabilities.shape[0]] else {
        trap("negativeLogLikelihood: targets \(targets.shape) do not fit log-probabilities \(logProbabilities.shape)")
    }
    let classes = logProbabilities.shape[1]
    var chosen = Tensor<Scalar>(zeros: logProbabilities.shape)
    let wanted = targets.array
    chosen.withUnsafeMutableBufferPointer { chosen in
        for (row, target) in wanted.enumerated() where target != ignoring {
            guard target >= 0, target < Int64(classes) else {
                trap("negativeLogLikelihood: the target \(target) of row \(row) is not one of \(classes) classes")
            }
            chosen[row * classes + Int(target)] = 1
        }
    }
    let losses = -(logProbabilities.replaced(where: chosen .== 0, by: 0)).sum(axis: 1)
    return reduction == .mean ? losses.sum() / chosen.sum().scalar : reduced(losses, reduction)
}

/// KL(p ‖ q) with both as log-probabilities: e^p (p - q), summed and divided by the first extent for the mean.
///
/// - Parameters:
///   - logPrediction: log q.
///   - logTarget: log p.
///   - reduction: how the losses of all elements are combined; the mean divides by the first extent alone.
public func klDivergence<Scalar>(
    _ logPrediction: Variable<Scalar>, logTarget: Variable<Scalar>, reduction: LossReduction = .mean
) -> Variable<Scalar> {
    let losses = logTarget.exp() * (logTarget - logPrediction)
    return reduction == .mean ? losses.sum() / Scalar(losses.shape[0]) : reduced(losses, reduction)
}

/// ½ (log max(v, ε) + (x - y)² / max(v, ε)), plus ½ log 2π if full.
public func gaussianNLL<Scalar>(
    _ prediction: Variable<Scalar>, _ target: Variable<Scalar>, variance: Variable<Scalar>, isFull: Bool = false,
    epsilon: Scalar = 1e-6, reduction: LossReduction = .mean
) -> Variable<Scalar> {
    let bounded = variance.clamped(to: epsilon...Scalar.infinity)
    var losses = (bounded.log() + (prediction - target).squared() / bounded) * 0.5
    if isFull { losses = losses + 0.918938533204672742 }
    return reduced(losses, reduction)
}

/// e^x - y x: the negative log-likelihood of counts y for log-rates x, without the constant.
public func poissonNLL<Scalar>(
    logRate: Variable<Scalar>, _ target: Variable<Scalar>, reduction: LossReduction = .mean
) -> Variable<Scalar> {
    reduced(logRate.exp() - target * logRate, reduction)
}

/// ⟨a, b⟩ / max(‖a‖ ‖b‖, ε) along an axis.
public func cosineSimilarity<Scalar>(
    _ a: Variable<Scalar>, _ b: Variable<Scalar>, axis: Int = -1, epsilon: Scalar = 1e-8
) -> Variable<Scalar> {
    let lengthA = a.norm(axes: [axis]).maximum(Variable(epsilon))
    let lengthB = b.norm(axes: [axis]).maximum(Variable(epsilon))
    return (a * b).sum(axis: axis) / (lengthA * lengthB)
}

/// max(0, ‖a - p‖ - ‖a - n‖ + margin), distances along the last axis with ε added to each difference.
public func tripletLoss<Scalar>(
    anchor: Variable<Scalar>, positive: Variable<Scalar>, negative: Variable<Scalar>, margin: Scalar = 1,
    p: Double = 2, epsilon: Scalar = 1e-6, reduction: LossReduction = .mean
) -> Variable<Scalar> {
    let near = (anchor - positive + epsilon).norm(p, axes: [-1])
    let far = (anchor - negative + epsilon).norm(p, axes: [-1])
    return reduced((near - far + margin).relu(), reduction)
}

/// max(0, -t (a - b) + margin): t = 1 wants a above b, t = -1 below.
public func marginRankingLoss<Scalar>(
    _ a: Variable<Scalar>, _ b: Variable<Scalar>, target: Tensor<Scalar>, margin: Scalar = 0,
    reduction: LossReduction = .mean
) -> Variable<Scalar> {
    reduced((-(Variable(target) * (a - b)) + margin).relu(), reduction)
}
