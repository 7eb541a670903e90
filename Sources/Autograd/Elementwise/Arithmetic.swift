import Tensor

extension Variable {
    /// a + b after broadcasting. ∂a = G, ∂b = G.
    public static func + (a: Variable, b: Variable) -> Variable {
        record("+", a.value + b.value, from: a, b) { gradient, pass in
            pass.send(to: 0) { gradient }
            pass.send(to: 1) { gradient }
        }
    }

    /// a - b after broadcasting. ∂a = G, ∂b = -G.
    public static func - (a: Variable, b: Variable) -> Variable {
        record("-", a.value - b.value, from: a, b) { gradient, pass in
            pass.send(to: 0) { gradient }
            pass.send(to: 1) { -gradient }
        }
    }

    /// a b elementwise after broadcasting. ∂a = G b, ∂b = G a.
    public static func * (a: Variable, b: Variable) -> Variable {
        // An operand is saved only for the other one's gradient.
        let (savedA, savedB) = (b.isTracked ? a : nil, a.isTracked ? b : nil)
        return record("*", a.value * b.value, from: a, b) { gradient, pass in
            if let savedB { pass.send(to: 0) { gradient * pass[savedB] } }
            if let savedA { pass.send(to: 1) { gradient * pass[savedA] } }
        }
    }

    /// a / b elementwise after broadcasting. ∂a = G / b, ∂b = -G (a / b) / b.
    public static func / (a: Variable, b: Variable) -> Variable {
        let quotient = a.value / b.value
        return record("/", quotient, from: a, b) { gradient, pass in
            pass.send(to: 0) { gradient / pass[b] }
            pass.send(to: 1) { -(gradient * pass.result(quotient) / pass[b]) }
        }
    }

    /// -a. ∂a = -G.
    public static prefix func - (a: Variable) -> Variable {
        record("-", -a.value, from: a) { gradient, pass in pass.send(to: 0) { -gradient } }
    }

    /// a + b for a number b. ∂a = G.
    public static func + (a: Variable, b: Scalar) -> Variable {
        record("+", a.value + b, from: a) { gradient, pass in pass.send(to: 0) { gradient } }
    }

    /// a + b for a number a. ∂b = G.
    public static func + (a: Scalar, b: Variable) -> Variable { b + a }

    /// a - b for a number b. ∂a = G.
    public static func - (a: Variable, b: Scalar) -> Variable { a + -b }

    /// a - b for a number a. ∂b = -G.
    public static func - (a: Scalar, b: Variable) -> Variable {
        record("-", a - b.value, from: b) { gradient, pass in pass.send(to: 0) { -gradient } }
    }

    /// a b for a number b. ∂a = G b.
    public static func * (a: Variable, b: Scalar) -> Variable {
        record("*", a.value * b, from: a) { gradient, pass in pass.send(to: 0) { gradient * b } }
    }

    /// a b for a number a. ∂b = G a.
    public static func * (a: Scalar, b: Variable) -> Variable { b * a }

    /// a / b for a number b. ∂a = G / b.
    public static func / (a: Variable, b: Scalar) -> Variable {
        record("/", a.value / b, from: a) { gradient, pass in pass.send(to: 0) { gradient / b } }
    }

    /// a / b for a number a. ∂b = -G (a / b) / b.
    public static func / (a: Scalar, b: Variable) -> Variable {
        let quotient = a / b.value
        return record("/", quotient, from: b) { gradient, pass in
            pass.send(to: 0) { -(gradient * pass.result(quotient) / pass[b]) }
        }
    }

    /// Adds a variable.
    public static func += (a: inout Variable, b: Variable) { a = a + b }

    /// Subtracts a variable.
    public static func -= (a: inout Variable, b: Variable) { a = a - b }

    /// Multiplies by a variable.
    public static func *= (a: inout Variable, b: Variable) { a = a * b }

    /// a to the power b after broadcasting. ∂a = G b a^(b-1), 0 where b = 0; ∂b = G a^b log a, 0 where a = 0 and b ≥ 0.
    public func pow(_ exponent: Variable) -> Variable {
        let (a, b) = (self, exponent)
        let power = a.value.pow(b.value)
        return Variable.record("pow", power, from: a, b) { gradient, pass in
            pass.send(to: 0) {
                let slope = pass[b] * pass[a].pow(pass[b] - 1)
                // Only where 0 · a⁻¹ is not 0 by itself: elsewhere the slope still varies with b.
                let isUndefined = (b.value .== 0).and(!(a.value.abs() .> 0))
                return gradient * slope.replaced(where: isUndefined, by: 0)
            }
            pass.send(to: 1) {
                let atZero = (a.value .== 0).and(b.value .>= 0)
                let base = pass[a].broadcast(to: atZero.shape).replaced(where: atZero, by: 1)
                return (gradient * pass.result(power) * base.log()).replaced(where: atZero, by: 0)
            }
        }
    }

    /// Every element raised to the same power p. ∂a = G p a^(p-1).
    public func pow(_ exponent: Scalar) -> Variable {
        Variable.record("pow", value.pow(exponent), from: self) { gradient, pass in
            pass.send(to: 0) {
                exponent == 0
                    ? Variable(Tensor(zeros: gradient.shape)) : gradient * (pass[self].pow(exponent - 1) * exponent)
            }
        }
    }

    /// The larger of two elements after broadcasting; NaN if either is. The gradient is split evenly among ties.
    public func maximum(_ other: Variable) -> Variable {
        let (a, b) = (self.value, other.value)
        return chosen("maximum", a.maximum(b), other, isOutdone: { a .<= b }, isOtherOutdone: { b .<= a })
    }

    /// The smaller of two elements after broadcasting; NaN if either is. The gradient is split evenly among ties.
    public func minimum(_ other: Variable) -> Variable {
        let (a, b) = (self.value, other.value)
        return chosen("minimum", a.minimum(b), other, isOutdone: { a .>= b }, isOtherOutdone: { b .>= a })
    }

    /// The gradient goes to the operand that is not outdone, half to each of two equal ones, whole to both if one is NaN.
    private func chosen(
        _ name: StaticString, _ result: Tensor<Scalar>, _ other: Variable,
        isOutdone: @escaping @Sendable () -> Tensor<Bool>, isOtherOutdone: @escaping @Sendable () -> Tensor<Bool>
    ) -> Variable {
        Variable.record(name, result, from: self, other) { gradient, pass in
            let (lost, otherLost) = (isOutdone(), isOtherOutdone())
            let halves = Tensor<Scalar>(lost.and(otherLost)) * 0.5
            pass.send(to: 0) { gradient * Variable(Tensor<Scalar>(!lost) + halves) }
            pass.send(to: 1) { gradient * Variable(Tensor<Scalar>(!otherLost) + halves) }
        }
    }

    /// The angle of the points (x: `other`, y: `self`). ∂y = G x / (x² + y²), ∂x = -G y / (x² + y²).
    public func atan2(_ other: Variable) -> Variable {
        let (y, x) = (self, other)
        return Variable.record("atan2", y.value.atan2(x.value), from: y, x) { gradient, pass in
            let scaled = gradient / (pass[x].squared() + pass[y].squared())
            pass.send(to: 0) { scaled * pass[x] }
            pass.send(to: 1) { -(scaled * pass[y]) }
        }
    }

    /// sqrt(a² + b²) without overflow. ∂a = G a / r, ∂b = G b / r.
    public func hypot(_ other: Variable) -> Variable {
        let (a, b) = (self, other)
        let radius = a.value.hypot(b.value)
        return Variable.record("hypot", radius, from: a, b) { gradient, pass in
            let scaled = gradient / pass.result(radius)
            pass.send(to: 0) { scaled * pass[a] }
            pass.send(to: 1) { scaled * pass[b] }
        }
    }

    /// log(exp(a) + exp(b)) without overflow. ∂a = G σ(a - b), ∂b = G σ(b - a).
    public func logAddExp(_ other: Variable) -> Variable {
        let (a, b) = (self, other)
        return Variable.record("logAddExp", a.value.logAddExp(b.value), from: a, b) { gradient, pass in
            pass.send(to: 0) { gradient * (pass[a] - pass[b]).sigmoid() }
            pass.send(to: 1) { gradient * (pass[b] - pass[a]).sigmoid() }
        }
    }

    /// Linear interpolation a + w (b - a). ∂a = G (1 - w), ∂b = G w, ∂w = G (b - a).
    public func lerp(to end: Variable, weight: Variable) -> Variable { self + weight * (end - self) }

    /// The elements, limited to a range. ∂x = G strictly inside, 0 at the bounds and outside.
    public func clamped(to range: ClosedRange<Scalar>) -> Variable {
        let inside = value.isInside(range.lowerBound, range.upperBound)
        return Variable.record("clamped", value.clamped(to: range), from: self) { gradient, pass in
            pass.send(to: 0) { gradient * Variable(inside) }
        }
    }

    /// Elements where a condition holds, a number elsewhere. ∂x = G where the condition holds not.
    ///
    /// No gradient reaches replaced elements, not even NaN.
    public func replaced(where condition: Tensor<Bool>, by number: Scalar) -> Variable {
        let result = condition.select(Tensor(number), value)
        return Variable.record("replaced", result, from: self) { gradient, pass in
            pass.send(to: 0) { gradient.replaced(where: condition, by: 0) }
        }
    }

    /// Elements of `a` where a condition holds, of `b` elsewhere; all three broadcast. ∂a = G there, ∂b = G elsewhere.
    ///
    /// A rule upstream of the branch not taken still runs, on gradient 0: 0 · ∞ is NaN there. Make the operand of such a
    /// function safe first, with ``replaced(where:by:)``.
    public static func select(_ condition: Tensor<Bool>, _ a: Variable, _ b: Variable) -> Variable {
        record("select", condition.select(a.value, b.value), from: a, b) { gradient, pass in
            pass.send(to: 0) { gradient.replaced(where: !condition, by: 0) }
            pass.send(to: 1) { gradient.replaced(where: condition, by: 0) }
        }
    }
}
