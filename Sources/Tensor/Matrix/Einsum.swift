extension Tensor where Scalar: FloatingTensorScalar {
    /// The Einstein sum: products over all labels, summed over those that the output leaves out.
    ///
    /// ```swift
    /// Tensor.einsum("bhid,bhjd->bhij", queries, keys)   // attention scores
    /// Tensor.einsum("ii", matrix)                       // trace
    /// Tensor.einsum("...ij->...ji", batch)              // transposition
    /// ```
    ///
    /// Pairs of operands are contracted one after another, the pair with the smallest result first, as batched matrix
    /// products. Traps if the equation cannot be read or does not fit the shapes. An extent of 1 stretches behind an
    /// ellipsis only; a letter has one extent.
    public static func einsum(_ equation: String, _ operands: Tensor...) -> Tensor {
        do {
            return try einsum(EinsumEquation(equation, ranks: operands.map(\.rank)), operands)
        } catch {
            trap("einsum: \(error)")
        }
    }

    /// The Einstein sum of an equation that was read before.
    ///
    /// - Throws: ``ShapeError`` if the shapes do not fit the equation.
    public static func einsum(_ equation: EinsumEquation, _ operands: [Tensor]) throws(ShapeError) -> Tensor {
        guard equation.inputs.count == operands.count, !operands.isEmpty else {
            throw ShapeError("the equation names \(equation.inputs.count) operands, but there are \(operands.count)")
        }
        let extents = try equation.extents(of: operands.map(\.shape))
        var factors = Swift.zip(operands, equation.inputs).map { EinsumFactor($0, $1, extents) }
        while factors.count > 1 {
            let (first, second) = cheapestPair(factors, equation.output, extents)
            let right = factors.remove(at: second)
            let left = factors.remove(at: first)
            var kept = Set(equation.output)
            for factor in factors { kept.formUnion(factor.labels) }
            factors.append(left.contracted(with: right, keeping: kept, extents))
        }
        return factors[0].arranged(as: equation.output, extents)
    }

    /// The pair whose contraction grows memory least.
    private static func cheapestPair(
        _ factors: [EinsumFactor<Scalar>], _ output: [Int], _ extents: [Int: Int]
    ) -> (Int, Int) {
        var best = (0, 1)
        var bestCost = Int.max
        for i in 0..<factors.count {
            for j in i + 1..<max(factors.count, i + 1) {
                var kept = Set(output)
                for (position, factor) in factors.enumerated() where position != i && position != j {
                    kept.formUnion(factor.labels)
                }
                let labels = kept.intersection(factors[i].labels + factors[j].labels)
                let size = labels.reduce(1) { $0 * extents[$1]! }
                let cost = size - factors[i].tensor.count - factors[j].tensor.count
                if cost < bestCost { (best, bestCost) = ((i, j), cost) }
            }
        }
        return best
    }
}

/// An operand, or the product of some, with one different label for every axis.
private struct EinsumFactor<Scalar: FloatingTensorScalar> {
    var tensor: Tensor<Scalar>
    var labels: [Int]

    init(tensor: Tensor<Scalar>, labels: [Int]) {
        self.tensor = tensor
        self.labels = labels
    }

    /// An operand without repeated labels (it is reduced to their diagonal) and without axes that stretch.
    init(_ operand: Tensor<Scalar>, _ operandLabels: [Int], _ extents: [Int: Int]) {
        tensor = operand
        labels = operandLabels
        var position = 0
        while position < labels.count {
            if labels[position] < 0, tensor.shape[position] == 1, extents[labels[position]] != 1 {
                tensor = tensor.squeezed(position)
                labels.remove(at: position)
            } else if let other = labels[(position + 1)...].firstIndex(of: labels[position]) {
                let label = labels[position]
                tensor = tensor.diagonal(axes: (position, other))
                labels.remove(at: other)
                labels.remove(at: position)
                labels.append(label)
            } else {
                position += 1
            }
        }
    }

    func contracted(with other: EinsumFactor, keeping kept: Set<Int>, _ extents: [Int: Int]) -> EinsumFactor {
        // What only one side has and nobody needs is summed first.
        let left = summed { kept.contains($0) || other.labels.contains($0) }
        let right = other.summed { kept.contains($0) || labels.contains($0) }
        let shared = left.labels.filter { right.labels.contains($0) }
        let batch = shared.filter { kept.contains($0) }
        let inner = shared.filter { !kept.contains($0) }
        let rows = left.labels.filter { !shared.contains($0) }
        let columns = right.labels.filter { !shared.contains($0) }
        let resultLabels = batch + rows + columns
        func size(_ labels: [Int]) -> Int { labels.reduce(1) { $0 * extents[$1]! } }
        if inner.isEmpty || (rows.isEmpty && columns.isEmpty && !batch.isEmpty) {
            let all = resultLabels + inner
            let product = left.aligned(to: all) * right.aligned(to: all)
            return EinsumFactor(tensor: product, labels: all).summed { !inner.contains($0) }
        }
        let (batchSize, innerSize) = (size(batch), size(inner))
        let a = left.permuted(to: batch + rows + inner).reshaped([batchSize, size(rows), innerSize] as TensorShape)
        let b = right.permuted(to: batch + inner + columns).reshaped(
            [batchSize, innerSize, size(columns)] as TensorShape)
        requireRank(resultLabels)
        let product = batchSize == 1 ? a.squeezed(0).matmul(b.squeezed(0)) : a.matmul(b)
        return EinsumFactor(
            tensor: product.reshaped(TensorShape(resultLabels.map { extents[$0]! })), labels: resultLabels)
    }

    /// The axes in the output's order; labels that only stretched axes had are stretched now.
    func arranged(as output: [Int], _ extents: [Int: Int]) -> Tensor<Scalar> {
        let kept = summed { output.contains($0) }
        return kept.aligned(to: output).broadcast(to: TensorShape(output.map { extents[$0]! }))
    }

    private func summed(keeping isKept: (Int) -> Bool) -> EinsumFactor {
        let axes = labels.indices.filter { !isKept(labels[$0]) }
        if axes.isEmpty { return self }
        return EinsumFactor(tensor: tensor.sum(axes: Array(axes)), labels: labels.filter(isKept))
    }

    private func permuted(to order: [Int]) -> Tensor<Scalar> {
        tensor.permuted(order.map { labels.firstIndex(of: $0)! })
    }

    /// The axes in the order of `order`, with extent 1 for labels that are not there.
    private func aligned(to order: [Int]) -> Tensor<Scalar> {
        requireRank(order)
        var view = permuted(to: order.filter { labels.contains($0) })
        for (position, label) in order.enumerated() where !labels.contains(label) { view = view.unsqueezed(position) }
        return view
    }

    private func requireRank(_ labels: [Int]) {
        if labels.count > TensorShape.maximumRank {
            trap("einsum: a product on the way has \(labels.count) axes, more than \(TensorShape.maximumRank)")
        }
    }
}
