import Autograd
import NN
import Tensor
import Testing

/// A step that updates each parameter when its gradient is complete is the step along the whole gradient.
@Suite("Optimizer.step")
struct StepTests {
    /// Uses one weight twice, one inside a checkpoint, one never, and one only in a branch that the loss ignores.
    private struct Net: Parameterized {
        var table = Embedding<Float>(11, 6, key: RandomKey(seed: 1))
        var hidden = Linear<Float>(6, 6, key: RandomKey(seed: 2))
        var inner = Linear<Float>(6, 6, key: RandomKey(seed: 3))
        var unused = Linear<Float>(6, 2, key: RandomKey(seed: 4))
        var ignored = Linear<Float>(6, 2, key: RandomKey(seed: 5))

        mutating func visitParameters(_ visitor: inout some ParameterVisitor<Float>) {
            visitor.visit("table", &table)
            visitor.visit("hidden", &hidden)
            visitor.visit("inner", &inner)
            visitor.visit("unused", &unused)
            visitor.visit("ignored", &ignored)
        }

        func loss(_ ids: Tensor<Int64>) -> Variable<Float> {
            let x = hidden(table(ids)).tanh()
            let inner = inner
            let y = checkpoint(x) { inner($0).relu() + inner($0) }
            _ = ignored(y).sum()
            return crossEntropy(y.linear(table.weight), ids)
        }
    }

    private static let ids = Tensor<Int64>([3, 1, 4, 1, 5, 9, 2, 6])

    private func expectEqualSteps(_ make: () -> some Optimizer<Float>) {
        var (whole, streamed) = (Net(), Net())
        var (first, second) = (make(), make())
        for _ in 0..<5 {
            let (value, gradient) = valueAndGradient(at: whole) { $0.loss(Self.ids) }
            first.update(&whole, along: gradient)
            let loss = second.step(&streamed) { $0.loss(Self.ids) }
            #expect(loss.scalar == value.scalar)
            for (a, b) in zip(whole.namedTensors(), streamed.namedTensors()) {
                #expect(a.tensor.array == b.tensor.array, "\(a.path)")
            }
        }
    }

    @Test("equals the update along the whole gradient bit for bit")
    func equality() {
        expectEqualSteps { AdamW<Float>(learningRate: 0.01, weightDecay: 0.1) }
        expectEqualSteps { SGD<Float>(learningRate: 0.1, momentum: 0.9) }
        expectEqualSteps {
            var rule = Adam<Float>(learningRate: 0.01, schedule: .warmup(3, then: .constant))
            rule.groups = [.frozen { path, _ in path.hasPrefix("table") }]
            return rule
        }
    }

    @Test("a loss that throws changes nothing")
    func failure() {
        struct Failure: Error {}
        var net = Net()
        var rule = Adam<Float>(learningRate: 0.01)
        rule.step(&net) { $0.loss(Self.ids) }
        let before = net.namedTensors().map(\.tensor.array)
        #expect(throws: Failure.self) { try rule.step(&net) { _ in throw Failure() } }
        #expect(net.namedTensors().map(\.tensor.array) == before)
        #expect(rule.state.step == 1)
    }

    @Test("a model that somebody else holds keeps its values")
    func snapshot() {
        var net = Net()
        let reference = net
        let before = reference.namedTensors().map(\.tensor.array)
        var rule = Adam<Float>(learningRate: 0.01)
        rule.step(&net) { $0.loss(Self.ids) }
        #expect(reference.namedTensors().map(\.tensor.array) == before)
        #expect(net.hidden.weight.value.array != reference.hidden.weight.value.array)
    }
}
