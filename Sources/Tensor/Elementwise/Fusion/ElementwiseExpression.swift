import CKernels

/// A value inside a ``fused(_:_:)-(Tensor<Scalar>,_)`` function: it stands for one element of a tensor at a time.
///
/// Operations on expressions are noted, not computed. Every operation gives exactly what the tensor operation of the
/// same name gives, and carries the rule of its derivative: x (a, b) is the operand, y the result, G the gradient that
/// flows in. Rules are expressions too, so a gradient can be differentiated again.
public struct ElementwiseExpression<Scalar: FloatingTensorScalar> {
    let trace: ElementwiseTrace<Scalar>
    /// The step of the trace that computes the value.
    let step: Int

    typealias UnaryRule = @Sendable (_ x: Self, _ y: Self, _ gradient: Self) -> Self
    typealias BinaryRule = @Sendable (_ a: Self, _ b: Self, _ y: Self, _ gradient: Self) -> (Self?, Self?)

    /// A function of one operand; without a rule its derivative is 0.
    func map(_ op: mk_unary_operation, _ p0: Double = 0, _ p1: Double = 0, rule: UnaryRule? = nil) -> Self {
        trace.append(.unary(op, step), p0, p1, rule.map { .unary($0) } ?? .none)
    }

    /// A function of two operands; where a rule gives nil the derivative is 0.
    func zip(_ op: mk_binary_operation, _ other: Self, _ parameter: Double = 0, rule: @escaping BinaryRule) -> Self {
        guard trace === other.trace else {
            trap("fused: an expression was used outside the function that it was given to")
        }
        return trace.append(.binary(op, step, other.step), parameter, 0, .binary(rule))
    }

    /// A number as an operand.
    func constant(_ value: Scalar) -> Self { trace.append(.constant, value.doubleValue) }
}

extension ElementwiseExpression {
    /// a + b. ∂a = G, ∂b = G.
    public static func + (a: Self, b: Self) -> Self { a.zip(MK_ADD, b) { _, _, _, g in (g, g) } }

    /// a - b. ∂a = G, ∂b = -G.
    public static func - (a: Self, b: Self) -> Self { a.zip(MK_SUBTRACT, b) { _, _, _, g in (g, -g) } }

    /// a b. ∂a = G b, ∂b = G a.
    public static func * (a: Self, b: Self) -> Self { a.zip(MK_MULTIPLY, b) { a, b, _, g in (g * b, g * a) } }

    /// a / b. ∂a = G / b, ∂b = -G (a / b) / b.
    public static func / (a: Self, b: Self) -> Self {
        a.zip(MK_DIVIDE, b) { _, b, y, g in (g / b, -(g * y / b)) }
    }

    /// -x. ∂x = -G.
    public static prefix func - (x: Self) -> Self { x.map(MK_NEGATE) { _, _, g in -g } }

    /// x + c for a number c. ∂x = G.
    public static func + (x: Self, c: Scalar) -> Self { x.map(MK_ADD_SCALAR, c.doubleValue) { _, _, g in g } }

    /// c + x for a number c. ∂x = G.
    public static func + (c: Scalar, x: Self) -> Self { x + c }

    /// x - c for a number c. ∂x = G.
    public static func - (x: Self, c: Scalar) -> Self { x + -c }

    /// c - x for a number c. ∂x = -G.
    public static func - (c: Scalar, x: Self) -> Self { x.map(MK_SUBTRACT_FROM, c.doubleValue) { _, _, g in -g } }

    /// c x for a number c. ∂x = G c.
    public static func * (x: Self, c: Scalar) -> Self { x.map(MK_MULTIPLY_SCALAR, c.doubleValue) { _, _, g in g * c } }

    /// c x for a number c. ∂x = G c.
    public static func * (c: Scalar, x: Self) -> Self { x * c }

    /// x / c for a number c. ∂x = G / c.
    public static func / (x: Self, c: Scalar) -> Self { x / x.constant(c) }

    /// c / x for a number c. ∂x = -G y / x.
    public static func / (c: Scalar, x: Self) -> Self {
        x.map(MK_DIVIDE_INTO, c.doubleValue) { x, y, g in -(g * y / x) }
    }

    /// The larger of two values; NaN if either is. The gradient is split evenly among equal ones.
    public func maximum(_ other: Self) -> Self {
        zip(MK_MAX, other) { a, b, _, g in
            let lead = (a - b).sign() * 0.5
            return (g * (0.5 + lead), g * (0.5 - lead))
        }
    }

    /// The smaller of two values; NaN if either is. The gradient is split evenly among equal ones.
    public func minimum(_ other: Self) -> Self {
        zip(MK_MIN, other) { a, b, _, g in
            let lead = (a - b).sign() * 0.5
            return (g * (0.5 - lead), g * (0.5 + lead))
        }
    }

    /// max(x, c) for a number c.
    public func maximum(_ number: Scalar) -> Self { maximum(constant(number)) }

    /// min(x, c) for a number c.
    public func minimum(_ number: Scalar) -> Self { minimum(constant(number)) }

    /// The value, limited to a range. ∂x = G strictly inside, 0 at the bounds and outside.
    public func clamped(to range: ClosedRange<Scalar>) -> Self {
        let (lower, upper) = (range.lowerBound, range.upperBound)
        return map(MK_CLAMP, lower.doubleValue, upper.doubleValue) { x, _, g in g * x.isInside(lower, upper) }
    }

    /// 1 strictly between two bounds, else 0; its gradient is 0.
    public func isInside(_ lower: Scalar, _ upper: Scalar) -> Self {
        map(MK_IN_OPEN_RANGE, lower.doubleValue, upper.doubleValue)
    }

    /// The angle of the point (x: `other`, y: `self`). ∂y = G x / (x² + y²), ∂x = -G y / (x² + y²).
    public func atan2(_ other: Self) -> Self {
        zip(MK_ATAN2, other) { y, x, _, g in
            let scaled = g / (x.squared() + y.squared())
            return (scaled * x, -(scaled * y))
        }
    }

    /// √(a² + b²) without overflow. ∂a = G a / y, ∂b = G b / y.
    public func hypot(_ other: Self) -> Self { zip(MK_HYPOT, other) { a, b, y, g in (g / y * a, g / y * b) } }

    /// log(eᵃ + eᵇ) without overflow. ∂a = G σ(a - b), ∂b = G σ(b - a).
    public func logAddExp(_ other: Self) -> Self {
        zip(MK_LOGADDEXP, other) { a, b, _, g in (g * (a - b).sigmoid(), g * (b - a).sigmoid()) }
    }
}
