import Autograd
import Tensor
import Testing

@Suite("Gradients of views, joining and padding")
struct ViewCheckTests {
    static let views: [GradientCase] = [
        GradientCase("reshaped", input([2, 6])) { $0.reshaped([3, -1]) },
        GradientCase("reshaped to a shape", input([2, 6])) { $0.reshaped([4, 3] as TensorShape) },
        GradientCase("reshaped to a scalar", input([1, 1])) { $0.reshaped([] as TensorShape) },
        GradientCase("reshaped, transposed", input([2, 6])) { $0.transposed().reshaped([4, 3] as TensorShape) },
        GradientCase("reshaped, empty", input([0, 3])) { $0.reshaped([3, 0, 2] as TensorShape) },
        GradientCase("flattened", input([2, 3])) { $0.flattened() },
        GradientCase("flattened axes", input([2, 3, 2])) { $0.flattened(axes: 0, through: 1) },
        GradientCase("unsqueezed", input([2, 3])) { $0.unsqueezed(1) },
        GradientCase("unsqueezed last", input([])) { $0.unsqueezed(-1) },
        GradientCase("squeezed", input([2, 1, 3])) { $0.squeezed(1) },
        GradientCase("squeezed all", input([1, 2, 1])) { $0.squeezed() },
        GradientCase("permuted", input([2, 3, 4])) { $0.permuted([2, 0, 1]) },
        GradientCase("permuted from the end", input([2, 3, 4])) { $0.permuted([-1, 0, -2]) },
        GradientCase("permuted scalar", input([])) { $0.permuted([]) },
        GradientCase("transposed", input([2, 3])) { $0.transposed() },
        GradientCase("transposed, named", input([2, 3, 4])) { $0.transposed(0, -1) },
        GradientCase("movingAxis", input([2, 3, 4])) { $0.movingAxis(0, to: 2) },
        GradientCase("movingAxis back", input([2, 3, 4])) { $0.movingAxis(-1, to: 0) },
        GradientCase("narrowed", input([2, 5])) { $0.narrowed(axis: 1, from: 1, count: 3) },
        GradientCase("narrowed by steps", input([2, 7])) { $0.narrowed(axis: -1, from: 1, count: 3, step: 2) },
        GradientCase("narrowed to nothing", input([2, 3])) { $0.narrowed(axis: 0, from: 2, count: 0) },
        GradientCase("selected", input([2, 3])) { $0.selected(axis: 1, at: -1) },
        GradientCase("diagonal", input([3, 4])) { $0.diagonal() },
        GradientCase("diagonal above", input([3, 4])) { $0.diagonal(offset: 2) },
        GradientCase("diagonal below", input([2, 3, 4])) { $0.diagonal(offset: -1, axes: (2, 0)) },
        GradientCase("diagonal outside", input([2, 2])) { $0.diagonal(offset: 5) },
        GradientCase("overlapping windows", input([2, 6])) { $0.windows(axis: 1, size: 3, step: 1) },
        GradientCase("windows with gaps", input([7, 2])) { $0.windows(axis: 0, size: 2, step: 3) },
        GradientCase("windows of windows", input([3, 4])) {
            $0.windows(axis: 0, size: 2, step: 1).windows(axis: 1, size: 2, step: 1)
        },
        GradientCase("windows of a transpose", input([2, 5])) { $0.transposed().windows(axis: 0, size: 2, step: 1) },
        GradientCase("broadcast", input([2, 1])) { $0.broadcast(to: [3, 2, 4]) },
        GradientCase("broadcast scalar", input([])) { $0.broadcast(to: [2, 0]) },
        GradientCase("broadcast to itself", input([2, 3])) { $0.broadcast(to: [2, 3]) },
        GradientCase("summed", input([3, 2, 4])) { $0.summed(to: [2, 1]) },
        GradientCase("summed to a scalar", input([3, 2])) { $0.summed(to: []) },
        GradientCase("a view used twice", input([3, 3])) { $0.transposed() * $0.narrowed(axis: 0, from: 0, count: 3) },
    ]

    @Test("views", arguments: views)
    func checkViews(_ gradientCase: GradientCase) throws { try gradientCase.check() }

    static let joining: [GradientCase] = [
        GradientCase("concatenated", input([2, 3]), input([2, 1]), input([2, 0])) {
            V.concatenated([$0, $1, $2], axis: 1)
        },
        GradientCase("concatenated with itself", input([2, 3])) { V.concatenated([$0, $0.exp(), $0], axis: -2) },
        GradientCase("stacked", input([2, 3]), input([2, 3])) { V.stacked([$0, $1, $0], axis: -1) },
        GradientCase("stacked scalars", input([]), input([])) { V.stacked([$0, $1]) },
        GradientCase("split", input([5, 2])) { x in
            let parts = x.split(sizes: [1, 0, 4])
            return parts[0] * parts[2] + parts[1].sum()
        },
        GradientCase("chunked", input([2, 5])) { x in
            let parts = x.chunked(2, axis: -1)
            return parts[0].narrowed(axis: 1, from: 0, count: 2) * parts[1]
        },
        GradientCase("tiled", input([2, 3])) { $0.tiled([2, 2]) },
        GradientCase("tiled with a new axis", input([3])) { $0.tiled([2, 2]) },
        GradientCase("repeatInterleaved", input([2, 3])) { $0.repeatInterleaved(3, axis: -1) },
        GradientCase("flipped", input([2, 3])) { $0.flipped(axes: [0, -1]) },
        GradientCase("rolled", input([2, 5])) { $0.rolled(by: -2, axis: 1) },
        GradientCase("tril", input([3, 4])) { $0.tril(diagonal: 1) },
        GradientCase("triu", input([2, 3, 3])) { $0.triu(diagonal: -1) },
        GradientCase("diagonalEmbedded", input([2, 3])) { $0.diagonalEmbedded(offset: 1) },
        GradientCase("trace", input([3, 3])) { $0.trace() },
        GradientCase("kron", input([2, 2]), input([3, 1])) { $0.kron($1) },
        GradientCase("pairwiseDistances", input([3, 2]), input([4, 2])) { $0.pairwiseDistances(to: $1) },
        GradientCase("pairwiseDistances, 1", input([2, 3]), input([2, 3])) { $0.pairwiseDistances(to: $1, p: 1) },
        GradientCase("pairwiseDistances, 3", input([2, 2]), input([2, 2])) { $0.pairwiseDistances(to: $1, p: 3) },
    ]

    @Test("joining, repeating and rearranging", arguments: joining)
    func checkJoining(_ gradientCase: GradientCase) throws { try gradientCase.check() }

    static let padding: [GradientCase] =
        PaddingMode.allCases.flatMap { mode in
            [
                GradientCase("padded \(mode)", input([3, 4])) { $0.padded([1, 2, 2, 0], mode: mode) },
                GradientCase("padded \(mode)", input([2])) { $0.padded([1, 1], mode: mode) },
            ]
        }

    static let constantPadding: [GradientCase] = [
        GradientCase("cropped", input([4, 3])) { $0.padded([-1, 2, 0, -2], value: 5) },
        GradientCase("padded, empty", input([0, 2])) { $0.padded([1, 0, 2, 1]) },
    ]

    @Test("padding in every mode", arguments: padding + constantPadding)
    func checkPadding(_ gradientCase: GradientCase) throws { try gradientCase.check() }
}
