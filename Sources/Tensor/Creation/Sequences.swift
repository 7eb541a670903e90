extension Tensor where Scalar: IntegerTensorScalar {
    /// The numbers from `start` up to but not including `stop`: `[⌈(stop - start) / step⌉]`.
    public static func arange(_ start: Scalar, _ stop: Scalar, by step: Scalar = 1) -> Tensor {
        guard step != 0 else { trap("arange: the step is 0") }
        var values: [Scalar] = []
        var value = start
        while step > 0 ? value < stop : value > stop {
            values.append(value)
            let (next, overflow) = value.addingReportingOverflow(step)
            if overflow { break }
            value = next
        }
        return Tensor(values)
    }

    /// The numbers from 0 up to but not including `stop`.
    public static func arange(_ stop: Scalar) -> Tensor { arange(0, stop) }
}

extension Tensor where Scalar: FloatingTensorScalar {
    /// The numbers from `start` up to but not including `stop`: `[⌈(stop - start) / step⌉]`.
    public static func arange(_ start: Scalar, _ stop: Scalar, by step: Scalar = 1) -> Tensor {
        let (first, last, distance) = (start.doubleValue, stop.doubleValue, step.doubleValue)
        let steps = ((last - first) / distance).rounded(.up)
        guard distance != 0, steps.isFinite, steps < 1e15 else {
            trap("arange: the range from \(start) to \(stop) by \(step) has no finite number of elements")
        }
        return Tensor(Tensor<Double>(count: max(0, Int(steps))) { first + Double($0) * distance })
    }

    /// The numbers from 0 up to but not including `stop`.
    public static func arange(_ stop: Scalar) -> Tensor { arange(0, stop) }

    /// `count` evenly spaced numbers from `start` to `end`, both included; only `start` if the count is 1.
    public static func linspace(_ start: Scalar, _ end: Scalar, count: Int) -> Tensor {
        guard count >= 0 else { trap("linspace: the count \(count) is negative") }
        let (first, last) = (start.doubleValue, end.doubleValue)
        let step = count > 1 ? (last - first) / Double(count - 1) : 0
        // From both ends, so that both are exact.
        return Tensor(
            Tensor<Double>(count: count) {
                $0 < (count + 1) / 2 ? first + Double($0) * step : last - Double(count - 1 - $0) * step
            })
    }
}

extension Tensor {
    /// Every combination of the elements of rank-1 tensors: tensor i of the result varies along axis i. Views.
    public static func meshgrid(_ axes: [Tensor]) -> [Tensor] {
        guard axes.count <= TensorShape.maximumRank else { trap("meshgrid: \(axes.count) axes are too many") }
        var shape = TensorShape()
        for axis in axes {
            guard axis.rank == 1 else { trap("meshgrid: an axis has the shape \(axis.shape), but rank 1 is needed") }
            shape.append(axis.count)
        }
        return axes.enumerated().map { position, axis in
            var own = TensorShape(repeating: 1, rank: axes.count)
            own.extents[position] = axis.count
            return axis.reshaped(own).broadcast(to: shape)
        }
    }
}
