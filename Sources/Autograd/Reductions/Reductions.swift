import Tensor

extension Variable {
    /// The shape with extent 1 at reduced axes, to stretch a reduction's gradient from.
    private func keptShape(_ axes: [Int]?) -> TensorShape {
        var kept = shape
        if let axes {
            for axis in axes { kept[axis] = 1 }
        } else {
            for axis in 0..<rank { kept[axis] = 1 }
        }
        return kept
    }

    /// The sum over some axes, or over all. ∂x: G, stretched.
    public func sum(axes: [Int]? = nil, keepDimensions: Bool = false) -> Variable {
        let (full, kept) = (shape, keptShape(axes))
        return Variable.record("sum", value.sum(axes: axes, keepDimensions: keepDimensions), from: self) {
            gradient, pass in
            pass.send(to: 0) { gradient.reshaped(kept).broadcast(to: full) }
        }
    }

    /// The sum over one axis.
    public func sum(axis: Int, keepDimensions: Bool = false) -> Variable {
        sum(axes: [axis], keepDimensions: keepDimensions)
    }

    /// The mean over some axes, or over all. ∂x: G / n, stretched.
    public func mean(axes: [Int]? = nil, keepDimensions: Bool = false) -> Variable {
        let (full, kept) = (shape, keptShape(axes))
        let number = Scalar(full.elementCount / max(1, kept.elementCount))
        return Variable.record("mean", value.mean(axes: axes, keepDimensions: keepDimensions), from: self) {
            gradient, pass in
            pass.send(to: 0) { (gradient / number).reshaped(kept).broadcast(to: full) }
        }
    }

    /// The mean over one axis.
    public func mean(axis: Int, keepDimensions: Bool = false) -> Variable {
        mean(axes: [axis], keepDimensions: keepDimensions)
    }

    /// The variance over some axes, or over all: squared deviations from the mean over `n - correction`.
    public func variance(axes: [Int]? = nil, correction: Int = 1, keepDimensions: Bool = false) -> Variable {
        let number = count / max(1, keptShape(axes).elementCount)
        let deviations = self - mean(axes: axes, keepDimensions: true)
        return deviations.squared().sum(axes: axes, keepDimensions: keepDimensions)
            / Scalar(max(0, number - correction))
    }

    /// The square root of the variance; its gradient is infinite where the variance is 0.
    public func standardDeviation(axes: [Int]? = nil, correction: Int = 1, keepDimensions: Bool = false) -> Variable {
        variance(axes: axes, correction: correction, keepDimensions: keepDimensions).sqrt()
    }

    /// The p-norm of the vectors along some axes, or of all elements.
    ///
    /// p = 2: ∂x = G x / y, 0 where y = 0. p = 1: ∂x = G sign(x). p = 0 counts nonzeros: ∂x = 0. Else
    /// ∂x = G sign(x) |x|^(p-1) y^(1-p).
    public func norm(_ p: Double = 2, axes: [Int]? = nil, keepDimensions: Bool = false) -> Variable {
        let kept = keptShape(axes)
        if p == 1 { return abs().sum(axes: axes, keepDimensions: keepDimensions) }
        if p == .infinity { return abs().maximum(axes: axes, keepDimensions: keepDimensions) }
        if p == -.infinity { return abs().minimum(axes: axes, keepDimensions: keepDimensions) }
        if p == 0 { return sign().abs().sum(axes: axes, keepDimensions: keepDimensions) }
        let result = value.norm(p, axes: axes, keepDimensions: keepDimensions)
        return Variable.record("norm", result, from: self) { gradient, pass in
            pass.send(to: 0) {
                let isZero = result.reshaped(kept) .== 0
                let y = pass.result(result).reshaped(kept).replaced(where: isZero, by: 1)
                let x = pass[self]
                let g = gradient.reshaped(kept)
                if p == 2 { return x * (g / y) }
                let magnitude = x.abs().pow(Scalar(p - 1)).replaced(where: x.value .== 0, by: 0)
                return Variable(x.value.sign()) * magnitude * (g * y.pow(Scalar(1 - p)))
            }
        }
    }

    /// The product over some axes, or over all. ∂x: G times the product of the other elements, right also at zeros.
    public func product(axes: [Int]? = nil, keepDimensions: Bool = false) -> Variable {
        let result = value.product(axes: axes, keepDimensions: keepDimensions)
        let kept = keptShape(axes)
        return Variable.record("product", result, from: self) { gradient, pass in
            pass.send(to: 0) { gradient.reshaped(kept) * pass[self].productOfOthers(axes: axes) }
        }
    }

    /// For every element the product of the others that are reduced with it.
    private func productOfOthers(axes: [Int]?) -> Variable {
        let reduced = (axes ?? Array(0..<rank)).map { $0 < 0 ? $0 + rank : $0 }
        let keptAxes = (0..<rank).filter { !reduced.contains($0) }
        let order = keptAxes + reduced
        let moved = permuted(order)
        let length = reduced.reduce(1) { $0 * shape[$1] }
        guard count > 0 else { return self }
        // Row i of [n, n, length - diagonal]: all but element i. Quadratic, but differentiable any number of times.
        let flat = moved.reshaped([count / length, 1, length])
        var isDiagonal = Tensor<Scalar>(zeros: [length, length])
        isDiagonal.withUnsafeMutableBufferPointer { for i in 0..<length { $0[i * length + i] = 1 } }
        let others = flat.broadcast(to: [count / length, length, length]).replaced(where: isDiagonal .== 1, by: 1)
        var inverse = [Int](repeating: 0, count: rank)
        for (position, axis) in order.enumerated() { inverse[axis] = position }
        return others.product(axes: [2]).reshaped(moved.shape).permuted(inverse)
    }

    /// The largest element over some axes, or over all. The gradient is split evenly among ties.
    public func maximum(axes: [Int]? = nil, keepDimensions: Bool = false) -> Variable {
        extreme("maximum", value.maximum(axes: axes, keepDimensions: keepDimensions), axes)
    }

    /// The smallest element over some axes, or over all. The gradient is split evenly among ties.
    public func minimum(axes: [Int]? = nil, keepDimensions: Bool = false) -> Variable {
        extreme("minimum", value.minimum(axes: axes, keepDimensions: keepDimensions), axes)
    }

    private func extreme(_ name: StaticString, _ result: Tensor<Scalar>, _ axes: [Int]?) -> Variable {
        let kept = keptShape(axes)
        let x = value
        return Variable.record(name, result, from: self) { gradient, pass in
            pass.send(to: 0) {
                let isExtreme = Tensor<Scalar>(x .== result.reshaped(kept))
                let share = isExtreme / isExtreme.sum(axes: axes, keepDimensions: true)
                return gradient.reshaped(kept) * Variable(share)
            }
        }
    }

    /// log Σ exp(x) over some axes, or over all. ∂x: G softmax(x), 0 where everything is -infinity.
    public func logSumExp(axes: [Int]? = nil, keepDimensions: Bool = false) -> Variable {
        let kept = keptShape(axes)
        let result = value.logSumExp(axes: axes, keepDimensions: keepDimensions)
        return Variable.record("logSumExp", result, from: self) { gradient, pass in
            pass.send(to: 0) {
                let isEmpty = result.reshaped(kept) .== -.infinity
                let share = pass[self].replaced(where: isEmpty, by: 0).softmax(axes: axes)
                return gradient.reshaped(kept) * share.replaced(where: isEmpty, by: 0)
            }
        }
    }

    /// exp(x) / Σ exp(x) over several axes together, or over all.
    private func softmax(axes: [Int]?) -> Variable {
        if let axes, axes.count == 1 { return softmax(axis: axes[0]) }
        let reduced = (axes ?? Array(0..<rank)).map { $0 < 0 ? $0 + rank : $0 }
        let order = (0..<rank).filter { !reduced.contains($0) } + reduced
        let moved = permuted(order)
        let columns = reduced.reduce(1) { $0 * shape[$1] }
        let rows = moved.reshaped([columns == 0 ? 0 : count / columns, columns] as TensorShape).softmax()
        var inverse = [Int](repeating: 0, count: rank)
        for (position, axis) in order.enumerated() { inverse[axis] = position }
        return rows.reshaped(moved.shape).permuted(inverse)
    }

    /// exp(x) / Σ exp(x) along an axis. ∂x = y (G - Σ G y).
    public func softmax(axis: Int = -1) -> Variable {
        let result = value.softmax(axis: axis)
        return Variable.record("softmax", result, from: self) { gradient, pass in
            pass.send(to: 0) {
                if !pass.recordsGradient { return Variable(result.softmaxGradient(gradient.value, axis: axis)) }
                let y = pass.result(result)
                return y * (gradient - (gradient * y).sum(axes: [axis], keepDimensions: true))
            }
        }
    }

    /// log softmax(x) along an axis. ∂x = G - softmax(x) Σ G.
    public func logSoftmax(axis: Int = -1) -> Variable {
        let result = value.logSoftmax(axis: axis)
        return Variable.record("logSoftmax", result, from: self) { gradient, pass in
            pass.send(to: 0) {
                if !pass.recordsGradient { return Variable(result.logSoftmaxGradient(gradient.value, axis: axis)) }
                return gradient - pass.result(result).exp() * gradient.sum(axes: [axis], keepDimensions: true)
            }
        }
    }
}
