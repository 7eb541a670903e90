import Tensor

extension Variable {
    /// The Einstein sum; see `Tensor.einsum(_:_:)`. Traps if the equation cannot be read or does not
    /// fit the shapes.
    ///
    /// ∂ of an operand: the Einstein sum of G with the other operands, stretched over labels that only the operand has.
    public static func einsum(_ equation: String, _ operands: Variable...) -> Variable {
        do {
            return try einsum(EinsumEquation(equation, ranks: operands.map(\.rank)), operands)
        } catch {
            trap("einsum: \(error)")
        }
    }

    /// The Einstein sum of an equation that was read before.
    ///
    /// - Throws: `ShapeError` if the shapes do not fit the equation.
    public static func einsum(_ equation: EinsumEquation, _ operands: [Variable]) throws(ShapeError) -> Variable {
        guard operands.contains(where: \.isTracked) else {
            return Variable(try Tensor.einsum(equation, operands.map(\.value)))
        }
        let extents = try equation.extents(of: operands.map(\.shape))
        // With every repeated label reduced to its diagonal, whose gradient is known, operands have one axis per label.
        var equation = equation
        var factors = operands
        for position in factors.indices {
            (factors[position], equation.inputs[position]) = factors[position].diagonals(equation.inputs[position])
        }
        let result = try Tensor.einsum(equation, factors.map(\.value))
        let product = EinsteinProduct(equation: equation, factors: factors, extents: extents)
        return recorded("einsum", result, from: factors) { gradient, pass in
            for index in product.factors.indices {
                pass.send(to: index) { product.gradient(of: index, gradient, pass) }
            }
        }
    }

    /// The variable with every repeated label reduced to a diagonal, and its labels.
    private func diagonals(_ labels: [Int]) -> (Variable, [Int]) {
        var (variable, labels) = (self, labels)
        var position = 0
        while position < labels.count {
            let label = labels[position]
            guard let other = labels[(position + 1)...].firstIndex(of: label) else {
                position += 1
                continue
            }
            variable = variable.diagonal(axes: (position, other))
            labels.remove(at: other)
            labels.remove(at: position)
            labels.append(label)
        }
        return (variable, labels)
    }
}

/// The factors of an Einstein sum, each with one axis per label, as its rule saves them.
private struct EinsteinProduct<Scalar: FloatingTensorScalar>: Sendable {
    let equation: EinsumEquation
    let factors: [Variable<Scalar>]
    let extents: [Int: Int]

    /// The gradient of a factor from that of the sum; axes of extent 1 that were stretched are stretched still.
    func gradient(
        of index: Int, _ gradient: Variable<Scalar>, _ pass: BackwardPass<Scalar>
    ) -> Variable<Scalar> {
        let labels = equation.inputs[index]
        var inputs = [equation.output]
        var operands = [gradient]
        for other in factors.indices where other != index {
            inputs.append(equation.inputs[other])
            operands.append(pass[factors[other]])
        }
        let known = Set(inputs.joined())
        var result: Variable<Scalar>
        do {
            let adjoint = try EinsumEquation(inputs: inputs, output: labels.filter { known.contains($0) })
            result = try Variable.einsum(adjoint, operands)
        } catch {
            trap("the derivative of einsum: \(error)")
        }
        for (position, label) in labels.enumerated() where !known.contains(label) {
            result = result.unsqueezed(position)
        }
        return result.broadcast(to: TensorShape(labels.map { extents[$0]! }))
    }
}
