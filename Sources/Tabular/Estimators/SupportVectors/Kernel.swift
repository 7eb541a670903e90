import COpenBLAS
import Glibc
import Tensor

/// How alike two rows are, as a product in some space.
public enum Kernel: Sendable, Hashable {
    /// x · z.
    case linear
    /// exp(−γ ‖x − z‖²).
    case radialBasis(Width = .scaled)
    /// (γ x · z + constant)^degree.
    case polynomial(degree: Int = 3, Width = .scaled, constant: Double = 0)

    /// γ.
    public enum Width: Sendable, Hashable {
        /// 1 / (features × variance of all values).
        case scaled
        /// 1 / features.
        case inverseFeatures
        /// A number.
        case value(Double)

        func value(for features: FeatureMatrix) -> Double {
            switch self {
            case .value(let value): return value
            case .inverseFeatures: return 1 / Double(max(features.columns, 1))
            case .scaled:
                let n: Double = Double(max(features.values.count, 1))
                let mean: Double = features.values.reduce(0, +) / n
                let variance: Double = features.values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
                return variance > 0 ? 1 / (Double(features.columns) * variance) : 1
            }
        }
    }

    /// The kernel with its width made a number.
    func resolved(for features: FeatureMatrix) -> Kernel {
        switch self {
        case .linear: self
        case .radialBasis(let width): .radialBasis(.value(width.value(for: features)))
        case .polynomial(let degree, let width, let constant):
            .polynomial(degree: degree, .value(width.value(for: features)), constant: constant)
        }
    }

    /// Replaces products x · z by kernel values; only for a resolved kernel.
    func apply(
        _ products: UnsafeMutablePointer<Double>, count: Int, square: Double, squares: UnsafePointer<Double>
    ) {
        switch self {
        case .linear: return
        case .radialBasis(let width):
            guard case .value(let gamma) = width else { return }
            for index in 0..<count {
                products[index] = exp(-gamma * max(0, square + squares[index] - 2 * products[index]))
            }
        case .polynomial(let degree, let width, let constant):
            guard case .value(let gamma) = width else { return }
            for index in 0..<count { products[index] = pow(gamma * products[index] + constant, Double(degree)) }
        }
    }
}

/// Kernel values between the rows of a table, a row at a time, kept as long as there is room.
final class KernelRows {
    private let features: FeatureMatrix
    private let kernel: Kernel
    private let squares: [Double]
    private let room: Int
    private var kept: [Int: [Double]] = [:]
    private var order: [Int] = []
    private var oldest: Int = 0

    /// Pieces of rows that different threads compute; fixed, so that results do not depend on the number of threads.
    private static let piece: Int = 512

    /// - Parameter bytes: The most memory to keep rows in.
    init(_ features: FeatureMatrix, _ kernel: Kernel, bytes: Int) {
        self.features = features
        self.kernel = kernel
        squares = squaredLengths(features)
        room = max(2, bytes / max(8 * features.rows, 1))
    }

    /// The kernel of a row with itself.
    func diagonal(_ row: Int) -> Double {
        var value: Double = squares[row]
        kernel.apply(&value, count: 1, square: squares[row], squares: [squares[row]])
        return value
    }

    /// The kernel of a row with all rows.
    func row(_ index: Int) -> [Double] {
        if let row = kept[index] { return row }
        let count: Int = features.rows
        var values = [Double](repeating: 0, count: count)
        let pieces: Int = (count + Self.piece - 1) / Self.piece
        let columns: Int = features.columns
        values.withUnsafeMutableBufferPointer { values in
            features.values.withUnsafeBufferPointer { table in
                squares.withUnsafeBufferPointer { squares in
                    nonisolated(unsafe) let (values, table, squares) = (values, table, squares)
                    Parallelism.forEachPiece(of: pieces, grain: max(1, (1 << 15) / (Self.piece * max(columns, 1)))) {
                        for piece in $0 {
                            let first: Int = piece * Self.piece
                            let size: Int = min(Self.piece, count - first)
                            if columns > 0 {
                                cblas_dgemv(
                                    CblasRowMajor, CblasNoTrans, Int32(size), Int32(columns), 1,
                                    table.baseAddress! + first * columns, Int32(columns),
                                    table.baseAddress! + index * columns, 1, 0, values.baseAddress! + first, 1)
                            }
                            kernel.apply(
                                values.baseAddress! + first, count: size, square: squares[index],
                                squares: squares.baseAddress! + first)
                        }
                    }
                }
            }
        }
        if order.count < room {
            order.append(index)
        } else {
            kept[order[oldest]] = nil
            order[oldest] = index
            oldest = (oldest + 1) % room
        }
        kept[index] = values
        return values
    }
}

/// ‖x‖² of every row.
func squaredLengths(_ features: FeatureMatrix) -> [Double] {
    (0..<features.rows).map { features.row($0).reduce(0) { $0 + $1 * $1 } }
}
