/// The extents of a tensor's axes, outermost first.
///
/// A shape holds up to eight axes inline, so that computing with shapes never allocates. Rank 0 is a scalar; an axis
/// of extent 0 makes the tensor empty.
///
/// ```swift
/// let shape: TensorShape = [2, 3, 4]
/// shape.elementCount   // 24
/// shape[-1]            // 4
/// ```
public struct TensorShape: Sendable {
    /// The largest rank that a tensor may have.
    public static let maximumRank = 8

    var extents: InlineArray<8, Int>

    /// The number of axes.
    public private(set) var rank: Int

    /// Creates the shape of a scalar: no axes.
    public init() {
        extents = InlineArray(repeating: 0)
        rank = 0
    }

    /// Creates a shape from axis extents.
    ///
    /// Traps if there are more than ``maximumRank`` axes, an extent is negative, or the element count overflows.
    public init(_ extents: some Collection<Int>) {
        self.init(unchecked: extents)
        if let problem = validationProblem { trap("\(problem)") }
    }

    /// Creates a shape or, for strides, a list of signed integers.
    init(unchecked values: some Collection<Int>) {
        guard values.count <= TensorShape.maximumRank else {
            trap(
                "a tensor has at most \(TensorShape.maximumRank) axes, but the shape \(Array(values)) has \(values.count)"
            )
        }
        self.init()
        for value in values { append(value) }
    }

    /// Creates `rank` axes of the same extent.
    init(repeating value: Int, rank: Int) {
        extents = InlineArray(repeating: value)
        self.rank = rank
    }

    /// The product of the extents: 1 for a scalar, 0 if any axis is empty.
    public var elementCount: Int {
        var product = 1
        for axis in 0..<rank { product &*= extents[axis] }
        return product
    }

    /// What is wrong with the extents, or nil: a negative extent, or a byte count that no machine can address.
    var validationProblem: String? {
        var product = 1
        for axis in 0..<rank {
            if extents[axis] < 0 { return "the shape \(self) has a negative extent at axis \(axis)" }
            let (next, overflow) = product.multipliedReportingOverflow(by: Swift.max(extents[axis], 1))
            if overflow || next > Int.max / 16 { return "the shape \(self) has more elements than memory can hold" }
            product = next
        }
        return nil
    }

    mutating func append(_ extent: Int) {
        extents[rank] = extent
        rank += 1
    }
}

extension TensorShape: RandomAccessCollection, MutableCollection {
    /// The position of the first axis.
    public var startIndex: Int { 0 }

    /// The position past the last axis.
    public var endIndex: Int { rank }

    /// The extent of an axis; negative axes count from the end.
    public subscript(axis: Int) -> Int {
        get {
            let position = axis < 0 ? axis + rank : axis
            if position < 0 || position >= rank { trapAxis(axis) }
            return extents[position]
        }
        set {
            let position = axis < 0 ? axis + rank : axis
            if position < 0 || position >= rank { trapAxis(axis) }
            extents[position] = newValue
        }
    }

    private func trapAxis(_ axis: Int) -> Never {
        trap("axis \(axis) is out of range for the shape \(self), which has \(rank) axes")
    }
}

extension TensorShape: Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// Whether two shapes have the same axes.
    public static func == (lhs: TensorShape, rhs: TensorShape) -> Bool {
        guard lhs.rank == rhs.rank else { return false }
        for axis in 0..<lhs.rank where lhs.extents[axis] != rhs.extents[axis] { return false }
        return true
    }

    /// Feeds the extents into a hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(rank)
        for axis in 0..<rank { hasher.combine(extents[axis]) }
    }

    /// Creates a shape from a literal such as `[2, 3]`.
    public init(arrayLiteral elements: Int...) {
        self.init(elements)
    }

    /// The extents in brackets: `[2, 3]`.
    public var description: String {
        var text = "["
        for axis in 0..<rank { text += (axis == 0 ? "" : ", ") + String(extents[axis]) }
        return text + "]"
    }
}

extension TensorShape {
    /// The non-negative position of an axis that may count from the end.
    ///
    /// - Parameter isInsertion: accept one position more, as for a new axis.
    func axis(_ axis: Int, in operation: StaticString, isInsertion: Bool = false) -> Int {
        let limit = isInsertion ? rank + 1 : rank
        let position = axis < 0 ? axis + limit : axis
        if position < 0 || position >= limit {
            trap("\(operation): axis \(axis) is out of range for the shape \(self)")
        }
        return position
    }

    /// The shape without one axis.
    func removing(axis: Int) -> TensorShape {
        var result = TensorShape()
        for position in 0..<rank where position != axis { result.append(extents[position]) }
        return result
    }

    /// The shape with a new axis in front of `axis`.
    func inserting(_ extent: Int, at axis: Int) -> TensorShape {
        var result = TensorShape()
        for position in 0..<rank {
            if position == axis { result.append(extent) }
            result.append(extents[position])
        }
        if axis == rank { result.append(extent) }
        return result
    }

    /// The shape with one extent replaced.
    func replacing(axis: Int, with extent: Int) -> TensorShape {
        var result = self
        result.extents[axis] = extent
        return result
    }

    /// The strides, in elements, of a row-major tensor of this shape.
    var rowMajorStrides: TensorShape {
        var strides = TensorShape(repeating: 1, rank: rank)
        var step = 1
        var axis = rank - 1
        while axis >= 0 {
            strides.extents[axis] = step
            step &*= Swift.max(extents[axis], 1)
            axis -= 1
        }
        return strides
    }
}
