import COpenBLAS

/// The rows of a wide matrix in coordinates of their own span: X = Z Qᵀ with orthonormal Q, Z square.
///
/// A ridge penalty is invariant under rotation and its solution lies in the row space, so a model fitted on Z with
/// coefficients b is the model fitted on X with coefficients Q b.
struct RowSpace {
    /// Z, `[rows, rows]`, lower triangular.
    let coordinates: FeatureMatrix
    private let reflectors: [Double]
    private let scales: [Double]
    private let features: Int

    /// Factorises a matrix with at least as many columns as rows, by Householder reflections.
    init(_ matrix: FeatureMatrix) {
        let n: Int = matrix.rows
        features = matrix.columns
        // Row-major X is column-major Xᵀ, so its QR factorisation is the one needed.
        var packed: [Double] = matrix.values
        var scales = [Double](repeating: 0, count: n)
        let status: Int32 = LAPACKE_dgeqrf(
            LAPACK_COL_MAJOR, Int32(features), Int32(n), &packed, Int32(features), &scales)
        requireShape(status == 0, "LAPACK dgeqrf rejected argument \(-status).")
        var triangle = [Double](repeating: 0, count: n * n)
        for i in 0..<n { for j in 0...i { triangle[i * n + j] = packed[i * features + j] } }
        coordinates = FeatureMatrix(rows: n, columns: n, values: triangle)
        reflectors = packed
        self.scales = scales
    }

    /// The coefficients Q b for each row b.
    func expanded(_ coefficients: FeatureMatrix) -> FeatureMatrix {
        let outputs: Int = coefficients.rows
        var values = [Double](repeating: 0, count: outputs * features)
        for k in 0..<outputs {
            for j in 0..<coefficients.columns { values[k * features + j] = coefficients[k, j] }
        }
        let status: Int32 = LAPACKE_dormqr(
            LAPACK_COL_MAJOR, CChar(UInt8(ascii: "L")), CChar(UInt8(ascii: "N")), Int32(features), Int32(outputs),
            Int32(scales.count), reflectors, Int32(features), scales, &values, Int32(features))
        requireShape(status == 0, "LAPACK dormqr rejected argument \(-status).")
        return FeatureMatrix(rows: outputs, columns: features, values: values)
    }
}
