import Tensor

/// Solves A x = b for a symmetric positive definite A that is only known by its products (Hestenes & Stiefel, 1952),
/// from x = 0.
///
/// - Parameters:
///   - b: the right side, `[n]`.
///   - steps: the most products to spend.
///   - tolerance: the length of the residual, relative to that of `b`, that ends the search.
///   - product: A times a vector.
/// - Returns: x, or the first curvature pᵀAp <= 0 met: A is not positive definite.
func conjugateGradient<Scalar: FloatingTensorScalar>(
    _ b: Tensor<Scalar>, steps: Int, tolerance: Double = 1e-10, _ product: (Tensor<Scalar>) -> Tensor<Scalar>
) -> (solution: Tensor<Scalar>, badCurvature: Double?) {
    var x = Tensor<Scalar>(zeros: b.shape)
    var residual = b
    var direction = b
    var squared = (residual * residual).sum().scalar
    let target = squared * Scalar(tolerance * tolerance)
    for _ in 0..<steps where squared > target {
        let image = product(direction)
        let curvature = (direction * image).sum().scalar
        guard curvature > 0 else { return (x, Double(curvature)) }
        let length = squared / curvature
        x = x + direction * length
        residual = residual - image * length
        let next = (residual * residual).sum().scalar
        direction = residual + direction * (next / squared)
        squared = next
    }
    return (x, nil)
}
