/// A row-major shape seen from one axis: `outer` blocks of `extent` rows of `inner` elements.
struct AxisLines {
    let outer: Int
    let extent: Int
    let inner: Int

    init(_ shape: TensorShape, _ axis: Int) {
        var (before, after) = (1, 1)
        for position in 0..<axis { before *= shape.extents[position] }
        for position in axis + 1..<max(axis + 1, shape.rank) { after *= shape.extents[position] }
        outer = before
        extent = shape.extents[axis]
        inner = after
    }

    /// Calls `body` with every outer position, on several threads if there is work for them.
    func forEachOuter(_ body: (Int) -> Void) {
        Parallelism.forEachPiece(of: outer, grain: max(1, Grain.elementwise / 4 / max(1, extent * inner))) { piece in
            for position in piece { body(position) }
        }
    }
}
