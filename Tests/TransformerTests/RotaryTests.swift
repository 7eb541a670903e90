import Autograd
import GoldenSupport
import Tensor
import Testing
@testable import Transformer

@Suite("Rotary positions of sequences beyond the original length")
struct RotaryTests {
    /// llama-tiny with dynamic scaling, made for 8 positions.
    private func model() throws -> TransformerModel {
        let folder = try GoldenModels.folder("llama-tiny")
        var configuration = try TransformerConfiguration(contentsOf: folder.file("config.json"))
        configuration.rotary?.scaling = .dynamicNTK(factor: 2, originalLength: 8)
        return try TransformerModel(folder: folder.path, configuration)
    }

    private func ids(_ count: Int) -> [Int] { (0..<count).map { (3 + 7 * $0) % 97 } }

    private func differ(_ a: Tensor<Float>, _ b: Tensor<Float>) -> String? {
        Golden.mismatch(actual: AnyTensor(a), expected: AnyTensor(b), rtol: 1e-4, atol: 1e-4)
    }

    @Test("a sequence by itself gives transformers' logits")
    func golden() throws {
        let model = try model()
        for folder in try Golden.folders(topic: "core/rotary") {
            let index = try folder.index("dynamic.json")
            let tolerance = try #require(index["tolerance"]?.doubleValue)
            let cases = try #require(index["cases"]?.arrayValue)
            #expect(cases.count == 3)
            for facts in cases {
                let ids = try #require(facts["ids"]?.integers)
                let expected = facts["last_logits"]?.arrayValue?.compactMap(\.doubleValue) ?? []
                let logits = model(TokenBatch(ids)).value.squeezed(0).selected(axis: 0, at: ids.count - 1)
                let problem = Golden.mismatch(
                    actual: logits.array.map(Double.init), expected: expected, rtol: 0, atol: tolerance)
                #expect(problem == nil, "\(ids.count): \(problem ?? "")")
            }
        }
    }

    @Test("the company in a batch changes nothing: padding, packed documents, sequences side by side")
    func company() throws {
        let model = try model()
        let sequences = [ids(20), Array(ids(30).suffix(5)), Array(ids(25).suffix(12))]
        let alone = sequences.map { model(TokenBatch($0)).value.squeezed(0) }
        for side in [TokenBatch.Side.left, .right] {
            let logits = model(TokenBatch(sequences, side: side)).value
            for (row, sequence) in sequences.enumerated() {
                let start = side == .left ? 20 - sequence.count : 0
                let own = logits.selected(axis: 0, at: row).narrowed(axis: 0, from: start, count: sequence.count)
                #expect(differ(own, alone[row]) == nil, "row \(row)")
            }
        }

        let documents = sequences.map { TrainingDocument($0) }
        let packed = LanguageModelData(packing: documents, length: 40, padding: 0).batch(at: [0])
        let loss = model.negativeLogLikelihood(packed.tokens, labels: packed.labels)
        let losses = sequences.map { model.negativeLogLikelihood(TokenBatch($0)) }
        #expect(abs(loss.sum - losses.reduce(0) { $0 + $1.sum }) < 1e-2)

        var caches = sequences.map { _ in KVCache(for: model.configuration) }
        let logits = model.nextTokenLogits(after: sequences, &caches)
        for (row, own) in alone.enumerated() {
            let last = own.selected(axis: 0, at: own.shape[0] - 1)
            #expect(differ(logits.selected(axis: 0, at: row), last) == nil, "sequence \(row)")
        }
    }

    @Test("parts of a sequence whose length is known are the whole")
    func parts() throws {
        let model = try model()
        let ids = ids(20)
        var caches = [KVCache(for: model.configuration)]
        var states: [Tensor<Float>] = []
        for start in stride(from: 0, to: 20, by: 6) {
            let part = Array(ids[start..<min(start + 6, 20)])
            states.append(model.extend(&caches, by: [part], lengths: [20]).value.squeezed(0))
        }
        let whole = model.hiddenStates(TokenBatch(ids)).value.squeezed(0)
        #expect(differ(Tensor.concatenated(states), whole) == nil)
    }
}
