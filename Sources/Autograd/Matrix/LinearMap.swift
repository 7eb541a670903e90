import Tensor

extension Variable {
    /// A linear map. ∂x: the adjoint map of G, whose own derivative is the map again.
    ///
    /// - Parameters:
    ///   - result: the map of this variable, if it is known already.
    ///   - map: maps a tensor of this variable's shape.
    ///   - adjoint: maps a tensor of the result's shape back, so that `⟨map(x), y⟩ = ⟨x, adjoint(y)⟩`.
    func mapped(
        _ name: StaticString, _ result: Tensor<Scalar>? = nil,
        by map: @escaping @Sendable (Tensor<Scalar>) -> Tensor<Scalar>,
        adjoint: @escaping @Sendable (Tensor<Scalar>) -> Tensor<Scalar>
    ) -> Variable {
        Variable.record(name, result ?? map(value), from: self) { gradient, pass in
            pass.send(to: 0) { gradient.mapped(name, by: adjoint, adjoint: map) }
        }
    }
}
