import CKernels

/// Matrix products on row-major memory, for pieces of work that already run on a thread of their own.
enum TileProduct {
    /// A matrix in memory: the distance between its stored rows, and whether the product uses its transpose.
    enum Operand {
        case asStored(Int)
        case transposed(Int)

        fileprivate func matrix(_ data: UnsafeRawPointer) -> mk_matrix {
            switch self {
            case .asStored(let distance): mk_matrix(data: data, row: distance, column: 1, read: nil, first_line: 0)
            case .transposed(let distance): mk_matrix(data: data, row: 1, column: distance, read: nil, first_line: 0)
            }
        }
    }

    /// C = A B, or C += A B, for C `[m, n]` and an inner extent `k`.
    static func run<Scalar: FloatingTensorScalar>(
        _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Scalar>, _ left: Operand, _ b: UnsafePointer<Scalar>,
        _ right: Operand, _ c: UnsafeMutablePointer<Scalar>, _ rowDistance: Int, adds: Bool
    ) {
        let workspace = Workspace(mk_gemm_workspace(Scalar.isDouble, m, n, k))
        var (a, b) = (left.matrix(a), right.matrix(b))
        mk_gemm(Scalar.isDouble, m, n, k, &a, &b, c, rowDistance, adds ? 1 : 0, nil, workspace.bytes)
    }
}
