import Autograd
import Tensor
import Testing

/// Chains far longer than any stack: test threads have 512 KiB, some ten thousand recursive releases.
@Suite("Chains of 100 000 operations", .serialized)
struct LongChainTests {
    static let length = 100_000

    @Test("forward, backward and release")
    func firstOrder() {
        let slope = gradient(at: V(1)) { x in
            var y = x
            for _ in 0..<Self.length { y = y * 1.00001 }
            return y
        }
        #expect(abs(slope.scalar - 2.718268237) < 1e-8)
    }

    @Test("operands that are both on the chain")
    func binaryChain() {
        // x_{n+1} = (x_n + x_n · 1) / 2: every step visits the previous node several times.
        let slope = gradient(at: V(1)) { x in
            var y = x
            for _ in 0..<Self.length / 4 { y = (y + y * 1) * 0.5 + y * y * 0 }
            return y
        }
        #expect(slope.scalar == 1)
    }

    @Test("a chain that is never run backward")
    func abandoned() {
        let slope = gradient(at: V(2)) { x in
            var y = x
            for _ in 0..<Self.length { y = y + 1 }
            return x * x + y.detached()
        }
        #expect(slope.scalar == 4)
    }

    @Test("a chain in a pullback that is dropped without a call")
    func droppedPullback() {
        for isCalled in [false, true] {
            let (value, pullback) = vjp(
                { x in
                    var y = x
                    for _ in 0..<Self.length { y = y.tanh() + 1 }
                    return y
                }, at: V(1))
            #expect(value.scalar > 1)
            if isCalled { #expect(pullback(V(1)).scalar >= 0) }
        }
    }

    @Test("second order")
    func secondOrder() {
        // y = x² a^n: the second derivative is 2 a^n.
        let second = grad(
            grad { x in
                var y = x * x
                for _ in 0..<Self.length { y = y * 1.00001 }
                return y
            })(V(3))
        #expect(abs(second.scalar - 2 * 2.718268237) < 1e-7)
    }

    @Test("second order with a saved operand at every step")
    func secondOrderProducts() {
        let product = hvp(
            { x in
                var y = x
                for _ in 0..<Self.length / 2 { y = y * x * 0.5 }
                return y
            }, at: V(2), along: V(1)
        ).product
        // x^(n+1) / 2^n at 2: the second derivative is (n+1) n / 2.
        let n = Double(Self.length / 2)
        #expect(abs(product.scalar - (n + 1) * n / 2) < 1e-6 * n * n)
    }

    @Test("through a model that its loss captures")
    func model() {
        struct Cell: Parameterized {
            typealias Scalar = Double

            var weight: V
            mutating func visitParameters(_ visitor: inout some ParameterVisitor<Double>) {
                visitor.visit("weight", &weight)
            }
        }
        // A recurrence h ← w h + 1: dh_n/dw has a closed form at w = 1, n (n - 1) / 2 for h_0 = 0.
        let n = Self.length / 2
        let slope = valueAndGradient(at: Cell(weight: V(1))) { cell in
            var h = V(0)
            for _ in 0..<n { h = cell.weight * h + 1 }
            return h
        }.gradient
        #expect(slope.weight.scalar == Double(n * (n - 1) / 2))
    }

    @Test("long chains of checkpoints")
    func checkpoints() {
        let slope = gradient(at: V(1)) { x in
            var y = x
            for _ in 0..<Self.length / 10 { y = checkpoint(y) { $0 + 1 } }
            return y
        }
        #expect(slope.scalar == 1)
    }

    @Test("every buffer is given back when the chain is released")
    func memory() async {
        await #expect(processExitsWith: .success) {
            func work() {
                for isCalled in [true, false] {
                    let (_, pullback) = vjp(
                        { x in
                            var y = x
                            for _ in 0..<5000 { y = y.sin() * x }
                            return y
                        }, at: Variable(1.0))
                    if isCalled { _ = pullback(Variable(1.0)) }
                }
                _ = grad(grad { $0.tanh() * $0 })(Variable(0.5))
            }
            work()
            let before = Memory.snapshot()
            work()
            let after = Memory.snapshot()
            if after.liveBuffers != before.liveBuffers || after.live != before.live {
                trap("\(before.liveBuffers) buffers became \(after.liveBuffers)")
            }
        }
    }
}
