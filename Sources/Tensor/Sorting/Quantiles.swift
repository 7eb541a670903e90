extension Tensor where Scalar: NumericTensorScalar {
    /// The median of all elements: for an even count the lower of the middle two; NaN if any element is.
    ///
    /// Traps if there are no elements.
    public func median() -> Tensor {
        let result = flattened().median(axis: 0)
        return result.values
    }

    /// The medians along an axis, which disappears, and their positions: for an even count the lower of the middle two;
    /// NaN, and the first NaN's position, if any element is NaN.
    ///
    /// Traps if the axis is empty.
    public func median(axis: Int) -> (values: Tensor, indices: Tensor<Int64>) {
        let position = shape.axis(axis, in: "median")
        let extent = shape.extents[position]
        guard extent > 0 else { trap("median: axis \(axis) of the shape \(shape) is empty") }
        let middle = (extent - 1) / 2
        let smallest = topK(middle + 1, axis: position, largest: false)
        var indices = smallest.indices.narrowed(axis: position, from: middle, count: 1)
        var values = smallest.values.narrowed(axis: position, from: middle, count: 1)
        if Scalar.dtype.isFloatingPoint {
            let top = topK(1, axis: position)
            let hasNaN = top.values .!= top.values
            values = hasNaN.select(top.values, values)
            indices = hasNaN.select(top.indices, indices)
        }
        return (values.contiguous().squeezed(position), indices.contiguous().squeezed(position))
    }
}

extension Tensor where Scalar: FloatingTensorScalar {
    /// The quantiles of all elements at `probabilities`, by linear interpolation: `[probabilities.count]`.
    public func quantile(_ probabilities: [Double]) -> Tensor {
        flattened().quantile(probabilities, axis: 0)
    }

    /// The quantile of all elements at a probability.
    public func quantile(_ probability: Double) -> Tensor {
        quantile([probability]).squeezed(0)
    }

    /// The quantiles along an axis, by linear interpolation between the elements around position p (n - 1) in sorted
    /// order; the axis of the probabilities comes first, as in NumPy.
    ///
    /// NaN if any element is NaN. Traps if the axis is empty or a probability lies outside [0, 1].
    public func quantile(_ probabilities: [Double], axis: Int) -> Tensor {
        let position = shape.axis(axis, in: "quantile")
        let extent = shape.extents[position]
        guard extent > 0 else { trap("quantile: axis \(axis) of the shape \(shape) is empty") }
        let last = rank - 1
        let sorted = self.sorted(axis: position).values.movingAxis(position, to: last).contiguous()
        let rows = sorted.count / extent
        var target = TensorShape([probabilities.count])
        for other in 0..<last { target.append(sorted.shape.extents[other]) }
        let result = Tensor<Double>(uninitialized: target)
        let wide = Tensor<Double>(sorted).contiguous()
        let (source, out) = (wide.pointer, result.pointer)
        for (index, probability) in probabilities.enumerated() {
            guard probability >= 0, probability <= 1 else {
                trap("quantile: the probability \(probability) lies outside [0, 1]")
            }
            let place = probability * Double(extent - 1)
            let low = min(Int(place), extent - 1)
            let high = min(low + 1, extent - 1)
            let weight = place - Double(low)
            for row in 0..<rows {
                let line = source + row * extent
                let (a, b) = (line[low], line[high])
                // NaN sorts last. Equal ends, infinite ones too, need no interpolation.
                let value = weight == 0 || a == b ? a : a + weight * (b - a)
                out[index * rows + row] = line[extent - 1].isNaN ? .nan : value
            }
        }
        return Tensor(result)
    }
}
