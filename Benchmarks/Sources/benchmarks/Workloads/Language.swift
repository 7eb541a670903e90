import Autograd
import Foundation
import NN
import Tensor
import Transformer

/// Transformers as the library builds and loads them.
let languageWorkloads: [Workload] = [
    Workload("gguf_load", .none, file: Files.smolLM2) {
        { keep(try! TransformerModel(gguf: Files.smolLM2)) }
    },
    Workload("gguf_prefill_512", .operations(2 * SmolLM2.blockWeights * 512), file: Files.smolLM2) {
        let model = try TransformerModel(gguf: Files.smolLM2)
        let prompt = spread(512)
        return {
            var caches = [KVCache(for: model.configuration)]
            keep(model.nextTokenLogits(after: [prompt], &caches))
        }
    },
    Workload("gguf_decode_128", .bytes(128 * Double(SmolLM2.fileBytes)), file: Files.smolLM2) {
        let model = try TransformerModel(gguf: Files.smolLM2)
        return { generate(model, sequences: 1) }
    },
    Workload("gguf_decode_batch8", .none, file: Files.smolLM2) {
        let model = try TransformerModel(gguf: Files.smolLM2)
        return { generate(model, sequences: 8) }
    },
    Workload("gpt2s_train_4x64", .operations(GPT2.trainingOperations(tokens: 256, time: 64))) {
        trainGPT2(time: 64)
    },
    Workload("gpt2s_train_4x256", .operations(GPT2.trainingOperations(tokens: 1024, time: 256))) {
        trainGPT2(time: 256)
    },
    Workload("minilm_encode_256", .none, file: Files.sentences) {
        let encoder = try SentenceEncoder(folder: Files.miniLM)
        let sentences = try String(contentsOfFile: Files.sentences, encoding: .utf8).split(separator: "\n").map(
            String.init)
        return { keep(try! encoder.encode(sentences)) }
    },
]

/// Tokens from all over SmolLM2's vocabulary.
private func spread(_ count: Int) -> [Int] { (0..<count).map { ($0 * 7919 + 13) % 49152 } }

/// 128 tokens for each sequence after a prompt of 8.
private func generate(_ model: TransformerModel, sequences: Int) {
    var decoder = BatchDecoder(model)
    for sequence in 0..<sequences {
        let prompt = spread(8).map { ($0 + sequence) % 49152 }
        _ = try! decoder.add(prompt, options: GenerationOptions(maximumTokens: 128, endTokens: []))
    }
    while !decoder.isIdle { keep(decoder.step()) }
}

private func trainGPT2(time: Int) -> () -> Void {
    let configuration = TransformerConfiguration(
        family: .gpt2, vocabularySize: 50257, hiddenSize: 768, layerCount: 12, headCount: 12, maximumPositions: 1024)
    var model = TransformerModel(configuration, key: RandomKey(seed: 1))
    var optimizer = AdamW<Float>(learningRate: 1e-4)
    let ids = Tensor<Int64>(randomIntegers: [4, time], in: 0..<50257, key: RandomKey(seed: 2))
    return { keep(optimizer.step(&model) { $0.loss(TokenBatch(ids)) }) }
}
