import Tensor

/// Every feature's values as their ranks among the feature's distinct values.
///
/// Exact splits need the order of values only. With ranks a node finds it by counting instead of sorting.
struct FeatureRanks: Sendable {
    let rows: Int
    let columns: Int
    /// Column after column, `[columns, rows]`.
    let ranks: [UInt32]
    /// The distinct values of each feature, ascending.
    let distinct: [[Double]]

    init(_ matrix: FeatureMatrix) {
        rows = matrix.rows
        columns = matrix.columns
        var ranks = [UInt32](repeating: 0, count: matrix.rows * matrix.columns)
        var distinct = [[Double]](repeating: [], count: matrix.columns)
        ranks.withUnsafeMutableBufferPointer { ranks in
            distinct.withUnsafeMutableBufferPointer { distinct in
                nonisolated(unsafe) let (ranks, distinct) = (ranks, distinct)
                Parallelism.forEachPiece(of: matrix.columns, grain: 1) { piece in
                    for column in piece {
                        let own = ranks.baseAddress! + column * matrix.rows
                        distinct[column] = Self.rank(matrix, column, into: own)
                    }
                }
            }
        }
        self.ranks = ranks
        self.distinct = distinct
    }

    private static func rank(
        _ matrix: FeatureMatrix, _ column: Int, into ranks: UnsafeMutablePointer<UInt32>
    ) -> [Double] {
        // Adding zero makes -0 and 0 the same value.
        let values: [Double] = matrix.column(column).map { $0 + 0 }
        var distinct: [Double] = []
        for value in values.sorted() where distinct.last != value { distinct.append(value) }
        for (row, value) in values.enumerated() {
            var low: Int = 0
            var high: Int = distinct.count - 1
            while low < high {
                let middle: Int = (low + high) / 2
                if distinct[middle] < value { low = middle + 1 } else { high = middle }
            }
            ranks[row] = UInt32(low)
        }
        return distinct
    }

    /// The value half-way between two ranks of a feature, never the upper one.
    func threshold(_ feature: Int, _ lower: Int, _ upper: Int) -> Double {
        let (a, b) = (distinct[feature][lower], distinct[feature][upper])
        let middle: Double = a / 2 + b / 2
        return middle < b && middle >= a ? middle : a
    }
}
