/// Why a matrix has no such factorisation, inverse or solution.
///
/// Wrong shapes are a caller's mistake and trap; what only the numbers decide is thrown.
public enum LinearAlgebraError: Error, Hashable, Sendable {
    /// The matrix is singular: elimination met a pivot of exactly zero at this position, counted from 1.
    case singular(pivot: Int)
    /// The leading minor of this order, counted from 1, is not positive.
    case notPositiveDefinite(order: Int)
    /// The iteration for eigenvalues or singular values did not converge.
    case noConvergence
    /// The matrix holds a NaN or an infinity.
    case nonFinite
}

extension LinearAlgebraError: CustomStringConvertible {
    /// The reason as a sentence.
    public var description: String {
        switch self {
        case .singular(let pivot): "the matrix is singular: pivot \(pivot) is exactly zero"
        case .notPositiveDefinite(let order):
            "the matrix is not positive definite: its leading minor of order \(order) is not positive"
        case .noConvergence: "the iteration for eigenvalues or singular values did not converge"
        case .nonFinite: "the matrix holds a NaN or an infinity"
        }
    }
}

/// The value of a computation that fails only on numbers the caller rules out; traps with the error's sentence.
///
/// For rules of differentiation and the like, which cannot throw:
/// `trapping("inverse") { () throws(LinearAlgebraError) in try a.inverse() }`
package func trapping<Result>(
    _ operation: StaticString, _ body: () throws(LinearAlgebraError) -> Result
) -> Result {
    do { return try body() } catch { trap("\(operation): \(error)") }
}
