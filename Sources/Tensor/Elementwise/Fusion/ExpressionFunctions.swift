import CKernels

// One line of mathematics each, as the operations on tensors and the rules on variables of the same names.

extension ElementwiseExpression {
    /// |x|. ∂x = G sign(x), 0 at 0.
    public func abs() -> Self { map(MK_ABS) { x, _, g in g * x.sign() } }

    /// -1, 0 or 1; its gradient is 0.
    public func sign() -> Self { map(MK_SIGN) }

    /// x². ∂x = 2 G x.
    public func squared() -> Self { map(MK_SQUARE) { x, _, g in g * x * 2 } }

    /// xᵖ for a number p. ∂x = G p xᵖ⁻¹.
    public func pow(_ exponent: Scalar) -> Self {
        switch exponent {
        case 2: squared()
        case 0.5: sqrt()
        case 0: map(MK_POW_SCALAR, 0)
        default: map(MK_POW_SCALAR, exponent.doubleValue) { x, _, g in g * (x.pow(exponent - 1) * exponent) }
        }
    }

    /// eˣ. ∂x = G y.
    public func exp() -> Self { map(MK_EXP) { _, y, g in g * y } }

    /// eˣ - 1. ∂x = G (y + 1).
    public func expm1() -> Self { map(MK_EXPM1) { _, y, g in g * (y + 1) } }

    /// The natural logarithm. ∂x = G / x.
    public func log() -> Self { map(MK_LOG) { x, _, g in g / x } }

    /// The binary logarithm. ∂x = G / (x ln 2).
    public func log2() -> Self { map(MK_LOG2) { x, _, g in g / (x * 0.693147180559945309) } }

    /// The decimal logarithm. ∂x = G / (x ln 10).
    public func log10() -> Self { map(MK_LOG10) { x, _, g in g / (x * 2.302585092994045684) } }

    /// log(1 + x). ∂x = G / (1 + x).
    public func log1p() -> Self { map(MK_LOG1P) { x, _, g in g / (x + 1) } }

    /// √x. ∂x = G / 2y; infinite at 0.
    public func sqrt() -> Self { map(MK_SQRT) { _, y, g in g / (y * 2) } }

    /// 1/√x. ∂x = -G y³ / 2.
    public func rsqrt() -> Self { map(MK_RSQRT) { _, y, g in g * (y * y * y) * -0.5 } }

    /// 1/x. ∂x = -G y².
    public func reciprocal() -> Self { map(MK_RECIPROCAL) { _, y, g in -(g * y * y) } }

    /// sin x. ∂x = G cos x.
    public func sin() -> Self { map(MK_SIN) { x, _, g in g * x.cos() } }

    /// cos x. ∂x = -G sin x.
    public func cos() -> Self { map(MK_COS) { x, _, g in -(g * x.sin()) } }

    /// tan x. ∂x = G (1 + y²).
    public func tan() -> Self { map(MK_TAN) { _, y, g in g * (y * y + 1) } }

    /// arcsin x. ∂x = G / √(1 - x²).
    public func asin() -> Self { map(MK_ASIN) { x, _, g in g * (1 - x * x).rsqrt() } }

    /// arccos x. ∂x = -G / √(1 - x²).
    public func acos() -> Self { map(MK_ACOS) { x, _, g in -(g * (1 - x * x).rsqrt()) } }

    /// arctan x. ∂x = G / (1 + x²).
    public func atan() -> Self { map(MK_ATAN) { x, _, g in g / (x * x + 1) } }

    /// sinh x. ∂x = G cosh x.
    public func sinh() -> Self { map(MK_SINH) { x, _, g in g * x.cosh() } }

    /// cosh x. ∂x = G sinh x.
    public func cosh() -> Self { map(MK_COSH) { x, _, g in g * x.sinh() } }

    /// arsinh x. ∂x = G / √(1 + x²).
    public func asinh() -> Self { map(MK_ASINH) { x, _, g in g * (x * x + 1).rsqrt() } }

    /// arcosh x. ∂x = G / √(x² - 1).
    public func acosh() -> Self { map(MK_ACOSH) { x, _, g in g * (x * x - 1).rsqrt() } }

    /// artanh x. ∂x = G / (1 - x²).
    public func atanh() -> Self { map(MK_ATANH) { x, _, g in g / (1 - x * x) } }

    /// The error function. ∂x = G 2/√π exp(-x²).
    public func erf() -> Self { map(MK_ERF) { x, _, g in g * (-(x * x)).exp() * 1.128379167095512574 } }

    /// 1 - erf x. ∂x = -G 2/√π exp(-x²).
    public func erfc() -> Self { map(MK_ERFC) { x, _, g in g * (-(x * x)).exp() * -1.128379167095512574 } }

    /// The inverse error function. ∂x = G √π/2 exp(y²).
    public func erfInverse() -> Self { map(MK_ERFINV) { _, y, g in g * (y * y).exp() * 0.886226925452758014 } }

    /// log |Γ(x)|. ∂x = G ψ(x).
    public func lgamma() -> Self { map(MK_LGAMMA) { x, _, g in g * x.digamma() } }

    /// ψ(x), the derivative of log Γ. ∂x = G ψ′(x).
    public func digamma() -> Self { polygamma(order: 0) }

    /// The n-th derivative of ψ. ∂x = G ψ⁽ⁿ⁺¹⁾(x).
    public func polygamma(order: Int) -> Self {
        guard order >= 0 else { trap("polygamma: the order \(order) is negative") }
        return map(MK_POLYGAMMA, Double(order)) { x, _, g in g * x.polygamma(order: order + 1) }
    }

    /// Rounding down; its gradient is 0.
    public func floor() -> Self { map(MK_FLOOR) }

    /// Rounding up; its gradient is 0.
    public func ceil() -> Self { map(MK_CEIL) }

    /// Rounding to nearest, ties to even; its gradient is 0.
    public func round() -> Self { map(MK_ROUND) }

    /// The integer part; its gradient is 0.
    public func trunc() -> Self { map(MK_TRUNC) }
}
