import CKernels

extension ElementwiseExpression {
    /// `value` where x is positive, else 0: not even NaN or infinity passes where x is not positive.
    private func gate(_ value: Self) -> Self {
        zip(MK_RELU_GRADIENT, value) { x, _, _, g in (nil, x.gate(g)) }
    }

    /// 1 where x is positive, else 0.
    private func isPositive() -> Self { relu().sign() }

    /// tanh x. ∂x = G (1 - y²).
    public func tanh() -> Self { map(MK_TANH) { _, y, g in g * (1 - y * y) } }

    /// σ(x) = 1 / (1 + e⁻ˣ). ∂x = G y (1 - y).
    public func sigmoid() -> Self { map(MK_SIGMOID) { _, y, g in g * y * (1 - y) } }

    /// log σ(x). ∂x = G σ(-x).
    public func logSigmoid() -> Self { map(MK_LOG_SIGMOID) { x, _, g in g * (-x).sigmoid() } }

    /// max(x, 0). ∂x = G where x > 0.
    public func relu() -> Self { map(MK_RELU) { x, _, g in x.gate(g) } }

    /// min(max(x, 0), 6). ∂x = G where 0 < x < 6.
    public func relu6() -> Self { map(MK_RELU6) { x, _, g in g * x.isInside(0, 6) } }

    /// x where positive, else s x. ∂x = G where x > 0, else s G.
    public func leakyReLU(slope: Scalar = 0.01) -> Self {
        map(MK_LEAKY_RELU, slope.doubleValue) { x, _, g in x.leakyGate(g, slope: slope) }
    }

    /// `value` where x is positive, else s · value.
    private func leakyGate(_ value: Self, slope: Scalar) -> Self {
        zip(MK_LEAKY_RELU_GRADIENT, value, slope.doubleValue) { x, _, _, g in (nil, x.leakyGate(g, slope: slope)) }
    }

    /// x where positive, else α (eˣ - 1). ∂x = G where x > 0, else G α eˣ.
    public func elu(alpha: Scalar = 1) -> Self {
        map(MK_ELU, alpha.doubleValue) { x, _, g in
            let isPositive = x.isPositive()
            return g * (isPositive + (1 - isPositive) * x.minimum(0).exp() * alpha)
        }
    }

    /// The self-normalising unit, λ elu(x, α).
    public func selu() -> Self { elu(alpha: 1.6732632423543772848) * 1.0507009873554804934 }

    /// log(1 + e^βx) / β, linear above the threshold. ∂x = G σ(βx), G above the threshold.
    public func softplus(beta: Scalar = 1, threshold: Scalar = 20) -> Self {
        map(MK_SOFTPLUS, beta.doubleValue, threshold.doubleValue) { x, _, g in
            let isLinear = (x * beta - threshold).isPositive()
            let slope = (x * beta).sigmoid()
            return g * (slope + isLinear * (1 - slope))
        }
    }

    /// x σ(x). ∂x = G σ(x) (1 + x (1 - σ(x))).
    public func silu() -> Self {
        map(MK_SILU) { x, _, g in
            let s = x.sigmoid()
            return g * s * (x * (1 - s) + 1)
        }
    }

    /// The Gaussian error linear unit. Exact form: ∂x = G (Φ(x) + x φ(x)).
    public func gelu(approximation: GELUApproximation = .none) -> Self {
        switch approximation {
        case .none:
            return map(MK_GELU) { x, _, g in
                let cumulative = (x * 0.70710678118654752440).erf() * 0.5 + 0.5
                let density = (x * x * -0.5).exp() * 0.39894228040143267794
                return g * (cumulative + x * density)
            }
        case .tanh:
            // y = x σ(u) with u = 2 √(2/π) (x + 0.044715 x³)
            return map(MK_GELU_TANH) { x, _, g in
                let square = x * x
                let s = ((square * 0.044715 + 1) * x * 1.5957691216057307118).sigmoid()
                let slope = (square * 0.134145 + 1) * 1.5957691216057307118
                return g * s * (x * (1 - s) * slope + 1)
            }
        case .sigmoid:
            return map(MK_QUICK_GELU) { x, _, g in
                let s = (x * 1.702).sigmoid()
                return g * s * (x * (1 - s) * 1.702 + 1)
            }
        }
    }

    /// clamp(x / 6 + 1/2, 0, 1). ∂x = G / 6 where -3 < x < 3.
    public func hardSigmoid() -> Self { map(MK_HARD_SIGMOID) { x, _, g in g * (x.isInside(-3, 3) / 6) } }

    /// x · hardSigmoid(x). ∂x = G (2x + 3) / 6 where -3 < x < 3, G above.
    public func hardSwish() -> Self {
        map(MK_HARD_SWISH) { x, _, g in
            g * (x.isInside(-3, 3).gate((x * 2 + 3) / 6) + (1 - (3 - x).isPositive()))
        }
    }

    /// x tanh(softplus(x)). ∂x = G (t + x (1 - t²) σ(x)), t = tanh(softplus(x)).
    public func mish() -> Self {
        map(MK_MISH) { x, _, g in
            let t = x.softplus().tanh()
            return g * (t + x * (1 - t * t) * x.sigmoid())
        }
    }

    /// x / (1 + |x|). ∂x = G / (1 + |x|)².
    public func softsign() -> Self { map(MK_SOFTSIGN) { x, _, g in g / (x.abs() + 1).squared() } }
}
