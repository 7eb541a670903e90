import CKernels

extension Tensor where Scalar: FloatingTensorScalar {
    /// e to the power of every element.
    public consuming func exp() -> Tensor { Tensor.map(MK_EXP, self) }

    /// exp(x) - 1, accurate near zero.
    public consuming func expm1() -> Tensor { Tensor.map(MK_EXPM1, self) }

    /// The natural logarithm; -infinity at 0, NaN below.
    public consuming func log() -> Tensor { Tensor.map(MK_LOG, self) }

    /// The binary logarithm.
    public consuming func log2() -> Tensor { Tensor.map(MK_LOG2, self) }

    /// The decimal logarithm.
    public consuming func log10() -> Tensor { Tensor.map(MK_LOG10, self) }

    /// log(1 + x), accurate near zero.
    public consuming func log1p() -> Tensor { Tensor.map(MK_LOG1P, self) }

    /// The square root; NaN below zero.
    public consuming func sqrt() -> Tensor { Tensor.map(MK_SQRT, self) }

    /// 1 / sqrt(x).
    public consuming func rsqrt() -> Tensor { Tensor.map(MK_RSQRT, self) }

    /// 1 / x.
    public consuming func reciprocal() -> Tensor { Tensor.map(MK_RECIPROCAL, self) }

    /// The sine of an angle in radians.
    public consuming func sin() -> Tensor { Tensor.map(MK_SIN, self) }

    /// The cosine of an angle in radians.
    public consuming func cos() -> Tensor { Tensor.map(MK_COS, self) }

    /// The tangent of an angle in radians.
    public consuming func tan() -> Tensor { Tensor.map(MK_TAN, self) }

    /// The inverse sine, in radians; NaN outside [-1, 1].
    public consuming func asin() -> Tensor { Tensor.map(MK_ASIN, self) }

    /// The inverse cosine, in radians; NaN outside [-1, 1].
    public consuming func acos() -> Tensor { Tensor.map(MK_ACOS, self) }

    /// The inverse tangent, in radians.
    public consuming func atan() -> Tensor { Tensor.map(MK_ATAN, self) }

    /// The hyperbolic sine.
    public consuming func sinh() -> Tensor { Tensor.map(MK_SINH, self) }

    /// The hyperbolic cosine.
    public consuming func cosh() -> Tensor { Tensor.map(MK_COSH, self) }

    /// The hyperbolic tangent.
    public consuming func tanh() -> Tensor { Tensor.map(MK_TANH, self) }

    /// The inverse hyperbolic sine.
    public consuming func asinh() -> Tensor { Tensor.map(MK_ASINH, self) }

    /// The inverse hyperbolic cosine; NaN below 1.
    public consuming func acosh() -> Tensor { Tensor.map(MK_ACOSH, self) }

    /// The inverse hyperbolic tangent; NaN outside [-1, 1].
    public consuming func atanh() -> Tensor { Tensor.map(MK_ATANH, self) }

    /// The error function.
    public consuming func erf() -> Tensor { Tensor.map(MK_ERF, self) }

    /// 1 - erf(x), accurate in the upper tail.
    public consuming func erfc() -> Tensor { Tensor.map(MK_ERFC, self) }

    /// The inverse error function; NaN outside [-1, 1].
    public consuming func erfInverse() -> Tensor { Tensor.map(MK_ERFINV, self) }

    /// log |Γ(x)|.
    public consuming func lgamma() -> Tensor { Tensor.map(MK_LGAMMA, self) }

    /// The logarithmic derivative of the gamma function.
    public consuming func digamma() -> Tensor { Tensor.map(MK_POLYGAMMA, self, 0) }

    /// The `order`-th derivative of the digamma function; order 0 is digamma itself.
    public consuming func polygamma(order: Int) -> Tensor {
        guard order >= 0 else { trap("polygamma: the order \(order) is negative") }
        return Tensor.map(MK_POLYGAMMA, self, Double(order))
    }

    /// The largest integers not above the elements.
    public consuming func floor() -> Tensor { Tensor.map(MK_FLOOR, self) }

    /// The smallest integers not below the elements.
    public consuming func ceil() -> Tensor { Tensor.map(MK_CEIL, self) }

    /// The nearest integers, ties to even.
    public consuming func round() -> Tensor { Tensor.map(MK_ROUND, self) }

    /// The integer parts.
    public consuming func trunc() -> Tensor { Tensor.map(MK_TRUNC, self) }

    /// Whether elements are NaN.
    public func isNaN() -> Tensor<Bool> { Tensor<Bool>(Tensor.map(MK_IS_NAN, self)) }

    /// Whether elements are infinite.
    public func isInfinite() -> Tensor<Bool> { Tensor<Bool>(Tensor.map(MK_IS_INFINITE, self)) }

    /// Whether elements are neither infinite nor NaN.
    public func isFinite() -> Tensor<Bool> { Tensor<Bool>(Tensor.map(MK_IS_FINITE, self)) }

    /// 1 where an element lies strictly between two bounds, else 0; 0 for NaN.
    public func isInside(_ lower: Scalar, _ upper: Scalar) -> Tensor {
        Tensor.map(MK_IN_OPEN_RANGE, self, lower.doubleValue, upper.doubleValue)
    }
}
