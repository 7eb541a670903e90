import Autograd
import GoldenSupport
import Synchronization
import Tensor
import Testing
import Transformer

@Suite("Small checkpoints give transformers' values")
struct GoldenModelTests {
    @Test("logits, hidden states, losses and gradients")
    func values() throws {
        for folder in try GoldenModels.folders() {
            let model = try TransformerModel(folder: folder.path)
            let golden = try folder.tensors("golden.safetensors")
            let facts = try folder.index("golden.json")
            let ids = try golden.golden("input_ids", as: Int64.self)
            let mask = try golden.golden("attention_mask", as: Int64.self)
            var batch = TokenBatch(ids, keep: mask .!= 0)
            if golden.entry(named: "token_type_ids") != nil {
                batch.types = try golden.golden("token_type_ids", as: Int64.self)
            }
            func check(_ name: String, _ actual: Tensor<Float>, _ kind: String = "logits") throws {
                let tolerance = facts["tolerance"]?[kind]
                let problem = Golden.mismatch(
                    actual: AnyTensor(actual), expected: try golden.golden(name),
                    rtol: tolerance?["rtol"]?.doubleValue ?? 0, atol: tolerance?["atol"]?.doubleValue ?? 0)
                #expect(problem == nil, "\(folder.path), \(name): \(problem ?? "")")
            }
            #expect(model.parameterCount == facts["n_params"]?.intValue, "\(folder.path)")

            // The residual stream; the last entry is after the final norm.
            let layers = model.configuration.layerCount
            let points: [ActivationPoint] = [.embeddings] + (0..<layers).map { .residualPost(layer: $0) } + [.finalNorm]
            let found = model.capture(batch, at: points)
            for (index, point) in points.enumerated() where index != layers {
                try check("hidden.\(min(index, layers))", try #require(found[point]).value)
            }

            let (loss, gradient): (Variable<Float>, TransformerModel)
            if model.configuration.family.isCausal {
                try check("logits", model(batch).value)
                let labels = try golden.golden("labels", as: Int64.self)
                (loss, gradient) = valueAndGradient(at: model) { $0.loss(batch, labels: labels) }
            } else {
                let states = model.hiddenStates(batch)
                try check("last_hidden", states.value)
                try check("pooler", try #require(model.pooled(states)).value)
                let kept = Tensor<Float>(mask)
                (loss, gradient) = valueAndGradient(at: model) { model in
                    let states = model.hiddenStates(batch) * Variable(kept.unsqueezed(-1))
                    return (states * states).sum() / kept.sum().scalar
                }
            }
            let expected = try #require(facts["loss"]?.doubleValue)
            #expect(abs(Double(loss.scalar) - expected) <= 1e-5 * max(1, expected), "\(folder.path)")
            var square = 0.0
            for (path, tensor) in gradient.namedTensors() {
                for value in tensor.array { square += Double(value) * Double(value) }
                if golden.entry(named: "grad." + path) != nil { try check("grad." + path, tensor, "grads") }
            }
            let stored = golden.entries.filter { $0.name.hasPrefix("grad.") }.map { String($0.name.dropFirst(5)) }
            #expect(Set(stored).isSubset(of: gradient.namedTensors().map(\.path)), "\(folder.path)")
            let norm = try #require(facts["grad_global_norm"]?.doubleValue)
            #expect(abs(square.squareRoot() - norm) <= 1e-3 * norm, "\(folder.path)")
        }
    }

    @Test("left padding changes nothing, and tokens one by one give the same ids as the whole")
    func greedy() throws {
        for folder in try GoldenModels.folders() {
            let model = try TransformerModel(folder: folder.path)
            guard model.configuration.family.isCausal else { continue }
            let golden = try folder.tensors("golden.safetensors")
            let padded = TokenBatch(
                try golden.golden("leftpad_ids", as: Int64.self),
                keep: try golden.golden("leftpad_mask", as: Int64.self) .!= 0)
            let expected = try golden.golden("leftpad_logits", as: Float.self)
            let start = padded.length - expected.shape[1]
            let problem = Golden.mismatch(
                actual: AnyTensor(model(padded).value.narrowed(axis: 1, from: start, count: expected.shape[1])),
                expected: AnyTensor(expected), rtol: 1e-4, atol: 1e-4)
            #expect(problem == nil, "\(folder.path): \(problem ?? "")")

            let wanted = try golden.golden("greedy_ids", as: Int64.self).array.map(Int.init)
            var ids = Array(wanted.prefix(5))
            var caches = [KVCache(for: model.configuration)]
            var logits = model.nextTokenLogits(after: [ids], &caches)
            while ids.count < wanted.count {
                ids.append(Int(logits.argmax(axis: -1).scalar))
                logits = model.nextTokenLogits(after: [[ids[ids.count - 1]]], &caches)
            }
            #expect(ids == wanted, "\(folder.path)")
        }
    }

    @Test("computing blocks again gives the same gradients")
    func recomputing() throws {
        let model = try GoldenModels.model("llama-tiny")
        let batch = TokenBatch([[5, 6, 7, 8, 9], [10, 11, 12]])
        let labels = Tensor<Int64>([[5, 6, 7, 8, 9], [10, 11, 12, -100, -100]])
        let plain = valueAndGradient(at: model) { $0.loss(batch, labels: labels) }
        let again = valueAndGradient(at: model) { $0.loss(batch, labels: labels, recomputingBlocks: true) }
        #expect(plain.value.scalar == again.value.scalar)
        for (a, b) in zip(plain.gradient.parameters, again.gradient.parameters) {
            #expect(
                Golden.mismatch(actual: AnyTensor(a.value), expected: AnyTensor(b.value), rtol: 1e-5, atol: 1e-7) == nil
            )
        }
    }
}
