/// Why shapes from outside the program do not fit an operation.
public struct ShapeError: Error, Hashable, CustomStringConvertible {
    /// The operation, the shapes and the broken rule in one sentence.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension TensorShape {
    /// The shape to which two shapes broadcast: trailing axes are aligned, and an extent of 1 or an absent axis stretches.
    ///
    /// - Throws: ``ShapeError`` that names both shapes and the axis that does not fit.
    public static func broadcast(_ a: TensorShape, _ b: TensorShape) throws(ShapeError) -> TensorShape {
        if a == b { return a }
        let rank = Swift.max(a.rank, b.rank)
        var result = TensorShape(repeating: 1, rank: rank)
        for fromEnd in 1...Swift.max(rank, 1) where fromEnd <= rank {
            let x = fromEnd <= a.rank ? a.extents[a.rank - fromEnd] : 1
            let y = fromEnd <= b.rank ? b.extents[b.rank - fromEnd] : 1
            if x != y && x != 1 && y != 1 {
                throw ShapeError("cannot broadcast \(a) with \(b): axis -\(fromEnd) is \(x) and \(y)")
            }
            result.extents[rank - fromEnd] = x == 1 ? y : x
        }
        return result
    }

    /// The broadcast shape; traps with the operation's name if there is none.
    static func broadcast(_ a: TensorShape, _ b: TensorShape, in operation: StaticString) -> TensorShape {
        do { return try broadcast(a, b) } catch { trap("\(operation): \(error)") }
    }
}
