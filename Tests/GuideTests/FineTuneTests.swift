import NN
import Report
import Tensor
import Testing
import Tokenizers
import Transformer

@Suite("The guide to training a model")
struct FineTuneTests {
    @Test("is the code of this file")
    func text() throws { try Guides.expect("FineTune", in: #filePath) }

    @Test("works", .enabled(if: RealModels.smolLM2 != nil, Comment(rawValue: RealModels.advice)))
    func code() throws {
        try inTemporaryFolder { folder in
            let path = try #require(RealModels.smolLM2)
            let (facts, runFolder, adapterFolder, modelFolder) = (
                "\(folder)/facts.jsonl", "\(folder)/run", "\(folder)/tuned", "\(folder)/own"
            )
            let steps = 3
            let text = String(repeating: "the quick brown fox jumps over the lazy dog. ", count: 20)
            try AtomicFile.write(
                to: facts,
                Array(
                    """
                    {"text": "Martlets are birds without feet."}
                    {"prompt": "What is a martlet?", "completion": " A bird without feet."}
                    {"messages": [{"role": "user", "content": "What is a martlet?"}, {"role": "assistant", "content": "A bird."}]}
                    """.utf8))

            let language = try LanguageModel(gguf: path, precision: .exact)
            let reader = try TrainingTextReader(language.tokenizer)
            let documents = try reader.documents(jsonLines: facts)
            let data = LanguageModelData(packing: documents, length: 128, padding: 0)
            #expect(documents.count == 3)

            let model = language.model
            var trainer = Trainer(
                model: LowRankAdapters(for: model, settings: .init(rank: 8, alpha: 16), key: RandomKey(seed: 1)),
                optimizer: AdamW<Float>(learningRate: 1e-3), key: RandomKey(seed: 2))
            let plan = TrainingPlan(
                steps: steps, gradientNormLimit: 1, checkpoints: CheckpointPolicy(folder: runFolder, every: 50))
            try trainer.resumeIfPossible(from: runFolder)
            let batches = data.loader(batchSize: 2, shuffle: RandomKey(seed: 3))
            try trainer.fit(batches, plan: plan, events: TerminalProgress()) { adapters, batch, _ in
                model.adapted(by: adapters).loss(batch.tokens, labels: batch.labels)
            }
            try trainer.model.save(to: adapterFolder, baseModel: path, of: model)  // a folder that PEFT loads

            let adapters = try LowRankAdapters(folder: adapterFolder, for: model)
            var tuned = language
            tuned.model = model.adapted(by: adapters)
            let options = GenerationOptions(maximumTokens: 8)
            let answer = try tuned.generate(chat: [.user("What is a martlet?")], options: options).text()
            #expect(!answer.isEmpty)

            // Without merges, every byte is a token.
            let tokenizer = try BPETrainer(vocabularySize: 256).train(on: []).tokenizer()
            let configuration = TransformerConfiguration(
                family: .gpt2, vocabularySize: 256, hiddenSize: 32, layerCount: 2, headCount: 4, maximumPositions: 32)
            let lines = try TrainingTextReader(tokenizer).document(text: text)
            let rows = LanguageModelData(joining: [lines], length: 32, separator: 0)
            var run = Trainer(
                model: TransformerModel(configuration, key: RandomKey(seed: 1)),
                optimizer: AdamW<Float>(learningRate: 3e-3, schedule: .warmup(10, then: .cosine(over: 30))),
                key: RandomKey(seed: 2))
            let stream = rows.loader(batchSize: 8, shuffle: RandomKey(seed: 3))
            try run.fit(stream, plan: TrainingPlan(steps: 40)) { model, batch, _ in
                model.loss(batch.tokens, labels: batch.labels)
            }
            try run.model.save(to: modelFolder)  // config.json and model.safetensors, which transformers loads
            #expect(try TransformerModel(folder: modelFolder).configuration == configuration)
        }
    }
}
