extension Tensor where Scalar: NumericTensorScalar {
    /// The Kronecker product: every element of this tensor times the whole of the other.
    ///
    /// `[m, n]` and `[p, q]` give `[m p, n q]`. A tensor of lower rank gets leading axes of extent 1; traps beyond 4 axes.
    public func kron(_ other: Tensor) -> Tensor {
        let rank = max(self.rank, other.rank)
        guard rank <= TensorShape.maximumRank / 2 else {
            trap("kron: the shapes \(shape) and \(other.shape) have more than \(TensorShape.maximumRank / 2) axes")
        }
        var left = TensorShape()
        var right = TensorShape()
        var result = TensorShape()
        for axis in 0..<rank {
            let own = axis - (rank - self.rank)
            let others = axis - (rank - other.rank)
            let a = own >= 0 ? shape[own] : 1
            let b = others >= 0 ? other.shape[others] : 1
            left.append(a)
            left.append(1)
            right.append(1)
            right.append(b)
            result.append(a * b)
        }
        return (reshaped(left) * other.reshaped(right)).reshaped(result)
    }
}
