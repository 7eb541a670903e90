import Tensor

extension Variable {
    /// Running sums along an axis. ∂x: running sums of G from the other end.
    public func cumulativeSum(axis: Int) -> Variable {
        Variable.record("cumulativeSum", value.cumulativeSum(axis: axis), from: self) { gradient, pass in
            pass.send(to: 0) { gradient.flipped(axes: [axis]).cumulativeSum(axis: axis).flipped(axes: [axis]) }
        }
    }

    /// Running products along an axis. ∂x_j = Σ_{i≥j} G_i Π_{k≤i, k≠j} x_k, right also at zeros.
    public func cumulativeProduct(axis: Int) -> Variable {
        Variable.record("cumulativeProduct", value.cumulativeProduct(axis: axis), from: self) { gradient, pass in
            pass.send(to: 0) {
                // Row j holds the running products with x_j left out. Quadratic, but differentiable any number of times.
                pass[self].pairwise(gradient, axis) { x, g, length in
                    let left = x.replaced(where: Tensor<Scalar>.eye(length) .== 1, by: 1)
                    return left.cumulativeProduct(axis: -1) * g
                }
            }
        }
    }

    /// log of running sums of exponentials along an axis. ∂x_j = Σ_{i≥j} G_i exp(x_j - y_i).
    public func cumulativeLogSumExp(axis: Int) -> Variable {
        let result = value.cumulativeLogSumExp(axis: axis)
        return Variable.record("cumulativeLogSumExp", result, from: self) { gradient, pass in
            pass.send(to: 0) {
                // Where everything so far is -infinity nothing may flow: -infinity - -infinity is NaN.
                let isEmpty = result .== -.infinity
                let shift = pass.result(result).replaced(where: isEmpty, by: 0)
                let y = shift.movingAxis(axis, to: -1).unsqueezed(-2)
                return pass[self].pairwise(gradient, axis) { x, g, length in
                    let hidden = Tensor<Bool>.upperTriangle(rows: length, columns: length)
                    let exponent = x.transposed() - y
                    return exponent.replaced(where: !hidden, by: -.infinity).exp() * g
                }
            }
        }
    }

    /// Σ_{i≥j} of a matrix `[..., j, i]` made from x `[..., 1→j, i]` and G `[..., 1→j, i]`, with the axis back in place.
    private func pairwise(
        _ gradient: Variable, _ axis: Int, _ matrix: (_ x: Variable, _ gradient: Variable, _ length: Int) -> Variable
    ) -> Variable {
        let length = shape[axis]
        let moved = movingAxis(axis, to: -1)
        var square = Array(moved.shape)
        square.insert(length, at: square.count - 1)
        let x = moved.unsqueezed(-2).broadcast(to: TensorShape(square))
        let g = gradient.movingAxis(axis, to: -1).unsqueezed(-2)
        let future = Tensor<Bool>.upperTriangle(rows: length, columns: length)
        let rows = matrix(x, g, length).replaced(where: !future, by: 0)
        return rows.sum(axis: -1).movingAxis(-1, to: axis)
    }

    /// Running maxima along an axis; each gradient goes to the position that the maximum came from.
    public func cumulativeMaximum(axis: Int) -> (values: Variable, indices: Tensor<Int64>) {
        let (_, indices) = value.cumulativeMaximum(axis: axis)
        return (gathered(axis: axis, indices), indices)
    }

    /// Running minima along an axis; each gradient goes to the position that the minimum came from.
    public func cumulativeMinimum(axis: Int) -> (values: Variable, indices: Tensor<Int64>) {
        let (_, indices) = value.cumulativeMinimum(axis: axis)
        return (gathered(axis: axis, indices), indices)
    }
}
