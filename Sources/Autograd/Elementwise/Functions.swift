import Tensor

// One line of mathematics each: x is the operand, y the result, G the gradient that flows in.

extension Variable {
    /// A function of one operand whose derivative is a formula in the operand.
    private func function(
        _ name: StaticString, _ result: Tensor<Scalar>,
        _ derivative: @escaping @Sendable (_ x: Variable, _ gradient: Variable) -> Variable
    ) -> Variable {
        Variable.record(name, result, from: self) { gradient, pass in
            pass.send(to: 0) { derivative(pass[self], gradient) }
        }
    }

    /// A function of one operand whose derivative is a formula in the result, so that the operand need not be saved.
    private func function(
        _ name: StaticString, inResult result: Tensor<Scalar>,
        _ derivative: @escaping @Sendable (_ y: Variable, _ gradient: Variable) -> Variable
    ) -> Variable {
        Variable.record(name, result, from: self) { gradient, pass in
            pass.send(to: 0) { derivative(pass.result(result), gradient) }
        }
    }

    /// A step function: no gradient.
    private func step(_ name: StaticString, _ result: Tensor<Scalar>) -> Variable {
        function(name, inResult: result) { _, gradient in Variable(Tensor(zeros: gradient.shape)) }
    }

    /// |x|. ∂x = G sign(x), 0 at 0.
    public func abs() -> Variable { function("abs", value.abs()) { x, g in g * Variable(x.value.sign()) } }

    /// The sign; its gradient is 0.
    public func sign() -> Variable { step("sign", value.sign()) }

    /// x². ∂x = 2 G x.
    public func squared() -> Variable { function("squared", value.squared()) { x, g in g * x * 2 } }

    /// eˣ. ∂x = G y.
    public func exp() -> Variable { function("exp", inResult: value.exp()) { y, g in g * y } }

    /// eˣ - 1. ∂x = G (y + 1).
    public func expm1() -> Variable { function("expm1", inResult: value.expm1()) { y, g in g * (y + 1) } }

    /// The natural logarithm. ∂x = G / x.
    public func log() -> Variable { function("log", value.log()) { x, g in g / x } }

    /// The binary logarithm. ∂x = G / (x ln 2).
    public func log2() -> Variable { function("log2", value.log2()) { x, g in g / (x * 0.693147180559945309) } }

    /// The decimal logarithm. ∂x = G / (x ln 10).
    public func log10() -> Variable { function("log10", value.log10()) { x, g in g / (x * 2.302585092994045684) } }

    /// log(1 + x). ∂x = G / (1 + x).
    public func log1p() -> Variable { function("log1p", value.log1p()) { x, g in g / (x + 1) } }

    /// √x. ∂x = G / 2y; infinite at 0.
    public func sqrt() -> Variable { function("sqrt", inResult: value.sqrt()) { y, g in g / (y * 2) } }

    /// 1/√x. ∂x = -G y³ / 2.
    public func rsqrt() -> Variable { function("rsqrt", inResult: value.rsqrt()) { y, g in g * (y * y * y) * -0.5 } }

    /// 1/x. ∂x = -G y².
    public func reciprocal() -> Variable {
        function("reciprocal", inResult: value.reciprocal()) { y, g in -(g * y * y) }
    }

    /// sin x. ∂x = G cos x.
    public func sin() -> Variable { function("sin", value.sin()) { x, g in g * x.cos() } }

    /// cos x. ∂x = -G sin x.
    public func cos() -> Variable { function("cos", value.cos()) { x, g in -(g * x.sin()) } }

    /// tan x. ∂x = G (1 + y²).
    public func tan() -> Variable { function("tan", inResult: value.tan()) { y, g in g * (y * y + 1) } }

    /// arcsin x. ∂x = G / √(1 - x²).
    public func asin() -> Variable { function("asin", value.asin()) { x, g in g * (1 - x * x).rsqrt() } }

    /// arccos x. ∂x = -G / √(1 - x²).
    public func acos() -> Variable { function("acos", value.acos()) { x, g in -(g * (1 - x * x).rsqrt()) } }

    /// arctan x. ∂x = G / (1 + x²).
    public func atan() -> Variable { function("atan", value.atan()) { x, g in g / (x * x + 1) } }

    /// sinh x. ∂x = G cosh x.
    public func sinh() -> Variable { function("sinh", value.sinh()) { x, g in g * x.cosh() } }

    /// cosh x. ∂x = G sinh x.
    public func cosh() -> Variable { function("cosh", value.cosh()) { x, g in g * x.sinh() } }

    /// arsinh x. ∂x = G / √(1 + x²).
    public func asinh() -> Variable { function("asinh", value.asinh()) { x, g in g * (x * x + 1).rsqrt() } }

    /// arcosh x. ∂x = G / √(x² - 1).
    public func acosh() -> Variable { function("acosh", value.acosh()) { x, g in g * (x * x - 1).rsqrt() } }

    /// artanh x. ∂x = G / (1 - x²).
    public func atanh() -> Variable { function("atanh", value.atanh()) { x, g in g / (1 - x * x) } }

    /// The error function. ∂x = G 2/√π exp(-x²).
    public func erf() -> Variable {
        function("erf", value.erf()) { x, g in g * (-(x * x)).exp() * 1.128379167095512574 }
    }

    /// 1 - erf x. ∂x = -G 2/√π exp(-x²).
    public func erfc() -> Variable {
        function("erfc", value.erfc()) { x, g in g * (-(x * x)).exp() * -1.128379167095512574 }
    }

    /// The inverse error function. ∂x = G √π/2 exp(y²).
    public func erfInverse() -> Variable {
        function("erfInverse", inResult: value.erfInverse()) { y, g in g * (y * y).exp() * 0.886226925452758014 }
    }

    /// log |Γ(x)|. ∂x = G ψ(x).
    public func lgamma() -> Variable { function("lgamma", value.lgamma()) { x, g in g * x.digamma() } }

    /// ψ(x), the derivative of log Γ. ∂x = G ψ′(x).
    public func digamma() -> Variable { polygamma(order: 0) }

    /// The n-th derivative of ψ. ∂x = G ψ⁽ⁿ⁺¹⁾(x).
    public func polygamma(order: Int) -> Variable {
        function("polygamma", value.polygamma(order: order)) { x, g in g * x.polygamma(order: order + 1) }
    }

    /// Rounding down; its gradient is 0.
    public func floor() -> Variable { step("floor", value.floor()) }

    /// Rounding up; its gradient is 0.
    public func ceil() -> Variable { step("ceil", value.ceil()) }

    /// Rounding to nearest, ties to even; its gradient is 0.
    public func round() -> Variable { step("round", value.round()) }

    /// The integer part; its gradient is 0.
    public func trunc() -> Variable { step("trunc", value.trunc()) }
}
