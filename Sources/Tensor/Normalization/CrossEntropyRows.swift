import CKernels

extension Tensor where Scalar: FloatingTensorScalar {
    /// The cross-entropy of each row of logits with its target class, and on request the gradient, in one pass over memory.
    ///
    /// Called on logits `[n, classes]`. Rows whose target is `ignoredTarget` have loss 0 and gradient 0.
    ///
    /// - Parameters:
    ///   - targets: `[n]`, each in `0..<classes` or `ignoredTarget`; anything else traps.
    ///   - ignoredTarget: the target of rows that do not count.
    ///   - smoothing: the share of each target that is spread evenly over all classes.
    ///   - gradientScale: what the gradient is multiplied by, or nil for no gradient.
    public func crossEntropyRows(
        targets: Tensor<Int64>, ignoring ignoredTarget: Int64, smoothing: Double, gradientScale: Double?
    ) -> (losses: Tensor, gradient: Tensor?) {
        guard rank == 2, targets.shape == [shape[0]] else {
            trap("crossEntropy: targets of shape \(targets.shape) do not fit logits of shape \(shape)")
        }
        let (rows, classes) = (shape[0], shape[1])
        let (source, wanted) = (contiguous(), targets.contiguous())
        for row in 0..<rows {
            let target = wanted.pointer[row]
            if target != ignoredTarget, target < 0 || target >= Int64(classes) {
                trap("crossEntropy: the target \(target) of row \(row) is not one of \(classes) classes")
            }
        }
        let losses = Tensor(uninitialized: [rows])
        let gradient = gradientScale.map { _ in Tensor(uninitialized: shape) }
        Parallelism.forEachPiece(of: rows, grain: max(1, Grain.elementwise / 4 / max(classes, 1))) { piece in
            for row in piece {
                let target = wanted.pointer[row]
                let into = gradient.map { $0.pointer + row * classes }
                if target == ignoredTarget {
                    losses.pointer[row] = 0
                    into?.update(repeating: 0, count: classes)
                } else {
                    let loss = mk_cross_entropy(
                        Scalar.dtype.kernelType, classes, source.pointer + row * classes, Int(target), smoothing,
                        gradientScale ?? 0, into)
                    losses.pointer[row] = Scalar(loss)
                }
            }
        }
        return (losses, gradient)
    }
}
