import Tensor

extension Variable {
    /// The determinants of square matrices `[..., n, n]`, of shape `[...]`.
    ///
    /// ∂A = G C with the cofactors C: det(A) A⁻ᵀ, for singular matrices by singular values or, if the gradient is
    /// differentiated again, by minors, which takes O(n⁵).
    public func determinant() -> Variable {
        let result = value.determinant()
        return Variable.record("determinant", result, from: self) { gradient, pass in
            pass.send(to: 0) {
                let cofactors = pass[self].cofactors(pass.result(result), isDifferentiated: pass.recordsGradient)
                return gradient.asMatrices * cofactors
            }
        }
    }

    /// The signs and logarithms of magnitudes of the determinants of square matrices `[..., n, n]`, of shape `[...]`.
    ///
    /// ∂A = A⁻ᵀ G, NaN for a singular matrix; the sign has no gradient.
    public func logAbsDeterminant() -> (sign: Tensor<Scalar>, logMagnitude: Variable) {
        let (sign, logMagnitude) = { ($0.sign, $0.logMagnitude) }(value.logAbsDeterminant())
        let result = Variable.record("logAbsDeterminant", logMagnitude, from: self) { gradient, pass in
            pass.send(to: 0) {
                let isRegular = (sign.abs() .> 0).unsqueezed(-1).unsqueezed(-1).and(value.areFiniteMatrices)
                let inverse = pass[self].inverse(where: isRegular).replaced(where: !isRegular, by: .nan)
                return gradient.asMatrices * inverse.transposed()
            }
        }
        return (sign, result)
    }

    /// The logarithms of the determinants of square matrices: NaN where one is negative, -infinity where it is 0.
    ///
    /// ∂A = A⁻ᵀ G.
    public func logDeterminant() -> Variable {
        let (sign, logMagnitude) = logAbsDeterminant()
        return logMagnitude.replaced(where: sign .< 0, by: .nan)
    }

    /// The inverses of the matrices for which a condition `[..., 1, 1]` holds; of the others, the identity.
    private func inverse(where isRegular: Tensor<Bool>) -> Variable {
        let regular = Variable.select(isRegular, self, Variable(Tensor.eye(shape[-1])))
        return Variable.orNaN(shape) { () throws(LinearAlgebraError) in try regular.inverse() }
    }

    /// The derivatives of the determinants by every element.
    private func cofactors(_ determinant: Variable, isDifferentiated: Bool) -> Variable {
        let determinants = determinant.asMatrices
        let isFinite = value.areFiniteMatrices
        let isRegular = (determinants.value.abs() .> 0).and(isFinite)
        let regular = determinants * inverse(where: isRegular).transposed()
        guard isRegular.contains(false) else { return regular }
        let finite = Variable.select(isFinite, self, Variable(Tensor.eye(shape[-1])))
        let singular =
            isDifferentiated ? finite.cofactorsByMinors() : Variable(finite.value.cofactorsBySingularValues())
        return Variable.select(isRegular, regular, singular).replaced(where: !isFinite, by: .nan)
    }

    /// The cofactors as determinants of what is left without an element's row and column.
    private func cofactorsByMinors() -> Variable {
        let n = shape[-1]
        var positions: [Int64] = []
        var signs: [Scalar] = []
        for row in 0..<n {
            for column in 0..<n {
                signs.append((row + column) % 2 == 0 ? 1 : -1)
                for i in 0..<n where i != row {
                    for j in 0..<n where j != column { positions.append(Int64(i * n + j)) }
                }
            }
        }
        let leading = Array(shape.dropLast(2))
        let flat = reshaped(leading + [n * n])
        let minors = flat.indexSelected(axis: -1, Tensor(positions)).reshaped(leading + [n, n, n - 1, n - 1])
        return minors.determinant() * Variable(Tensor(signs, shape: [n, n]))
    }
}

extension Tensor where Scalar: FloatingTensorScalar {
    /// Which matrices hold neither NaN nor infinity: `[..., 1, 1]`.
    fileprivate var areFiniteMatrices: Tensor<Bool> { (self * 0).sum(axes: [-2, -1], keepDimensions: true) .== 0 }

    /// The cofactors det(U) det(V) U diag(products of the other singular values) Vᵀ, right for every rank.
    fileprivate func cofactorsBySingularValues() -> Tensor {
        guard let decomposition = try? svd() else { return Tensor(repeating: .nan, shape: shape) }
        let n = shape[-1]
        let values = decomposition.singularValues.array
        var others = [Scalar](repeating: 1, count: values.count)
        for index in values.indices {
            let start = index / n * n
            for other in start..<start + n where other != index { others[index] *= values[other] }
        }
        let (u, v) = (decomposition.u, decomposition.vTransposed)
        let scaled = u * Tensor(others, shape: decomposition.singularValues.shape).unsqueezed(-2)
        let orientation = (u.determinant() * v.determinant()).unsqueezed(-1).unsqueezed(-1)
        return scaled.matmul(v) * orientation
    }
}
