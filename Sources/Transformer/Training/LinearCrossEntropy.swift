import Autograd
import Tensor

/// The mean cross-entropy of x Wᵀ with target classes, without all logits in memory at once.
///
/// Some rows at a time go through the product; their gradient is taken at once, so what is kept for the backward pass is
/// the gradients' size, not that of `[n, classes]`. ∂x = (p - t) W / n, ∂W = (p - t)ᵀ x / n.
///
/// - Parameters:
///   - x: `[n, features]`.
///   - weight: `[classes, features]`.
///   - targets: `[n]`, each a class.
/// - Returns: one number; NaN if there are no rows.
public func linearCrossEntropy(
    _ x: Variable<Float>, _ weight: Variable<Float>, _ targets: Tensor<Int64>
) -> Variable<Float> {
    guard x.rank == 2, weight.rank == 2, x.shape[1] == weight.shape[1], targets.shape == [x.shape[0]] else {
        trap("linearCrossEntropy: \(x.shape), weights \(weight.shape) and targets \(targets.shape) do not fit together")
    }
    let rows = x.shape[0]
    let scale = 1 / Double(rows)
    var total: Double = 0
    var slopes: [Tensor<Float>] = []
    var weightSlope: Tensor<Float>?
    // As many rows as make 64 MB of logits, but enough of them for an efficient product.
    let step = max(128, 16_000_000 / max(1, weight.shape[0]))
    for start in stride(from: 0, to: rows, by: step) {
        let count = min(step, rows - start)
        let part = x.value.narrowed(axis: 0, from: start, count: count)
        let logits = part.matmul(weight.value.transposed())
        let (losses, slope) = logits.crossEntropyRows(
            targets: targets.narrowed(axis: 0, from: start, count: count), ignoring: -1, smoothing: 0,
            gradientScale: x.isTracked || weight.isTracked ? scale : nil)
        total += Double(losses.sum().scalar)
        guard let slope else { continue }
        if x.isTracked { slopes.append(slope.matmul(weight.value)) }
        if weight.isTracked {
            let share = slope.transposed().matmul(part)
            weightSlope = weightSlope.take().map { $0 + share } ?? share
        }
    }
    let inputSlope = slopes.isEmpty ? nil : slopes.count == 1 ? slopes[0] : Tensor.concatenated(slopes)
    let value = Tensor(Float(rows == 0 ? .nan : total * scale))
    return Variable.recorded("linearCrossEntropy", value, from: [x, weight]) { [weightSlope] gradient, pass in
        if pass.recordsGradient {
            let classes = weight.shape[0]
            let error = pass[x].linear(pass[weight]).softmax() - Variable(Tensor.oneHot(targets, classes: classes))
            let slope = error * gradient * Float(scale)
            pass.send(to: 0) { slope.matmul(pass[weight]) }
            pass.send(to: 1) { slope.transposed().matmul(pass[x]) }
            return
        }
        pass.send(to: 0) { Variable(inputSlope ?? Tensor(zeros: x.shape)) * gradient }
        pass.send(to: 1) { Variable(weightSlope ?? Tensor(zeros: weight.shape)) * gradient }
    }
}
