import COpenBLAS
import Tensor

/// Finds the nearest rows of a table by Euclidean distance, all pairs by matrix products.
struct NeighborSearch: Sendable, Hashable {
    let rows: FeatureMatrix
    private let squares: [Double]

    /// Queries are taken in blocks of so many rows, whatever the number of threads.
    private static let block: Int = 64

    init(_ rows: FeatureMatrix) {
        self.rows = rows
        squares = Self.squares(rows)
    }

    private static func squares(_ matrix: FeatureMatrix) -> [Double] {
        (0..<matrix.rows).map { matrix.row($0).reduce(0) { $0 + $1 * $1 } }
    }

    /// The `count` nearest rows of each query with their distances, nearest first, the lower row first among equals.
    func nearest(_ count: Int, to queries: FeatureMatrix) -> [[(row: Int, distance: Double)]] {
        requireFeatures(queries, fittedOn: rows.columns)
        BLAS.prepare()
        let norms: [Double] = Self.squares(queries)
        var result = [[(row: Int, distance: Double)]](repeating: [], count: queries.rows)
        let blocks: Int = (queries.rows + Self.block - 1) / Self.block
        result.withUnsafeMutableBufferPointer { result in
            nonisolated(unsafe) let result = result
            queries.values.withUnsafeBufferPointer { values in
                nonisolated(unsafe) let values = values
                Parallelism.forEachPiece(of: blocks, grain: 1) { piece in
                    var products = [Double](repeating: 0, count: Self.block * rows.rows)
                    for block in piece {
                        let first: Int = block * Self.block
                        let size: Int = min(Self.block, queries.rows - first)
                        if rows.columns > 0 {
                            cblas_dgemm(
                                CblasRowMajor, CblasNoTrans, CblasTrans, Int32(size), Int32(rows.rows),
                                Int32(rows.columns), -2, values.baseAddress! + first * rows.columns,
                                Int32(rows.columns), rows.values, Int32(rows.columns), 0, &products, Int32(rows.rows))
                        }
                        for index in 0..<size {
                            result[first + index] = smallest(
                                count, products[index * rows.rows..<(index + 1) * rows.rows], norms[first + index])
                        }
                    }
                }
            }
        }
        return result
    }

    /// The nearest by insertion into a short sorted list.
    private func smallest(
        _ count: Int, _ products: ArraySlice<Double>, _ norm: Double
    ) -> [(row: Int, distance: Double)] {
        var found: [(row: Int, distance: Double)] = []
        found.reserveCapacity(count + 1)
        for (row, product) in products.enumerated() {
            let distance: Double = max(0, product + squares[row] + norm)
            if found.count == count, distance >= found[count - 1].distance { continue }
            var place: Int = found.count
            while place > 0, found[place - 1].distance > distance { place -= 1 }
            found.insert((row, distance), at: place)
            if found.count > count { found.removeLast() }
        }
        return found.map { ($0.row, $0.distance.squareRoot()) }
    }
}
