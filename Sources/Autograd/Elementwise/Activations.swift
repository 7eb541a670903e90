import Tensor

// Where training spends its time a rule has two forms: a fused kernel for a gradient that is final, and a composition of
// differentiable operations for one that will be differentiated again.

extension Variable {
    /// A function with a fused first-order rule and a composed one, both in the operand.
    private func activation(
        _ name: StaticString, _ result: Tensor<Scalar>,
        fused: @escaping @Sendable (_ x: Tensor<Scalar>, _ gradient: Tensor<Scalar>) -> Tensor<Scalar>,
        composed: @escaping @Sendable (_ x: Variable, _ gradient: Variable) -> Variable
    ) -> Variable {
        Variable.record(name, result, from: self) { gradient, pass in
            pass.send(to: 0) {
                pass.recordsGradient ? composed(self, gradient) : Variable(fused(value, gradient.value))
            }
        }
    }

    /// A function with a fused first-order rule and a composed one, both in the result.
    private func activation(
        _ name: StaticString, inResult result: Tensor<Scalar>,
        fused: @escaping @Sendable (_ y: Tensor<Scalar>, _ gradient: Tensor<Scalar>) -> Tensor<Scalar>,
        composed: @escaping @Sendable (_ y: Variable, _ gradient: Variable) -> Variable
    ) -> Variable {
        Variable.record(name, result, from: self) { gradient, pass in
            pass.send(to: 0) {
                pass.recordsGradient
                    ? composed(pass.result(result), gradient) : Variable(fused(result, gradient.value))
            }
        }
    }

    /// A piecewise linear function: the gradient times a slope that is constant almost everywhere.
    private func piecewise(_ name: StaticString, _ result: Tensor<Scalar>, _ slope: Tensor<Scalar>) -> Variable {
        Variable.record(name, result, from: self) { gradient, pass in
            pass.send(to: 0) { gradient * Variable(slope) }
        }
    }

    /// tanh x. ∂x = G (1 - y²).
    public func tanh() -> Variable {
        activation(
            "tanh", inResult: value.tanh(), fused: { $0.tanhGradient($1) }, composed: { y, g in g * (1 - y * y) })
    }

    /// σ(x) = 1 / (1 + e⁻ˣ). ∂x = G y (1 - y).
    public func sigmoid() -> Variable {
        activation(
            "sigmoid", inResult: value.sigmoid(), fused: { $0.sigmoidGradient($1) },
            composed: { y, g in g * y * (1 - y) })
    }

    /// max(x, 0). ∂x = G where x > 0.
    public func relu() -> Variable {
        activation(
            "relu", inResult: value.relu(), fused: { $0.reluGradient($1) },
            composed: { y, g in g * Variable(Tensor(y.value .> 0)) })
    }

    /// min(max(x, 0), 6). ∂x = G where 0 < x < 6.
    public func relu6() -> Variable { piecewise("relu6", value.relu6(), value.isInside(0, 6)) }

    /// x where positive, else s x. ∂x = G where x > 0, else s G.
    public func leakyReLU(slope: Scalar = 0.01) -> Variable {
        activation(
            "leakyReLU", value.leakyReLU(slope: slope), fused: { $0.leakyReLUGradient($1, slope: slope) },
            composed: { x, g in g * Variable((x.value .> 0).select(Tensor(1), Tensor(slope))) })
    }

    /// x where positive, else s x with a slope for each channel (axis 1). ∂s = Σ G x where x ≤ 0.
    public func prelu(slope: Variable) -> Variable {
        let isPositive = value .> 0
        var shape = [Int](repeating: 1, count: rank)
        if rank > 1, slope.count > 1 { shape[1] = slope.count }
        let slopes = slope.count == 1 ? slope.reshaped([]) : slope.reshaped(shape)
        return Variable.select(isPositive, self, self * slopes)
    }

    /// x where positive, else α (eˣ - 1). ∂x = G where x > 0, else G α eˣ.
    public func elu(alpha: Scalar = 1) -> Variable {
        let isPositive = value .> 0
        return Variable.record("elu", value.elu(alpha: alpha), from: self) { gradient, pass in
            pass.send(to: 0) {
                let x = pass[self].replaced(where: isPositive, by: 0)
                return Variable.select(isPositive, gradient, gradient * x.exp() * alpha)
            }
        }
    }

    /// The self-normalising unit, λ elu(x, α). ∂x as there.
    public func selu() -> Variable { elu(alpha: 1.6732632423543772848) * 1.0507009873554804934 }

    /// log(1 + e^βx) / β, linear above the threshold. ∂x = G σ(βx).
    public func softplus(beta: Scalar = 1, threshold: Scalar = 20) -> Variable {
        Variable.record("softplus", value.softplus(beta: beta, threshold: threshold), from: self) { gradient, pass in
            pass.send(to: 0) {
                if !pass.recordsGradient, threshold == 20 {
                    return Variable(value.softplusGradient(gradient.value, beta: beta))
                }
                let isLinear = value * beta .> threshold
                return gradient * (pass[self] * beta).sigmoid().replaced(where: isLinear, by: 1)
            }
        }
    }

    /// log σ(x). ∂x = G σ(-x).
    public func logSigmoid() -> Variable {
        Variable.record("logSigmoid", value.logSigmoid(), from: self) { gradient, pass in
            pass.send(to: 0) { gradient * (-pass[self]).sigmoid() }
        }
    }

    /// x σ(x). ∂x = G σ(x) (1 + x (1 - σ(x))).
    public func silu() -> Variable {
        activation("silu", value.silu(), fused: { $0.siluGradient($1) }) { x, g in
            let s = x.sigmoid()
            return g * s * (x * (1 - s) + 1)
        }
    }

    /// The Gaussian error linear unit. Exact form: ∂x = G (Φ(x) + x φ(x)).
    public func gelu(approximation: GELUApproximation = .none) -> Variable {
        let result = value.gelu(approximation: approximation)
        switch approximation {
        case .none:
            return activation("gelu", result, fused: { $0.geluGradient($1) }) { x, g in
                let cumulative = (x * 0.70710678118654752440).erf() * 0.5 + 0.5
                let density = (x * x * -0.5).exp() * 0.39894228040143267794
                return g * (cumulative + x * density)
            }
        case .tanh:
            // y = x σ(u) with u = 2 √(2/π) (x + 0.044715 x³)
            return activation("gelu", result, fused: { $0.geluTanhGradient($1) }) { x, g in
                let square = x * x
                let s = ((square * 0.044715 + 1) * x * 1.5957691216057307118).sigmoid()
                let slope = (square * 0.134145 + 1) * 1.5957691216057307118
                return g * s * (x * (1 - s) * slope + 1)
            }
        case .sigmoid:
            return Variable.record("gelu", result, from: self) { gradient, pass in
                pass.send(to: 0) {
                    let x = pass[self]
                    let s = (x * 1.702).sigmoid()
                    return gradient * s * (x * (1 - s) * 1.702 + 1)
                }
            }
        }
    }

    /// clamp(x / 6 + 1/2, 0, 1). ∂x = G / 6 where -3 < x < 3.
    public func hardSigmoid() -> Variable {
        piecewise("hardSigmoid", value.hardSigmoid(), value.isInside(-3, 3) / 6)
    }

    /// x · hardSigmoid(x). ∂x = G (2x + 3) / 6 where -3 < x < 3, G above.
    public func hardSwish() -> Variable {
        let inside = value.isInside(-3, 3) .!= 0
        let above = Tensor<Scalar>(value .>= 3)
        return Variable.record("hardSwish", value.hardSwish(), from: self) { gradient, pass in
            pass.send(to: 0) {
                gradient * Variable.select(inside, (pass[self] * 2 + 3) / 6, Variable(above))
            }
        }
    }

    /// x tanh(softplus(x)). ∂x = G (t + x (1 - t²) σ(x)), t = tanh(softplus(x)).
    public func mish() -> Variable {
        Variable.record("mish", value.mish(), from: self) { gradient, pass in
            pass.send(to: 0) {
                let x = pass[self]
                let t = x.softplus().tanh()
                return gradient * (t + x * (1 - t * t) * x.sigmoid())
            }
        }
    }

    /// x / (1 + |x|). ∂x = G / (1 + |x|)².
    public func softsign() -> Variable {
        Variable.record("softsign", value.softsign(), from: self) { gradient, pass in
            pass.send(to: 0) { gradient / (pass[self].abs() + 1).squared() }
        }
    }

    /// x - tanh x. ∂x = G tanh² x.
    public func tanhShrink() -> Variable { self - tanh() }
}
