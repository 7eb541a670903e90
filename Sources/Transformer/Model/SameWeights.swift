import Autograd
import Tensor

extension TransformerModel {
    /// Whether two models are copies of one another: the same configuration, with all weights and adapters in the same
    /// memory. Copies whose weights were changed since are not.
    func computesAlike(_ other: TransformerModel) -> Bool {
        guard configuration == other.configuration, denseWeights == other.denseWeights else { return false }
        let (own, others) = (packedWeights, other.packedWeights)
        return own.count == others.count
            && zip(own, others).allSatisfy { a, b in
                // Matrices in other forms than panels do not tell where they lie; norms beside them do.
                a.isPart(of: a) ? a.isPart(of: b) : a.format == b.format
            }
    }

    /// The memory of all parameters and adapters, with the adapters' scales.
    private var denseWeights: [DenseWeight] {
        var result = parameters.map { DenseWeight(storage: ObjectIdentifier($0.value.storage), scale: 1) }
        var copy = self
        copy.updateProjections { _, projection in
            for matrix in projection.adapter.map({ [$0.down, $0.up] }) ?? [] {
                result.append(
                    DenseWeight(
                        storage: ObjectIdentifier(matrix.value.storage), scale: projection.adapter?.scale ?? 1))
            }
        }
        return result
    }

    /// The quantised matrices.
    private var packedWeights: [QuantizedMatrix] {
        var result = [tokens, positions, types].compactMap { $0?.packed }
        var copy = self
        copy.updateProjections { _, projection in if let packed = projection.weight.packed { result.append(packed) } }
        return result
    }
}

/// Where a parameter lies, and what its product is multiplied by.
private struct DenseWeight: Equatable {
    var storage: ObjectIdentifier
    var scale: Float
}
