import Autograd
import GoldenSupport
import Synchronization
import Tensor
import Testing
import Transformer

@Suite("Hooks")
struct HookTests {
    private let batch = TokenBatch([5, 6, 7, 8])

    @Test("every point is there, with its shape; reading changes nothing")
    func shapes() throws {
        let model = try GoldenModels.model("qwen3-tiny")
        let expected: [(ActivationPoint, TensorShape)] = [
            (.embeddings, [1, 4, 32]), (.residualPre(layer: 1), [1, 4, 32]), (.residualMid(layer: 1), [1, 4, 32]),
            (.residualPost(layer: 1), [1, 4, 32]), (.attentionPattern(layer: 1), [1, 4, 4, 4]),
            (.attentionHeadOut(layer: 1), [1, 4, 4, 16]), (.attentionOut(layer: 1), [1, 4, 32]),
            (.mlpHidden(layer: 1), [1, 4, 64]), (.mlpOut(layer: 1), [1, 4, 32]), (.finalNorm, [1, 4, 32]),
            (.logits, [1, 4, 97]),
        ]
        let found = model.capture(batch, at: expected.map(\.0))
        for (point, shape) in expected { #expect(found[point]?.shape == shape, "\(point)") }
        let logits = try #require(found[.logits]).value
        #expect(
            Golden.mismatch(actual: AnyTensor(logits), expected: AnyTensor(model(batch).value), rtol: 1e-5, atol: 1e-5)
                == nil)
        let pattern = try #require(found[.attentionPattern(layer: 1)]).value
        for sum in pattern.sum(axis: -1).array { #expect(abs(sum - 1) < 1e-5) }
    }

    @Test("the stream is the sum of what was added to it")
    func sums() throws {
        let model = try GoldenModels.model("llama-tiny")
        let found = model.capture(
            batch, at: [.residualPre(layer: 0), .attentionOut(layer: 0), .mlpOut(layer: 0), .residualPost(layer: 0)])
        let sum =
            found[.residualPre(layer: 0)]! + found[.attentionOut(layer: 0)]! + found[.mlpOut(layer: 0)]!
        let end = found[.residualPost(layer: 0)]!
        #expect(
            Golden.mismatch(actual: AnyTensor(sum.value), expected: AnyTensor(end.value), rtol: 1e-5, atol: 1e-6) == nil
        )
    }

    @Test("what replaces an activation goes on, and gradients flow through it")
    func replacing() throws {
        let model = try GoldenModels.model("llama-tiny")
        let steered = model(batch, hooks: .add(Variable(Tensor<Float>(ones: [32])), at: .residualPost(layer: 0))).value
        let replaced = model(batch, hooks: .replace(.residualPost(layer: 0)) { $0 + 1 }).value
        #expect(steered == replaced && steered != model(batch).value)

        let direction = Variable(Tensor<Float>(randomNormal: [32], key: RandomKey(seed: 1)))
        func loss(_ direction: Variable<Float>) -> Variable<Float> {
            let logits = model(batch, hooks: .add(direction, at: .residualPost(layer: 0)))
            return (logits * logits).mean()
        }
        let slope = gradient(at: direction, loss)
        let step = Tensor<Float>(randomNormal: [32], key: RandomKey(seed: 2)) * 1e-2
        let difference = loss(direction + Variable(step)).scalar - loss(direction - Variable(step)).scalar
        let predicted = 2 * (slope.value * step).sum().scalar
        #expect(abs(difference - predicted) < 0.02 * abs(predicted) + 1e-4)
    }

    @Test("a pass may end after a layer, and then later layers are not computed")
    func stopping() throws {
        let model = try GoldenModels.model("llama-tiny")
        let wasThere = Mutex(false)
        let hooks = ActivationHooks.stopAfter(layer: 0).and(
            .read(.residualPre(layer: 1)) { _ in wasThere.withLock { $0 = true } })
        let states = model.hiddenStates(batch, hooks: hooks)
        #expect(states.value == model.capture(batch, at: [.residualPost(layer: 0)])[.residualPost(layer: 0)]!.value)
        #expect(!wasThere.withLock { $0 })
    }

    @Test("a layer that the model lacks is an error, and ends the program where nobody asked")
    func missingLayers() async throws {
        let model = try GoldenModels.model("llama-tiny")
        let layers = model.configuration.layerCount
        for layer in [-1, layers, 99] {
            let stop = ActivationError.missingLayer(layer, point: nil, layerCount: layers)
            #expect(throws: stop) { try ActivationHooks.stopAfter(layer: layer).check(for: model.configuration) }
            let point = ActivationPoint.mlpOut(layer: layer)
            let hooks = ActivationHooks.stopAfter(layer: 0).and(.replace(point) { $0 })
            let error = #expect(throws: ActivationError.self) { try hooks.check(for: model.configuration) }
            #expect(error == .missingLayer(layer, point: point, layerCount: layers))
            #expect(error?.description.contains("mlpOut") == true)
        }
        let good = ActivationHooks.stopAfter(layer: layers - 1).and(.read(.residualPre(layer: 0)) { _ in })
        try good.and(.read(.logits) { _ in }).check(for: model.configuration)
        await #expect(processExitsWith: .failure) {
            let model = try GoldenModels.model("llama-tiny")
            _ = model.hiddenStates(TokenBatch([5, 6]), hooks: .stopAfter(layer: 7))
        }
        await #expect(processExitsWith: .failure) {
            _ = try GoldenModels.model("llama-tiny").capture(TokenBatch([5]), at: [.residualPost(layer: -1)])
        }
        await #expect(processExitsWith: .failure) {
            let model = try GoldenModels.model("llama-tiny")
            var caches = [KVCache(for: model.configuration)]
            _ = model.nextTokenLogits(after: [[5]], &caches, hooks: .stopAfter(layer: 0))
        }
    }

    @Test("hooks work while tokens are generated")
    func generating() throws {
        let model = try GoldenModels.model("llama-tiny")
        let hooks = ActivationHooks.add(
            Variable(Tensor<Float>(randomNormal: [32], key: RandomKey(seed: 1))), at: .residualPost(layer: 0))
        var caches = [KVCache(for: model.configuration)]
        _ = model.nextTokenLogits(after: [[5, 6, 7]], &caches, hooks: hooks)
        let logits = model.nextTokenLogits(after: [[8]], &caches, hooks: hooks)
        let whole = model(batch, hooks: hooks).value.squeezed(0).selected(axis: 0, at: 3)
        #expect(
            Golden.mismatch(actual: AnyTensor(logits.squeezed(0)), expected: AnyTensor(whole), rtol: 1e-4, atol: 1e-4)
                == nil)
    }
}
