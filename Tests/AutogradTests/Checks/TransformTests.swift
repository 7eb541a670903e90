import Autograd
import Synchronization
import Tensor
import Testing

@Suite("Transforms")
struct TransformTests {
    /// A smooth function in which every element depends on every other.
    @Sendable static func entangled(_ x: V) -> V {
        let mixed = (x.unsqueezed(1) * x.unsqueezed(0)).tanh()
        return (mixed.softmax(axis: 0) * x.exp()).sum() + x.squared().sum().sqrt()
    }

    static let point = V(Tensor([0.3, -0.7, 1.1, 0.4]))

    static func random(_ shape: TensorShape, _ seed: UInt64) -> V {
        V(Tensor(randomNormal: shape, key: RandomKey(seed: seed)))
    }

    static func distance(_ a: V, _ b: V) -> Double {
        a.count == 0 ? 0 : (a.value - b.value).abs().maximum().scalar
    }

    // MARK: Higher orders

    @Test("grad nests: every derivative of a power up to the fifth")
    func nested() {
        let power: @Sendable (V) -> V = { $0 * $0 * $0 * $0 * $0 }
        var function = power
        for expected in [80.0, 160, 240, 240, 120, 0] {
            function = grad(function)
            #expect(function(V(2)).scalar == expected)
        }
    }

    @Test("the derivatives of a fused function nest as well")
    func nestedFused() {
        // tanh'' = -2 tanh (1 - tanh²), tanh''' = -2 (1 - tanh²)(1 - 3 tanh²)
        let t = V(0.4).tanh().scalar
        let slope = 1 - t * t
        let tanh: @Sendable (V) -> V = { $0.tanh() }
        let second = grad(grad(tanh))
        let third = grad(second)
        #expect(abs(second(V(0.4)).scalar + 2 * t * slope) < 1e-15)
        #expect(abs(third(V(0.4)).scalar + 2 * slope * (1 - 3 * t * t)) < 1e-14)
    }

    @Test("a Hessian product is the difference quotient of the gradient")
    func hessianByDifferences() {
        let vector = Self.random([4], 1)
        let (slope, product) = hvp(Self.entangled, at: Self.point, along: vector)
        #expect(Self.distance(slope, gradient(at: Self.point, Self.entangled)) < 1e-13)
        let forward = gradient(at: Self.point + vector * 1e-6, Self.entangled)
        let backward = gradient(at: Self.point - vector * 1e-6, Self.entangled)
        #expect(Self.distance(product, (forward - backward) / 2e-6) < 1e-7)
    }

    @Test("the Hessian is symmetric", arguments: 0..<5)
    func symmetry(_ seed: Int) {
        let (u, v) = (Self.random([4], UInt64(2 * seed)), Self.random([4], UInt64(2 * seed + 1)))
        let left = u.dot(hvp(Self.entangled, at: Self.point, along: v).product).scalar
        let right = v.dot(hvp(Self.entangled, at: Self.point, along: u).product).scalar
        #expect(abs(left - right) < 1e-10)
    }

    @Test("the gradient that comes with a Hessian product is itself differentiable")
    func gradientOfHessianProduct() {
        // d/da of ∂/∂x (a x³) = 3 x² and of ∂²/∂x² (a x³) = 6 x.
        let slope = gradient(at: V(5)) { a in hvp({ a * $0 * $0 * $0 }, at: V(2), along: V(1)).gradient }
        let curvature = gradient(at: V(5)) { a in hvp({ a * $0 * $0 * $0 }, at: V(2), along: V(1)).product }
        #expect(slope.scalar == 12)
        #expect(curvature.scalar == 12)
    }

    // MARK: Products

    @Test("a directional derivative is the difference quotient of the function")
    func directional() {
        let function: (V) -> V = { ($0.unsqueezed(1) * $0.exp().unsqueezed(0)).softmax() }
        let tangent = Self.random([4], 3)
        let (value, product) = jvp(function, at: Self.point, along: tangent)
        #expect(value.shape == [4, 4])
        #expect(Self.distance(value, function(Self.point)) == 0)
        let numeric = (function(Self.point + tangent * 1e-6) - function(Self.point - tangent * 1e-6)) / 2e-6
        #expect(Self.distance(product, numeric) < 1e-9)
    }

    @Test("a directional derivative can be differentiated, by the point and by the tangent")
    func gradientOfDirectional() {
        // d/dx (3 x² t) = 6 x t, d/dt = 3 x².
        #expect(gradient(at: V(2)) { x in jvp({ $0 * $0 * $0 }, at: x, along: V(5)).tangent }.scalar == 60)
        #expect(gradient(at: V(5)) { t in jvp({ $0 * $0 * $0 }, at: V(2), along: t).tangent }.scalar == 12)
    }

    @Test("pullback and directional derivative are each other's transposes")
    func adjoint() {
        let function: (V) -> V = { $0.outer($0.sin()).layerNorm() }
        let (u, t) = (Self.random([4, 4], 4), Self.random([4], 5))
        let forward = (jvp(function, at: Self.point, along: t).tangent * u).sum().scalar
        let backward = (vjp(function, at: Self.point).pullback(u) * t).sum().scalar
        #expect(abs(forward - backward) < 1e-12)
    }

    @Test("a pullback can be called again, gives the same, and is linear")
    func pullbackTwice() {
        let (value, pullback) = vjp({ $0.tanh().cumulativeProduct(axis: 0) }, at: Self.point)
        let (a, b) = (Self.random(value.shape, 6), Self.random(value.shape, 7))
        let first = pullback(a)
        #expect(pullback(a).value == first.value)
        #expect(Self.distance(pullback(a * 2 + b), first * 2 + pullback(b)) < 1e-14)
        #expect(!first.isTracked)
    }

    @Test("a Jacobian has one row for each element of the result")
    func jacobians() {
        let matrix = Self.random([3, 4], 8)
        #expect(
            jacobian({ matrix.matmul($0) }, at: Self.point) == matrix.value)
        let elementwise = jacobian({ $0.squared() }, at: Self.point)
        #expect(elementwise == (Self.point.value * 2).diagonalEmbedded())
        #expect(jacobian({ $0.outer($0) }, at: Self.point).shape == [4, 4, 4])
        #expect(jacobian({ $0.sum() }, at: Self.point).shape == [4])
        #expect(jacobian({ _ in V(Tensor(zeros: [2])) }, at: Self.point) == Tensor(zeros: [2, 4]))
    }

    // MARK: What does not depend

    @Test("inputs that are not used have gradient zero, of their shape")
    func unused() {
        let inputs = [Self.random([2, 3], 1), Self.random([0], 2), V(4)]
        let (value, slopes) = valueAndGradient(at: inputs) { $0[2] * 3 }
        #expect(value.scalar == 12)
        #expect(slopes.map(\.shape) == [[2, 3], [0], []])
        #expect(slopes[0].value == Tensor(zeros: [2, 3]))
        #expect(gradient(at: V(1)) { _ in V(7) }.scalar == 0)
        #expect(hvp({ $0 * 3 }, at: V(1), along: V(1)).product.scalar == 0)
        #expect(hvp({ _ in V(3) }, at: V(1), along: V(1)).product.scalar == 0)
        #expect(jvp({ _ in V(3) }, at: V(1), along: V(1)).tangent.scalar == 0)
        #expect(vjp({ _ in V(3) }, at: V(1)).pullback(V(1)).scalar == 0)
    }

    @Test("what a transform hands out is a constant, and detached values carry no gradient")
    func constants() {
        let (value, slope) = valueAndGradient(at: V(3)) { $0 * $0 }
        #expect(!value.isTracked && !slope.isTracked)
        #expect(gradient(at: V(3)) { $0 * $0.detached() }.scalar == 3)
        #expect(gradient(at: V(3)) { x in V(x.value) * 2 }.scalar == 0)
    }

    @Test("a captured variable of an outer transform is differentiated through an inner one")
    func gradientPenalty() {
        // The penalty (‖∂/∂x (w · tanh x)‖ - 1)² by w, against differences.
        let x = Self.point
        let penalty: @Sendable (V) -> V = { w in
            let slope = gradient(at: x) { (w * $0.tanh()).sum() }
            return (slope.norm() - 1).squared()
        }
        let w = Self.random([4], 9)
        let slope = gradient(at: w, penalty)
        for element in 0..<4 {
            var unit = Tensor<Double>(zeros: [4])
            unit.withUnsafeMutableBufferPointer { $0[element] = 1e-6 }
            let numeric = (penalty(w + V(unit)) - penalty(w - V(unit))).scalar / 2e-6
            #expect(abs(slope.value[element].scalar - numeric) < 1e-8)
        }
        #expect(throws: Never.self) { try gradientCheck(penalty, at: w) }
    }

    @Test("an inner transform that does not touch the outer variable leaves it alone")
    func independentInner() {
        let slope = gradient(at: V(3)) { x in x * gradient(at: V(2)) { $0 * $0 * $0 } }
        #expect(slope.scalar == 12)
        let same = gradient(at: V(3)) { x in x * gradient(at: x) { $0 * $0 }.detached() }
        #expect(same.scalar == 6)
    }

    // MARK: Rules of one's own

    @Test("a recorded rule of one's own is differentiated like the built-in ones")
    func recordedRule() throws {
        @Sendable func cube(_ x: V) -> V {
            V.recorded("cube", x.value * x.value * x.value, from: [x]) { gradient, pass in
                pass.send(to: 0) { gradient * pass[x] * pass[x] * 3 }
            }
        }
        try gradientCheck({ cube($0) }, at: Self.point)
        let third = grad(grad(grad(cube)))
        #expect(third(V(2)).scalar == 6)
    }

    @Test("a recorded rule may have many operands, and is asked only for what is needed")
    func recordedMany() {
        let asked = Mutex<[Int]>([])
        let inputs = (0..<4).map { V(Double($0)) }
        let slopes = valueAndGradient(at: Array(inputs[1...2])) { watched in
            let all = [inputs[0], watched[0], inputs[3], watched[1]]
            return V.recorded("weighted sum", V(6).value, from: all) { gradient, pass in
                for index in 0..<4 {
                    pass.send(to: index) {
                        asked.withLock { $0.append(index) }
                        return gradient * Double(index + 1)
                    }
                }
                #expect((0..<4).map { pass.needsGradient($0) } == [false, true, false, true])
            }
        }.gradients
        #expect(slopes.map(\.scalar) == [2, 4])
        #expect(asked.withLock { $0 } == [1, 3])
    }

    @Test("a wrong rule is found, and the report says where")
    func wrongRule() {
        func wrong(_ x: V) -> V {
            V.recorded("wrong", x.value.squared(), from: [x]) { gradient, pass in
                pass.send(to: 0) { gradient * pass[x] * 2.001 }
            }
        }
        func unrecorded(_ x: V) -> V {
            V.recorded("unrecorded", x.value.squared(), from: [x]) { gradient, pass in
                pass.send(to: 0) { gradient * x.detached() * 2 }
            }
        }
        do throws(GradientMismatch) {
            try gradientCheck({ wrong($0[1]) + $0[0] }, at: [V(1), Self.point], directions: 0)
            Issue.record("the wrong rule passed")
        } catch {
            #expect(error.kind == .gradient)
            #expect(error.input == 1)
            #expect(error.element == 0)
            #expect(abs(error.analytic - error.numeric) > error.tolerance)
            #expect(error.description.hasPrefix("gradient at element 0 of input 1: reverse mode gives"))
        }
        do throws(GradientMismatch) {
            try gradientCheck({ unrecorded($0) }, at: Self.point)
            Issue.record("the rule without a second order passed")
        } catch {
            #expect(error.kind == .hessianProduct)
        }
    }

    @Test("Float is checked with wider tolerances, and passes where it is right")
    func checkInFloat() throws {
        let x = Variable(Tensor<Float>([0.3, -0.7, 1.1]))
        let report = try gradientCheck({ ($0.tanh() * $0.exp()).softmax() }, at: x)
        #expect(report.comparisons > 12)
        #expect(report.worstShare < 1)
    }

    @Test("an observer sees every gradient that flows back, and changes nothing")
    func observing() {
        let seen = Mutex<[Double]>([])
        let slope = gradient(at: V(3)) { x in
            let y = (x * x).observingGradient { gradient in seen.withLock { $0.append(gradient.scalar) } }
            return y * 5
        }
        #expect(slope.scalar == 30)
        #expect(seen.withLock { $0 } == [5])
    }

    // MARK: Checkpoints

    @Test("a checkpoint changes no value and no derivative of any order")
    func checkpoints() throws {
        let w = Self.random([4, 4], 10)
        let layer: @Sendable (V) -> V = { w.matmul($0.tanh()).sigmoid() }
        let plain: @Sendable (V) -> V = { (layer(layer($0)) * $0).sum() }
        let saved: @Sendable (V) -> V = { (checkpoint(checkpoint($0, layer), layer) * $0).sum() }
        let nested: @Sendable (V) -> V = { x in (checkpoint(x) { checkpoint(layer($0), layer) } * x).sum() }
        for function in [saved, nested] {
            #expect(function(Self.point).scalar == plain(Self.point).scalar)
            #expect(gradient(at: Self.point, function).value == gradient(at: Self.point, plain).value)
            let v = Self.random([4], 11)
            let product = hvp(function, at: Self.point, along: v).product
            #expect(Self.distance(product, hvp(plain, at: Self.point, along: v).product) < 1e-14)
            try gradientCheck(function, at: Self.point)
        }
    }

    @Test("a checkpoint passes gradients to parameters that its function captures")
    func checkpointedParameters() {
        let w = Self.random([4, 4], 12)
        for isInputWatched in [true, false] {
            let loss: ([V], Bool) -> V = { variables, isCheckpointed in
                let x = isInputWatched ? variables[0] : Self.point
                let weight = variables[1]
                let layer: @Sendable (V) -> V = { weight.matmul($0).tanh() }
                return (isCheckpointed ? checkpoint(x, layer) : layer(x)).sum()
            }
            let plain = valueAndGradient(at: [Self.point, w]) { loss($0, false) }.gradients
            let saved = valueAndGradient(at: [Self.point, w]) { loss($0, true) }.gradients
            #expect(plain.map(\.value) == saved.map(\.value))
            #expect(plain[1].value.abs().sum().scalar > 0.1)
        }
    }

    @Test("a checkpoint's function is called once forward and once for each pass back")
    func checkpointCalls() {
        let calls = Mutex<Int>(0)
        let (_, pullback) = vjp(
            { x in
                checkpoint(x) { y in
                    calls.withLock { $0 += 1 }
                    return y.exp()
                }
            }, at: Self.point)
        #expect(calls.withLock { $0 } == 1)
        let first = pullback(V(Tensor(ones: [4])))
        #expect(pullback(V(Tensor(ones: [4]))).value == first.value)
        #expect(calls.withLock { $0 } == 3)
    }

    // MARK: Models

    struct Net: Parameterized {
        typealias Scalar = Double

        var first: V
        var second: V?

        mutating func visitParameters(_ visitor: inout some ParameterVisitor<Double>) {
            visitor.visit("first", &first)
            visitor.visit("second", &second)
        }

        func callAsFunction(_ x: V) -> V { second!.matmul(first.matmul(x).tanh()) }
    }

    /// Model-agnostic meta-learning (arXiv 1703.03400): the query loss after one step on the support loss.
    static func metaLoss(_ net: Net, isFirstOrder: Bool) -> V {
        let (support, query) = (random([3], 20), random([3], 21))
        var step = valueAndGradient(at: net) { $0(support).squared().sum() }.gradient
        if isFirstOrder { step = step.detached() }
        var adapted = net
        adapted.replaceParameters(zip(net.parameters, step.parameters).map { $0 - $1 * 0.1 })
        return (adapted(query) - 0.5).squared().sum()
    }

    @Test("meta-gradients of a model through a step of learning agree with differences")
    func metaLearning() {
        let net = Net(first: Self.random([4, 3], 22), second: Self.random([2, 4], 23))
        let (value, slope) = valueAndGradient(at: net) { Self.metaLoss($0, isFirstOrder: false) }
        #expect(value.scalar == Self.metaLoss(net, isFirstOrder: false).scalar)
        let parts = slope.parameters
        #expect(parts.map(\.shape) == [[4, 3], [2, 4]])
        for index in 0..<2 {
            for element in 0..<parts[index].count {
                let values = [1e-6, -1e-6].map { step in
                    var moved = net.parameters
                    moved[index].update { tensor in tensor.withUnsafeMutableBufferPointer { $0[element] += step } }
                    var copy = net
                    copy.replaceParameters(moved)
                    return Self.metaLoss(copy, isFirstOrder: false).scalar
                }
                let numeric = (values[0] - values[1]) / 2e-6
                #expect(abs(parts[index].value.array[element] - numeric) < 1e-6 * max(1, abs(numeric)))
            }
        }
    }

    @Test("detaching the inner step gives first-order meta-gradients: the query gradient at the adapted model")
    func firstOrderMetaLearning() {
        let net = Net(first: Self.random([4, 3], 22), second: Self.random([2, 4], 23))
        let slope = valueAndGradient(at: net) { Self.metaLoss($0, isFirstOrder: true) }.gradient
        let step = valueAndGradient(at: net) { $0(Self.random([3], 20)).squared().sum() }.gradient
        var adapted = net
        adapted.replaceParameters(zip(net.parameters, step.parameters).map { $0 - $1 * 0.1 })
        let expected = valueAndGradient(at: adapted) { ($0(Self.random([3], 21)) - 0.5).squared().sum() }.gradient
        for (a, b) in zip(slope.parameters, expected.parameters) { #expect(Self.distance(a, b) < 1e-13) }
    }
}
