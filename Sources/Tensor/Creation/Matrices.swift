import CKernels
import Glibc

extension Tensor {
    /// The matrix with ones on its main diagonal and zeros elsewhere; square if no number of columns is given.
    public static func eye(_ rows: Int, columns: Int? = nil) -> Tensor {
        let width = columns ?? rows
        guard rows >= 0, width >= 0 else { trap("eye: \(rows) rows and \(width) columns are no matrix") }
        let result = Tensor(zeros: [rows, width])
        let target = result.pointer
        for i in 0..<min(rows, width) { target[i * width + i] = .one }
        return result
    }

    /// Rows that are one at the position that an id names and zero elsewhere: `[ids..., classes]`.
    ///
    /// Traps if an id is negative or not below `classes`.
    public static func oneHot<Index: IntegerTensorScalar>(_ ids: Tensor<Index>, classes: Int) -> Tensor {
        guard classes >= 0 else { trap("oneHot: the number of classes, \(classes), is negative") }
        let positions = checkedPositions(ids, axis: 0, of: [classes], countsFromEnd: false, in: "oneHot")
        guard ids.rank < TensorShape.maximumRank else { trap("oneHot: ids of shape \(ids.shape) have too many axes") }
        var shape = ids.shape
        shape.append(classes)
        let result = Tensor(zeros: shape)
        let (source, target) = (positions.pointer, result.pointer)
        for row in 0..<positions.count { target[row &* classes &+ Int(source[row])] = .one }
        return result
    }

    /// The elements on and below a diagonal of the last two axes, zeros above it.
    ///
    /// - Parameter diagonal: 0 is the main diagonal, positive ones lie above it.
    public func tril(diagonal: Int = 0) -> Tensor {
        keepingColumns("tril") { row, columns in 0..<min(max(row + diagonal + 1, 0), columns) }
    }

    /// The elements on and above a diagonal of the last two axes, zeros below it.
    ///
    /// - Parameter diagonal: 0 is the main diagonal, positive ones lie above it.
    public func triu(diagonal: Int = 0) -> Tensor {
        keepingColumns("triu") { row, columns in min(max(row + diagonal, 0), columns)..<columns }
    }

    private func keepingColumns(_ operation: StaticString, _ kept: (Int, Int) -> Range<Int>) -> Tensor {
        guard rank >= 2 else { trap("\(operation): the shape \(shape) has no matrix in its last two axes") }
        let (rows, columns) = (shape.extents[rank - 2], shape.extents[rank - 1])
        let result = copied()
        if isEmpty { return result }
        let target = result.pointer
        let bytes = MemoryLayout<Scalar>.stride
        // Zero has no bit set in any element type.
        Parallelism.forEachPiece(of: count / columns, grain: max(1, Grain.elementwise / columns)) { piece in
            for row in piece {
                let range = kept(row % rows, columns)
                let start = target + row * columns
                memset(start, 0, range.lowerBound * bytes)
                memset(start + range.upperBound, 0, (columns - range.upperBound) * bytes)
            }
        }
        return result
    }

    /// Matrices that have the last axis on a diagonal and zeros elsewhere: `[..., n]` becomes `[..., m, m]` with
    /// m = n + |offset|.
    ///
    /// - Parameter offset: 0 is the main diagonal, positive ones lie above it.
    public func diagonalEmbedded(offset: Int = 0) -> Tensor {
        guard rank >= 1, rank < TensorShape.maximumRank else {
            trap("diagonalEmbedded: the shape \(shape) has no last axis, or has too many axes")
        }
        let size = shape.extents[rank - 1] + Swift.abs(offset)
        var target = shape
        target.extents[rank - 1] = size
        target.append(size)
        let result = Tensor(zeros: target)
        result.assign(self, to: result.diagonal(offset: offset).layout)
        return result
    }
}

extension Tensor where Scalar == Bool {
    /// A mask that is true on and below a diagonal: `[rows, columns]`.
    public static func lowerTriangle(rows: Int, columns: Int, diagonal: Int = 0) -> Tensor<Bool> {
        Tensor(ones: [rows, columns]).tril(diagonal: diagonal)
    }

    /// A mask that is true on and above a diagonal: `[rows, columns]`.
    public static func upperTriangle(rows: Int, columns: Int, diagonal: Int = 0) -> Tensor<Bool> {
        Tensor(ones: [rows, columns]).triu(diagonal: diagonal)
    }
}
