import Autograd
import Tensor
import Testing
import Transformer

@Suite("The guide to looking inside a model")
struct LookInsideTests {
    @Test("is the code of this file")
    func text() throws { try Guides.expect("LookInside", in: #filePath) }

    @Test("works")
    func code() throws {
        let configuration = TransformerConfiguration(
            family: .llama, vocabularySize: 50, hiddenSize: 16, layerCount: 2, headCount: 4, keyHeadCount: 2,
            maximumPositions: 32)
        let model = TransformerModel(configuration, key: RandomKey(seed: 1))
        let batch = TokenBatch([5, 6, 7])

        let found = model.capture(batch, at: [.residualPost(layer: 0), .attentionPattern(layer: 0)])
        if let pattern = found[.attentionPattern(layer: 0)] { print(pattern.shape) }  // [batch, heads, time, time]
        #expect(found[.attentionPattern(layer: 0)]?.shape == [1, 4, 3, 3])

        for layer in 0..<model.configuration.layerCount {
            let point = ActivationPoint.residualPost(layer: layer)
            guard let stream = model.capture(batch, at: [point])[point] else { continue }
            let normed = model.finalNorm?(stream) ?? stream
            let likeliest = model.logits(of: normed).value.argmax(axis: -1)
            print(layer, likeliest.array)
        }

        let direction = Tensor<Float>(randomNormal: [model.configuration.hiddenSize], key: RandomKey(seed: 1))
        let steered = model(batch, hooks: .add(Variable(direction), at: .residualPost(layer: 0)))
        let ablated = model(batch, hooks: .replace(.mlpOut(layer: 1)) { $0 * 0 })
        let both = ActivationHooks.add(Variable(direction), at: .residualPost(layer: 0))
            .and(.replace(.mlpOut(layer: 1)) { $0 * 0 })
        let together = model(batch, hooks: both)
        #expect(steered.value != together.value)

        let effect = (ablated.value - model(batch).value).norm().scalar
        #expect(effect > 0)

        let start = Variable(Tensor<Float>(zeros: [model.configuration.hiddenSize]))
        let (loss, gradient) = valueAndGradient(at: start) { vector in
            let logits = model(batch, hooks: .add(vector, at: .residualPost(layer: 0)))
            return logits.logSoftmax()[0, -1, 5]  // the log-probability of token 5 after the last place
        }
        print(loss.scalar, gradient.shape)
        #expect(gradient.value.norm().scalar > 0)
    }
}
