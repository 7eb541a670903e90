import Autograd
import Tensor
import Testing

@Suite("Gradients of elementwise functions")
struct ElementwiseCheckTests {
    /// Every way in which two shapes broadcast, with scalars and axes of extent 0 and 1.
    static let shapePairs: [(TensorShape, TensorShape)] = [
        ([], []), ([3], []), ([], [3]), ([1], [1]), ([2, 3], [2, 3]), ([2, 3], [3]), ([3], [2, 3]), ([2, 1], [1, 3]),
        ([2, 1, 3], [4, 1]), ([1], [2, 3]), ([1, 1, 1], [2]), ([0], [1]), ([2, 0], [1, 1]), ([1, 3], [2, 0, 3]),
        ([2, 0, 1], [3]), ([], [0]),
    ]

    static let binary: [(String, ClosedRange<Double>, @Sendable (V, V) -> V)] = [
        ("+", -1.5...1.5, { $0 + $1 }), ("-", -1.5...1.5, { $0 - $1 }), ("*", -1.5...1.5, { $0 * $1 }),
        ("/", 0.4...1.5, { $0 / $1 }), ("/ of negatives", -1.5 ... -0.4, { $0 / $1 }),
        ("pow", 0.3...1.6, { $0.pow($1) }),
        ("maximum", -1.5...1.5, { $0.maximum($1) }), ("minimum", -1.5...1.5, { $0.minimum($1) }),
        ("atan2", 0.2...1.5, { $0.atan2($1) }), ("atan2, third quadrant", -1.5 ... -0.2, { $0.atan2($1) }),
        ("hypot", 0.2...1.5, { $0.hypot($1) }), ("logAddExp", -1.5...1.5, { $0.logAddExp($1) }),
        ("lerp", -1.5...1.5, { $0.lerp(to: $1, weight: $0 * $1) }),
        ("+= -= *=", -1.5...1.5, { $0.combinedInPlace(with: $1) }),
        ("select", -1.5...1.5, { V.select($0.value .> $1.value * 0.3 - 0.1, $0 * $0, $1.exp()) }),
    ]

    static let binaryCases: [GradientCase] = binary.flatMap { name, range, function in
        shapePairs.map { GradientCase(name, input($0.0, range), input($0.1, range), function) }
    }

    @Test("binary functions under every kind of broadcasting", arguments: binaryCases)
    func checkBinary(_ gradientCase: GradientCase) throws { try gradientCase.check() }

    @Test(
        "a three-way broadcast", arguments: [([2, 1, 3], [4, 1], []), ([], [0], [2, 1])] as [([Int], [Int], [Int])])
    func ternary(_ a: [Int], _ b: [Int], _ c: [Int]) throws {
        let inputs = [a, b, c].map { input(TensorShape($0)) }
        try GradientCase("lerp", inputs[0], inputs[1], inputs[2]) { $0.lerp(to: $1, weight: $2) }.check()
    }

    static let unary: [(String, ClosedRange<Double>, @Sendable (V) -> V)] = [
        ("-x", -1.5...1.5, { -$0 }), ("x + 2", -1.5...1.5, { $0 + 2 }), ("2 + x", -1.5...1.5, { 2 + $0 }),
        ("x - 2", -1.5...1.5, { $0 - 2 }), ("2 - x", -1.5...1.5, { 2 - $0 }), ("x * 3", -1.5...1.5, { $0 * 3 }),
        ("3 * x", -1.5...1.5, { 3 * $0 }), ("x / 3", -1.5...1.5, { $0 / 3 }), ("3 / x", 0.4...1.5, { 3 / $0 }),
        ("abs", -1.5...1.5, { $0.abs() }), ("sign", -1.5...1.5, { $0.sign() }),
        ("squared", -1.5...1.5, { $0.squared() }), ("exp", -1.5...1.5, { $0.exp() }),
        ("expm1", -1.5...1.5, { $0.expm1() }), ("log", 0.3...3, { $0.log() }), ("log2", 0.3...3, { $0.log2() }),
        ("log10", 0.3...3, { $0.log10() }), ("log1p", -0.7...2, { $0.log1p() }), ("sqrt", 0.3...3, { $0.sqrt() }),
        ("rsqrt", 0.3...3, { $0.rsqrt() }), ("reciprocal", 0.4...2, { $0.reciprocal() }),
        ("reciprocal, negative", -2 ... -0.4, { $0.reciprocal() }),
        ("sin", -4...4, { $0.sin() }), ("cos", -4...4, { $0.cos() }), ("tan", -1.2...1.2, { $0.tan() }),
        ("asin", -0.8...0.8, { $0.asin() }), ("acos", -0.8...0.8, { $0.acos() }), ("atan", -3...3, { $0.atan() }),
        ("sinh", -2...2, { $0.sinh() }), ("cosh", -2...2, { $0.cosh() }), ("asinh", -3...3, { $0.asinh() }),
        ("acosh", 1.3...4, { $0.acosh() }), ("atanh", -0.8...0.8, { $0.atanh() }),
        ("erf", -2...2, { $0.erf() }), ("erfc", -2...2, { $0.erfc() }),
        ("erfInverse", -0.8...0.8, { $0.erfInverse() }), ("lgamma", 0.5...5, { $0.lgamma() }),
        ("lgamma, negative", -2.8 ... -2.2, { $0.lgamma() }), ("digamma", 0.5...5, { $0.digamma() }),
        ("trigamma", 0.7...5, { $0.polygamma(order: 1) }), ("polygamma 3", 1...5, { $0.polygamma(order: 3) }),
        ("floor", 0.1...0.9, { $0.floor() }), ("ceil", 0.1...0.9, { $0.ceil() }),
        ("round", -0.4...0.4, { $0.round() }), ("trunc", 1.1...1.9, { $0.trunc() }),
        ("pow 3", -1.5...1.5, { $0.pow(3) }), ("pow 2", -1.5...1.5, { $0.pow(2) }),
        ("pow 1", -1.5...1.5, { $0.pow(1) }), ("pow 0", -1.5...1.5, { $0.pow(0) }),
        ("pow 0.5", 0.3...2, { $0.pow(0.5) }), ("pow -1.5", 0.4...2, { $0.pow(-1.5) }),
        ("clamped", -1.5...1.5, { $0.clamped(to: -0.61...0.73) }),
        ("replaced", -1.5...1.5, { $0.replaced(where: $0.value .> 0.5, by: 3) }),
    ]

    static let activations: [(String, ClosedRange<Double>, @Sendable (V) -> V)] = [
        ("tanh", -3...3, { $0.tanh() }), ("sigmoid", -4...4, { $0.sigmoid() }), ("relu", -2...2, { $0.relu() }),
        ("relu6", -2...8, { $0.relu6() }), ("leakyReLU", -2...2, { $0.leakyReLU(slope: 0.2) }),
        ("elu", -2...2, { $0.elu(alpha: 1.3) }), ("selu", -2...2, { $0.selu() }),
        ("softplus", -3...3, { $0.softplus() }), ("softplus 2", -3...3, { $0.softplus(beta: 2) }),
        ("softplus with a threshold", 4...9, { $0.softplus(beta: 2, threshold: 11.7) }),
        ("logSigmoid", -4...4, { $0.logSigmoid() }), ("silu", -4...4, { $0.silu() }), ("gelu", -3...3, { $0.gelu() }),
        ("gelu tanh", -3...3, { $0.gelu(approximation: .tanh) }),
        ("gelu sigmoid", -3...3, { $0.gelu(approximation: .sigmoid) }),
        ("hardSigmoid", -5...5, { $0.hardSigmoid() }), ("hardSwish", -5...5, { $0.hardSwish() }),
        ("mish", -3...3, { $0.mish() }), ("softsign", -3...3, { $0.softsign() }),
        ("tanhShrink", -3...3, { $0.tanhShrink() }),
    ]

    static let unaryCases: [GradientCase] = (unary + activations).flatMap { name, range, function in
        let shapes: [TensorShape] = [[], [7], [2, 0, 3], [3, 1, 4]]
        return shapes.map { GradientCase(name, input($0, range), function) }
    }

    @Test("functions of one variable, where they are smooth", arguments: unaryCases)
    func checkUnary(_ gradientCase: GradientCase) throws { try gradientCase.check() }

    @Test("functions of views that are not contiguous")
    func strided() throws {
        for (name, range, function) in Self.unary + Self.activations {
            try GradientCase(name + " of a view", input([4, 6], range)) {
                function($0.transposed().narrowed(axis: 0, from: 1, count: 2, step: 3))
            }.check()
        }
    }

    @Test(
        "a parametric slope for each channel",
        arguments: [
            GradientCase("prelu", input([2, 3, 2]), input([3], 0.1...0.5)) { $0.prelu(slope: $1) },
            GradientCase("prelu", input([2, 3]), input([1], 0.1...0.5)) { $0.prelu(slope: $1) },
            GradientCase("prelu", input([5]), input([1], 0.1...0.5)) { $0.prelu(slope: $1) },
            GradientCase("prelu", input([0, 3]), input([3], 0.1...0.5)) { $0.prelu(slope: $1) },
        ])
    func checkPrelu(_ gradientCase: GradientCase) throws { try gradientCase.check() }

    // MARK: Kinks and borders, where only the convention says what the gradient is

    @Test("at kinks the gradient is what PyTorch's convention says")
    func kinks() {
        let x = V(Tensor([-1, 0, 1]))
        func slope(_ function: (V) -> V) -> [Double] { gradient(at: x) { function($0).sum() }.value.array }
        #expect(slope { $0.abs() } == [-1, 0, 1])
        #expect(slope { $0.relu() } == [0, 0, 1])
        #expect(slope { $0.leakyReLU(slope: 0.5) } == [0.5, 0.5, 1])
        #expect(slope { $0.clamped(to: -1...1) } == [0, 1, 0])
        #expect(slope { $0.maximum(V(0)) } == [0, 0.5, 1])
        #expect(slope { $0.minimum(V(0)) } == [1, 0.5, 0])
        #expect(slope { $0.maximum($0) } == [1, 1, 1])
        #expect(slope { $0.sqrt() }[1] == .infinity)
        #expect(slope { $0.norm() } == [-1 / 2.0.squareRoot(), 0, 1 / 2.0.squareRoot()])
    }

    @Test("a power's gradients at a base or an exponent of 0 are finite where the limit is")
    func powers() {
        let base = V(Tensor([0, 0, 0, 2, -2, 0]))
        let exponent = V(Tensor([0, 1, 2, 0, 0, 0.5]))
        let slopes = valueAndGradient(at: [base, exponent]) { $0[0].pow($0[1]).sum() }.gradients.map(\.value.array)
        #expect(slopes[0] == [0, 1, 0, 0, 0, .infinity])
        #expect(Array(slopes[1][0...2]) == [0, 0, 0])
        #expect(abs(slopes[1][3] - 0.693147180559945309) < 1e-15)
        #expect(slopes[1][4].isNaN)
        #expect(slopes[1][5] == 0)
    }

    @Test("the mixed second derivative of a power is right where the exponent is 0")
    func powerCurvature() throws {
        // ∂²/∂a∂b a^b = a^(b-1) (1 + b log a): 1/a at b = 0.
        let mixed = gradient(at: V(0)) { b in gradient(at: V(2)) { a in a.pow(b) } }
        #expect(mixed.scalar == 0.5)
        try gradientCheck({ $0[0].pow($0[1]) }, at: [V(Tensor([0.5, 2])), V(Tensor([0, 0]))])
    }

    @Test("no gradient reaches an infinite branch that is not taken")
    func branches() {
        let x = V(Tensor([0, 4]))
        let isZero = x.value .== 0
        let slope = gradient(at: x) { V.select(isZero, $0, $0.replaced(where: isZero, by: 1).sqrt()).sum() }
        #expect(slope.value.array == [1, 0.25])
    }
}

extension V {
    fileprivate func combinedInPlace(with other: V) -> V {
        var result = self
        result += other
        result *= self
        result -= other
        return result
    }
}
