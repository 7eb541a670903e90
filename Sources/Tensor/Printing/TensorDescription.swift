extension Tensor: CustomStringConvertible, CustomDebugStringConvertible {
    /// The elements as NumPy prints them: four digits, aligned columns, the middle of large tensors left out.
    public var description: String {
        if rank == 0 { return "\(scalar)" }
        if isEmpty { return "[]" }
        var printer = TensorPrinter(self)
        return printer.text()
    }

    /// Type, shape and strides, and the elements as in ``description``.
    public var debugDescription: String {
        "Tensor<\(Scalar.dtype)> shape \(shape) strides \(layout.strides)\n\(description)"
    }
}

/// Lays out the elements of a tensor in nested brackets (NumPy's `array2string`).
private struct TensorPrinter<Scalar: TensorScalar> {
    private static var edgeItems: Int { 3 }
    private static var summaryThreshold: Int { 1000 }
    private static var lineWidth: Int { 75 }

    private let extents: [Int]
    private let isSummarised: Bool
    /// The shown elements in row-major order, formatted to equal width.
    private let words: [String]
    private var next = 0

    init(_ tensor: Tensor<Scalar>) {
        extents = Array(tensor.shape)
        isSummarised = tensor.count > Self.summaryThreshold
        var shown = tensor
        if isSummarised {
            for axis in 0..<tensor.rank where extents[axis] > 2 * Self.edgeItems {
                let first = shown.narrowed(axis: axis, from: 0, count: Self.edgeItems)
                let last = shown.narrowed(axis: axis, from: extents[axis] - Self.edgeItems, count: Self.edgeItems)
                shown = Tensor.concatenated([first, last], axis: axis)
            }
        }
        words = formatted(shown)
    }

    mutating func text() -> String {
        block(axis: 0, indent: " ", width: Self.lineWidth)
    }

    private mutating func block(axis: Int, indent: String, width: Int) -> String {
        let extent = extents[axis]
        let skips = isSummarised && extent > 2 * Self.edgeItems
        let shownCount = skips ? 2 * Self.edgeItems : extent
        var text = ""
        if axis == extents.count - 1 {
            var line = indent
            func add(_ word: String) {
                if line.utf8.count + word.utf8.count > width - 1, line.utf8.count > indent.utf8.count {
                    while line.last == " " { line.removeLast() }
                    text += line + "\n"
                    line = indent
                }
                line += word
            }
            for position in 0..<shownCount {
                if skips && position == Self.edgeItems {
                    add("...")
                    line += " "
                }
                add(words[next])
                next += 1
                if position < shownCount - 1 { line += " " }
            }
            text += line
        } else {
            let separator = String(repeating: "\n", count: extents.count - axis - 1)
            for position in 0..<shownCount {
                if skips && position == Self.edgeItems { text += indent + "..." + separator }
                text += indent + block(axis: axis + 1, indent: indent + " ", width: width - 1)
                if position < shownCount - 1 { text += separator }
            }
        }
        return "[" + text.dropFirst(indent.count) + "]"
    }
}

private func formatted<Scalar: TensorScalar>(_ tensor: Tensor<Scalar>) -> [String] {
    if Scalar.dtype.isFloatingPoint { return FloatColumn(tensor).words }
    let texts =
        Scalar.dtype == .bool
        ? tensor.array.map { $0 == .zero ? "False" : "True" } : tensor.array.map { "\($0)" }
    // A lone True would get no space in NumPy's scalars, but in arrays every word has the width of " True".
    let width = max(texts.map(\.utf8.count).max() ?? 0, Scalar.dtype == .bool ? 5 : 0)
    return texts.map { String(repeating: " ", count: width - $0.utf8.count) + $0 }
}
