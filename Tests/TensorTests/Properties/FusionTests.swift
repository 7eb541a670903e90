import Tensor
import Testing

/// A pair of the same operation on tensors and on expressions.
private struct Operation<Scalar: FloatingTensorScalar>: Sendable {
    typealias Expression = ElementwiseExpression<Scalar>

    var name: String
    var eager: @Sendable (Tensor<Scalar>, Tensor<Scalar>) -> Tensor<Scalar>
    var fused: @Sendable (Expression, Expression) -> Expression

    init(
        _ name: String, _ eager: @escaping @Sendable (Tensor<Scalar>, Tensor<Scalar>) -> Tensor<Scalar>,
        _ fused: @escaping @Sendable (Expression, Expression) -> Expression
    ) {
        (self.name, self.eager, self.fused) = (name, eager, fused)
    }

    static var all: [Operation] { arithmetic + functions + activations }

    static var arithmetic: [Operation] {
        [
            .init("+", { $0 + $1 }, { $0 + $1 }), .init("-", { $0 - $1 }, { $0 - $1 }),
            .init("*", { $0 * $1 }, { $0 * $1 }), .init("/", { $0 / $1 }, { $0 / $1 }),
            .init("maximum", { $0.maximum($1) }, { $0.maximum($1) }),
            .init("minimum", { $0.minimum($1) }, { $0.minimum($1) }),
            .init("atan2", { $0.atan2($1) }, { $0.atan2($1) }), .init("hypot", { $0.hypot($1) }, { $0.hypot($1) }),
            .init("logAddExp", { $0.logAddExp($1) }, { $0.logAddExp($1) }),
            .init("negation", { a, _ in -a }, { a, _ in -a }),
            .init("x + 0.3", { a, _ in a + 0.3 }, { a, _ in a + 0.3 }),
            .init("2 + x", { a, _ in 2 + a }, { a, _ in 2 + a }),
            .init("x - 0.7", { a, _ in a - 0.7 }, { a, _ in a - 0.7 }),
            .init("1 - x", { a, _ in 1 - a }, { a, _ in 1 - a }),
            .init("x * 1.3", { a, _ in a * 1.3 }, { a, _ in a * 1.3 }),
            .init("0.1 * x", { a, _ in 0.1 * a }, { a, _ in 0.1 * a }),
            .init("x / 3", { a, _ in a / 3 }, { a, _ in a / 3 }),
            .init("3 / x", { a, _ in 3 / a }, { a, _ in 3 / a }),
            .init("maximum of 0.2", { a, _ in a.maximum(Tensor(0.2)) }, { a, _ in a.maximum(0.2) }),
            .init("minimum of 0.2", { a, _ in a.minimum(Tensor(0.2)) }, { a, _ in a.minimum(0.2) }),
            .init("clamped", { a, _ in a.clamped(to: -0.5...0.8) }, { a, _ in a.clamped(to: -0.5...0.8) }),
            .init("isInside", { a, _ in a.isInside(-0.5, 0.8) }, { a, _ in a.isInside(-0.5, 0.8) }),
            .init("pow 2", { a, _ in a.pow(2) }, { a, _ in a.pow(2) }),
            .init("pow 0.5", { a, _ in a.pow(0.5) }, { a, _ in a.pow(0.5) }),
            .init("pow 0", { a, _ in a.pow(0) }, { a, _ in a.pow(0) }),
            .init("pow 1.7", { a, _ in a.pow(1.7) }, { a, _ in a.pow(1.7) }),
        ]
    }

    static var functions: [Operation] {
        [
            .init("abs", { a, _ in a.abs() }, { a, _ in a.abs() }),
            .init("sign", { a, _ in a.sign() }, { a, _ in a.sign() }),
            .init("squared", { a, _ in a.squared() }, { a, _ in a.squared() }),
            .init("exp", { a, _ in a.exp() }, { a, _ in a.exp() }),
            .init("expm1", { a, _ in a.expm1() }, { a, _ in a.expm1() }),
            .init("log", { a, _ in a.log() }, { a, _ in a.log() }),
            .init("log2", { a, _ in a.log2() }, { a, _ in a.log2() }),
            .init("log10", { a, _ in a.log10() }, { a, _ in a.log10() }),
            .init("log1p", { a, _ in a.log1p() }, { a, _ in a.log1p() }),
            .init("sqrt", { a, _ in a.sqrt() }, { a, _ in a.sqrt() }),
            .init("rsqrt", { a, _ in a.rsqrt() }, { a, _ in a.rsqrt() }),
            .init("reciprocal", { a, _ in a.reciprocal() }, { a, _ in a.reciprocal() }),
            .init("sin", { a, _ in a.sin() }, { a, _ in a.sin() }),
            .init("cos", { a, _ in a.cos() }, { a, _ in a.cos() }),
            .init("tan", { a, _ in a.tan() }, { a, _ in a.tan() }),
            .init("asin", { a, _ in a.asin() }, { a, _ in a.asin() }),
            .init("acos", { a, _ in a.acos() }, { a, _ in a.acos() }),
            .init("atan", { a, _ in a.atan() }, { a, _ in a.atan() }),
            .init("sinh", { a, _ in a.sinh() }, { a, _ in a.sinh() }),
            .init("cosh", { a, _ in a.cosh() }, { a, _ in a.cosh() }),
            .init("asinh", { a, _ in a.asinh() }, { a, _ in a.asinh() }),
            .init("acosh", { a, _ in a.acosh() }, { a, _ in a.acosh() }),
            .init("atanh", { a, _ in a.atanh() }, { a, _ in a.atanh() }),
            .init("erf", { a, _ in a.erf() }, { a, _ in a.erf() }),
            .init("erfc", { a, _ in a.erfc() }, { a, _ in a.erfc() }),
            .init("erfInverse", { a, _ in a.erfInverse() }, { a, _ in a.erfInverse() }),
            .init("lgamma", { a, _ in a.lgamma() }, { a, _ in a.lgamma() }),
            .init("polygamma", { a, _ in a.polygamma(order: 1) }, { a, _ in a.polygamma(order: 1) }),
            .init("floor", { a, _ in a.floor() }, { a, _ in a.floor() }),
            .init("ceil", { a, _ in a.ceil() }, { a, _ in a.ceil() }),
            .init("round", { a, _ in a.round() }, { a, _ in a.round() }),
            .init("trunc", { a, _ in a.trunc() }, { a, _ in a.trunc() }),
        ]
    }

    static var activations: [Operation] {
        [
            .init("tanh", { a, _ in a.tanh() }, { a, _ in a.tanh() }),
            .init("sigmoid", { a, _ in a.sigmoid() }, { a, _ in a.sigmoid() }),
            .init("logSigmoid", { a, _ in a.logSigmoid() }, { a, _ in a.logSigmoid() }),
            .init("relu", { a, _ in a.relu() }, { a, _ in a.relu() }),
            .init("relu6", { a, _ in a.relu6() }, { a, _ in a.relu6() }),
            .init("leakyReLU", { a, _ in a.leakyReLU(slope: 0.2) }, { a, _ in a.leakyReLU(slope: 0.2) }),
            .init("elu", { a, _ in a.elu(alpha: 1.3) }, { a, _ in a.elu(alpha: 1.3) }),
            .init("selu", { a, _ in a.selu() }, { a, _ in a.selu() }),
            .init("softplus", { a, _ in a.softplus(beta: 2) }, { a, _ in a.softplus(beta: 2) }),
            .init("silu", { a, _ in a.silu() }, { a, _ in a.silu() }),
            .init("gelu", { a, _ in a.gelu() }, { a, _ in a.gelu() }),
            .init("gelu tanh", { a, _ in a.gelu(approximation: .tanh) }, { a, _ in a.gelu(approximation: .tanh) }),
            .init(
                "gelu sigmoid", { a, _ in a.gelu(approximation: .sigmoid) }, { a, _ in a.gelu(approximation: .sigmoid) }
            ),
            .init("hardSigmoid", { a, _ in a.hardSigmoid() }, { a, _ in a.hardSigmoid() }),
            .init("hardSwish", { a, _ in a.hardSwish() }, { a, _ in a.hardSwish() }),
            .init("mish", { a, _ in a.mish() }, { a, _ in a.mish() }),
            .init("softsign", { a, _ in a.softsign() }, { a, _ in a.softsign() }),
        ]
    }
}

/// The bits of every element, all NaN alike.
private func bits<Scalar: FloatingTensorScalar>(_ tensor: Tensor<Scalar>) -> [Double] {
    tensor.array.map { $0.isNaN ? .nan : $0.doubleValue }
}

/// Requires the same shape and the same bits; NaN equals NaN, and 0 differs from -0.
private func expectSame<Scalar: FloatingTensorScalar>(
    _ found: Tensor<Scalar>, _ expected: Tensor<Scalar>, _ name: String,
    _ location: SourceLocation = #_sourceLocation
) {
    #expect(found.shape == expected.shape, "\(name)", sourceLocation: location)
    let (f, e) = (bits(found).map(\.bitPattern), bits(expected).map(\.bitPattern))
    #expect(f == e, "\(name)", sourceLocation: location)
}

/// Applies one random program of operations to tensors and, fused, to expressions.
private func compareRandomProgram<Scalar: FloatingTensorScalar>(
    _ seed: Int, _ operations: [Operation<Scalar>], convert: (Tensor<Double>) -> Tensor<Scalar>
) {
    var random = RandomShapes(seed: seed)
    let shape = random.shape()
    let operands = (0..<(1 + random.generator.integer(below: 4))).map { _ in
        convert(random.disguised(random.tensor(random.shrunk(shape)) * 0.25))
    }
    let length = 1 + random.generator.integer(below: 30)
    let choices = (0..<length).map { position in
        let known = operands.count + position
        return (
            operations[random.generator.integer(below: operations.count)], random.generator.integer(below: known),
            random.generator.integer(below: known)
        )
    }
    var values = operands
    // The result has the shape to which all operands broadcast, whether it uses them or not.
    for (operation, a, b) in choices { values.append(operation.eager(values[a], values[b])) }
    let common = operands.dropFirst().reduce(operands[0] * 0) { $0 + $1 * 0 }.shape
    let result = fused(operands) { expressions in
        var values = expressions
        for (operation, a, b) in choices { values.append(operation.fused(values[a], values[b])) }
        return values[values.count - 1]
    }
    expectSame(result, values[values.count - 1].broadcast(to: common), choices.map(\.0.name).joined(separator: ", "))
}

@Suite("Fused elementwise functions have the bits of the operations one by one")
struct FusionTests {
    @Test("every operation by itself, at ordinary and special values")
    func operations() {
        func check<Scalar: FloatingTensorScalar>(_: Scalar.Type) {
            let special: [Scalar] = [0, -0.0, 1, -1, .infinity, -.infinity, .nan, 3, -3, 25, -25, 0.5]
            let noise = Tensor<Scalar>(randomNormal: [2001], key: RandomKey(seed: 1)).array
            let a = Tensor(special.flatMap { x in special.map { _ in x } } + noise)
            let b = Tensor(special.flatMap { _ in special } + noise.reversed())
            for operation in Operation<Scalar>.all {
                let result = fused(a, b) { operation.fused($0, $1) }
                expectSame(result, operation.eager(a, b), operation.name)
            }
        }
        check(Float.self)
        check(Double.self)
    }

    @Test("random programs at random shapes and layouts", arguments: 0..<150)
    func programs(_ seed: Int) {
        compareRandomProgram(seed, Operation<Double>.all) { $0 }
        compareRandomProgram(seed, Operation<Float>.all) { Tensor<Float>($0) }
    }

    @Test("several blocks, with rows that end inside them")
    func blocks() {
        let keys = RandomKey(seed: 2).split(4)
        for (rows, columns) in [(3, 5000), (700, 33), (2500, 3), (40_000, 1), (1, 70_001)] {
            let a = Tensor<Float>(randomNormal: [rows, columns], key: keys[0])
            let b = Tensor<Float>(randomNormal: [columns], key: keys[1])
            let c = Tensor<Float>(randomNormal: [rows, 1], key: keys[2])
            let d = Tensor<Float>(randomNormal: [columns, rows], key: keys[3]).transposed()
            let result = fused([a, b, c, d]) { x in (x[0] * x[1] + x[2]).tanh() / x[3] - x[0] / 3 }
            expectSame(result, (a * b + c).tanh() / d - a / 3, "\(rows) x \(columns)")
        }
    }

    @Test("results that are operands, scalars and empty tensors")
    func borders() {
        let x = Tensor<Float>([1, 2, 3])
        #expect(fused(x) { $0 }.array == [1, 2, 3])
        #expect(fused(x, Tensor<Float>(zeros: [2, 1])) { x, _ in x }.array == [1, 2, 3, 1, 2, 3])
        #expect(fused(Tensor<Float>(3), Tensor<Float>(4)) { $0.hypot($1) }.scalar == 5)
        #expect(fused(Tensor<Float>(3), Tensor<Float>(4)) { $0.hypot($1) }.shape == [])
        #expect(fused(Tensor<Float>(zeros: [2, 0]), Tensor<Float>(1)) { $0 + $1 }.shape == [2, 0])
    }

    @Test("one call of the function, and repeated operations once")
    func tracing() {
        var calls = 0
        let x = Tensor<Double>([0.5, 1])
        let y = fused(x) { x in
            calls += 1
            // Doubling values thirty times over: without sharing, a billion operations.
            return (0..<30).reduce(x) { value, _ in value * 0.5 + value * 0.5 }
        }
        #expect(calls == 1)
        #expect(y.array == x.array)
        // 0 and -0 are different numbers, however equal.
        #expect(fused(Tensor<Float>(-0.0)) { x in 1 / (x + 0.0) + 1 / (x + -0.0) }.scalar.isNaN)
    }

    @Test("operands that do not broadcast and expressions out of place stop the program with a message")
    func traps() async {
        var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = fused(Tensor<Float>(zeros: [3, 4]), Tensor<Float>(zeros: [5])) { $0 + $1 }
        }
        expectMessage(result, "fused: cannot broadcast [3, 4] with [5]: axis -1 is 4 and 5")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let x = Tensor<Float>(1)
            _ = fused(x) { outer in
                _ = fused(x) { inner in inner + outer }
                return outer
            }
        }
        expectMessage(result, "fused: an expression was used outside the function that it was given to")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let x = Tensor<Float>(1)
            _ = fused(x) { outer in
                _ = fused(x) { _ in outer }
                return outer
            }
        }
        expectMessage(result, "fused: the function returned an expression that was given to another one")
    }
}
