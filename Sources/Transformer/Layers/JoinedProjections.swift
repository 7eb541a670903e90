import Autograd
import Tensor

/// Quantised projections of one input, such as those to queries, keys and values, as one product: the input is rounded
/// once, and threads meet once.
///
/// The projections keep their weights, as parts of the joined matrix's memory.
struct JoinedProjections: Sendable {
    let matrix: QuantizedMatrix
    let bias: Tensor<Float>?
    let isExact: Bool
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

    /// Whether a projection still is what was joined: it has not been adapted and has no other weights by now.
    func stands(for projection: borrowing Projection) -> Bool {
        projection.adapter == nil && projection.weight.packed?.isPart(of: matrix) == true
            && projection.weight.isExact == isExact && projection.bias?.isTracked != true
    }

    /// What the projections give, each.
    func callAsFunction(_ x: Variable<Float>) -> [Variable<Float>] {
        x.linear(matrix, bias: bias.map { Variable($0) }, isExact: isExact).split(sizes: widths, axis: -1)
    }
}
