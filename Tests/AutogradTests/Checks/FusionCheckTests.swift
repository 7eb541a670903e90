import Autograd
import Tensor
import Testing

private typealias E = ElementwiseExpression<Double>

/// A function written for variables and for expressions.
private struct FusedCase: Sendable, CustomTestStringConvertible {
    var name: String
    var range: ClosedRange<Double>
    var eager: @Sendable (V, V) -> V
    var fused: @Sendable (E, E) -> E

    var testDescription: String { name }

    init(
        _ name: String, _ range: ClosedRange<Double>, _ eager: @escaping @Sendable (V, V) -> V,
        _ fused: @escaping @Sendable (E, E) -> E
    ) {
        (self.name, self.range, self.eager, self.fused) = (name, range, eager, fused)
    }

    func operands(_ first: TensorShape, _ second: TensorShape) -> [V] {
        GradientCase(name, [input(first, range), input(second, range)]) { $0[0] }.values
    }
}

@Suite("Gradients of fused elementwise functions")
struct FusionCheckTests {
    private static let cases: [FusedCase] = [
        .init("+", -1.5...1.5, { $0 + $1 }, { $0 + $1 }), .init("-", -1.5...1.5, { $0 - $1 }, { $0 - $1 }),
        .init("*", -1.5...1.5, { $0 * $1 }, { $0 * $1 }), .init("/", 0.4...1.5, { $0 / $1 }, { $0 / $1 }),
        .init("the same operand twice", -1.5...1.5, { $0 * $0 + $1 }, { $0 * $0 + $1 }),
        .init("numbers", 0.4...1.5, { (2 - $0) * 3 / 7 + 1 / $1 - 0.5 }, { (2 - $0) * 3 / 7 + 1 / $1 - 0.5 }),
        .init("maximum", -1.5...1.5, { $0.maximum($1) }, { $0.maximum($1) }),
        .init("minimum", -1.5...1.5, { $0.minimum($1) }, { $0.minimum($1) }),
        .init("bounds", -1.5...1.5, { $0.maximum(V(0.3)) * $1.minimum(V(0.2)) }, { $0.maximum(0.3) * $1.minimum(0.2) }),
        .init("clamped", -1.5...1.5, { $0.clamped(to: -0.61...0.73) * $1 }, { $0.clamped(to: -0.61...0.73) * $1 }),
        .init("atan2", 0.2...1.5, { $0.atan2($1) }, { $0.atan2($1) }),
        .init("hypot", 0.2...1.5, { $0.hypot($1) }, { $0.hypot($1) }),
        .init("logAddExp", -1.5...1.5, { $0.logAddExp($1) }, { $0.logAddExp($1) }),
        .init("powers", 0.3...1.6, { $0.pow(3) * $1.pow(-1.5) + $0.pow(0.5) + $1.pow(2) + $0.pow(0) }) {
            $0.pow(3) * $1.pow(-1.5) + $0.pow(0.5) + $1.pow(2) + $0.pow(0)
        },
        .init("abs, sign", -1.5...1.5, { $0.abs() * $1.sign() - $1 }, { $0.abs() * $1.sign() - $1 }),
        .init("exp", -1.5...1.5, { $0.exp() * $1.expm1() }, { $0.exp() * $1.expm1() }),
        .init("log", 0.3...3, { $0.log() * $1.log2() + $0.log10() * $1.log1p() }) {
            $0.log() * $1.log2() + $0.log10() * $1.log1p()
        },
        .init("roots", 0.3...3, { $0.sqrt() * $1.rsqrt() + $0.reciprocal() }) {
            $0.sqrt() * $1.rsqrt() + $0.reciprocal()
        },
        .init("circular", -0.8...0.8, { $0.sin() * $1.cos() + $0.tan() + $1.asin() * $0.acos() - $1.atan() }) {
            $0.sin() * $1.cos() + $0.tan() + $1.asin() * $0.acos() - $1.atan()
        },
        .init("hyperbolic", -0.8...0.8, { $0.sinh() * $1.cosh() + $0.asinh() - $1.atanh() + ($0 + 3).acosh() }) {
            $0.sinh() * $1.cosh() + $0.asinh() - $1.atanh() + ($0 + 3).acosh()
        },
        .init("error function", -0.8...0.8, { $0.erf() * $1.erfc() + $0.erfInverse() }) {
            $0.erf() * $1.erfc() + $0.erfInverse()
        },
        .init("gamma function", 0.7...4, { $0.lgamma() * $1.digamma() + $0.polygamma(order: 2) }) {
            $0.lgamma() * $1.digamma() + $0.polygamma(order: 2)
        },
        .init("steps", 0.1...0.4, { $0.floor() + $1.ceil() * $0 - $1.round() + $0.trunc() }) {
            $0.floor() + $1.ceil() * $0 - $1.round() + $0.trunc()
        },
        .init("sigmoids", -4...4, { $0.tanh() * $1.sigmoid() + $0.logSigmoid() }) {
            $0.tanh() * $1.sigmoid() + $0.logSigmoid()
        },
        .init("rectifiers", -2...8, { $0.relu() * $1.relu6() + $0.leakyReLU(slope: 0.2) * $1 }) {
            $0.relu() * $1.relu6() + $0.leakyReLU(slope: 0.2) * $1
        },
        .init("exponential units", -2...2, { $0.elu(alpha: 1.3) * $1.selu() }, { $0.elu(alpha: 1.3) * $1.selu() }),
        .init("softplus", -3...3, { $0.softplus(beta: 2) * $1.softplus() }, { $0.softplus(beta: 2) * $1.softplus() }),
        .init("softplus with a threshold", 4...9, { $0.softplus(beta: 2, threshold: 11.7) * $1 }) {
            $0.softplus(beta: 2, threshold: 11.7) * $1
        },
        .init("silu", -4...4, { $0.silu() * $1 }, { $0.silu() * $1 }),
        .init("gelu", -3...3, { $0.gelu() * $1.gelu(approximation: .tanh) + $0.gelu(approximation: .sigmoid) }) {
            $0.gelu() * $1.gelu(approximation: .tanh) + $0.gelu(approximation: .sigmoid)
        },
        .init("hard units", -5...5, { $0.hardSigmoid() * $1.hardSwish() }, { $0.hardSigmoid() * $1.hardSwish() }),
        .init("mish", -3...3, { $0.mish() * $1.softsign() }, { $0.mish() * $1.softsign() }),
    ]

    private static let shapes: [(TensorShape, TensorShape)] = [
        ([], []), ([7], [7]), ([3, 1], [1, 4]), ([2, 3], [3]), ([1], [2, 0, 3]),
    ]

    @Test("first and second order", arguments: cases)
    private func check(_ fusedCase: FusedCase) throws {
        for (first, second) in Self.shapes {
            try gradientCheck({ fused($0[0], $0[1], fusedCase.fused) }, at: fusedCase.operands(first, second))
        }
    }

    @Test("the eager gradient, to the last digits", arguments: cases)
    private func eager(_ fusedCase: FusedCase) {
        for (first, second) in Self.shapes {
            let operands = fusedCase.operands(first, second)
            let expected = valueAndGradient(at: operands) { fusedCase.eager($0[0], $0[1]).squared().sum() }
            let found = valueAndGradient(at: operands) { fused($0[0], $0[1], fusedCase.fused).squared().sum() }
            #expect(found.value.value == expected.value.value)
            for (f, e) in zip(found.gradients, expected.gradients) {
                #expect(f.shape == e.shape)
                // Sums over broadcast axes and products may cancel: the scale is that of the largest element.
                let scale = max(1, e.value.array.map(abs).max() ?? 0)
                for (x, y) in zip(f.value.array, e.value.array) { #expect(abs(x - y) <= 1e-12 * scale) }
            }
        }
    }

    @Test("third order")
    func third() {
        let x = V(Tensor([0.3, -0.7, 1.1]))
        func derivative(_ function: @escaping (V) -> V) -> (V) -> V {
            { x in gradient(at: x) { function($0).sum() } }
        }
        let expected = derivative(derivative(derivative { ($0 * $0).tanh() * $0.sin() }))(x)
        let found = derivative(derivative(derivative { x in fused(x) { ($0 * $0).tanh() * $0.sin() } }))(x)
        for (f, e) in zip(found.value.array, expected.value.array) { #expect(abs(f - e) <= 1e-12 * max(1, abs(e))) }
    }

    @Test("gradients where only the convention says what they are")
    func kinks() {
        let x = V(Tensor([-1, 0, 1]))
        func slope(_ function: @escaping (E) -> E) -> [Double] {
            gradient(at: x) { fused($0, function).sum() }.value.array
        }
        #expect(slope { $0.abs() } == [-1, 0, 1])
        #expect(slope { $0.relu() } == [0, 0, 1])
        #expect(slope { $0.leakyReLU(slope: 0.5) } == [0.5, 0.5, 1])
        #expect(slope { $0.elu(alpha: 0.5) }[1...] == [0.5, 1])
        #expect(slope { $0.clamped(to: -1...1) } == [0, 1, 0])
        #expect(slope { $0.maximum(0) } == [0, 0.5, 1])
        #expect(slope { $0.minimum(0) } == [1, 0.5, 0])
        #expect(slope { $0.maximum($0) } == [1, 1, 1])
        #expect(slope { $0.sqrt() }[1] == .infinity)
    }

    @Test("operands without a gradient, views, and a function that ignores an operand")
    func operands() {
        let x = V(Tensor(randomNormal: [3, 4], key: RandomKey(seed: 1)))
        let y = V(Tensor(randomNormal: [4, 3], key: RandomKey(seed: 2)))
        let expected = gradient(at: x) { ($0 * y.transposed()).exp().sum() }
        let found = gradient(at: x) { fused($0, y.transposed()) { ($0 * $1).exp() }.sum() }
        #expect(found.value == expected.value)
        let ignored = valueAndGradient(at: [x, V(2)]) { fused($0[0], $0[1]) { x, _ in x * 3 }.sum() }.gradients
        #expect(ignored[0].value == Tensor(repeating: 3, shape: [3, 4]))
        #expect(ignored[1].value == Tensor(0))
        #expect(!fused(x, y.transposed()) { $0 + $1 }.isTracked)
    }

    @Test("the documentation's example")
    func example() {
        let inputs = (1...3).map { Variable(Tensor<Float>(randomNormal: [1000], key: RandomKey(seed: $0))) }
        let fast = valueAndGradient(at: inputs) { inputs in
            let (a, b, c) = (inputs[0], inputs[1], inputs[2])
            let y = fused(a, b, c) { a, b, c in (a * b + c).tanh() - a }
            return y.sum()
        }
        let slow = valueAndGradient(at: inputs) { (($0[0] * $0[1] + $0[2]).tanh() - $0[0]).sum() }
        #expect(fast.value.value == slow.value.value)
        for (f, s) in zip(fast.gradients, slow.gradients) {
            for (x, y) in zip(f.value.array, s.value.array) { #expect(abs(x - y) <= 1e-5) }
        }
    }
}
