import Autograd
import Tensor

/// Quantised projections of one input, such as those to queries, keys and values, as one product: the input is rounded
/// once, and threads meet once.
///
/// The projections keep their weights, as parts of the joined matrix's memory.
struct JoinedProjections: Sendable {
    private let matrix: QuantizedMatrix
    private let bias: Tensor<Float>?
    private let isExact: Bool
    private let widths: [Int]

    /// Joins projections; nil if they are not quantised alike, or if only some have a bias.
    init?(_ projections: inout [Projection]) {
        let packed = projections.compactMap(\.weight.packed)
        let biases = projections.compactMap { $0.bias?.value }
        guard projections.count > 1, packed.count == projections.count,
            biases.isEmpty || biases.count == projections.count,
            let (whole, parts) = QuantizedMatrix.joined(packed)
        else { return nil }
        matrix = whole
        bias = biases.isEmpty ? nil : Tensor.concatenated(biases)
        isExact = projections[0].weight.isExact
        widths = projections.map(\.outputs)
        for index in parts.indices {
            projections[index].weight = WeightMatrix(parts[index], isExact: isExact)
        }
    }

    /// What the projections give, each; nil if one of them has been adapted or has other weights by now.
    func callAsFunction(_ x: Variable<Float>, standingFor projections: [Projection]) -> [Variable<Float>]? {
        for projection in projections {
            guard projection.adapter == nil, projection.weight.packed?.isPart(of: matrix) ?? false,
                projection.weight.isExact == isExact, !(projection.bias?.isTracked ?? false)
            else { return nil }
        }
        let all = x.linear(matrix, bias: bias.map { Variable($0) }, isExact: isExact)
        return all.split(sizes: widths, axis: -1)
    }
}
