import Autograd
import NN
import Report
import SampleData
import Tensor
import Tokenizers
import Transformer

/// A small GPT that learns to write like Shakespeare, byte by byte, from nothing.
///
/// Four blocks of width 128 read up to 128 bytes; the last tenth of the text is kept to check on.
struct ShakespeareStudy: DemoPart {
    var seed: UInt64
    /// How long to train: about a minute on two cores.
    var steps = 1000
    var batchSize = 8

    private static let context = 128

    /// What training gave.
    struct Result {
        let model: TransformerModel
        let training: (steps: [Double], values: [Double])
        let validation: (steps: [Double], values: [Double])
        let parameterCount: Int
        let sample: String
    }

    func run(on page: inout ReportPage, events: some EventSink) throws {
        let result = try run(events: events)
        let loss = NumberFormat.fixed(3).text(result.validation.values.last ?? .nan)
        print("Byte-level GPT on tiny Shakespeare: \(loss) nats per byte after \(steps) steps. It writes:\n")
        print(result.sample + "\n")
        page.addHeading("A small GPT learns Shakespeare")
        page.addParagraph(
            """
            A GPT with \(result.parameterCount) parameters (4 blocks of width 128, context 128) reads 1 MB of Shakespeare byte \
            by byte, \(steps) steps of \(batchSize) rows. Before it has learned anything, a byte costs ln 256 = 5.545 nats; \
            on the tenth of the text that it never trained on it ends at \(loss).
            """)
        var figure = Figure(title: "Loss", x: Axis("Step"), y: Axis("Nats per byte"))
        figure.add(.line(x: result.training.steps, y: result.training.values, label: "training, one batch each"))
        figure.add(.line(x: result.validation.steps, y: result.validation.values, label: "validation"))
        page.add(figure, caption: "The loss while it learns.")
        page.addParagraph("What it writes after \"ROMEO:\", with temperature 0.8:")
        page.addCode(result.sample)
    }

    /// Trains and lets the model write.
    func run(events: some EventSink) throws -> Result {
        let keys = RandomKey(seed: seed).split(3)
        // Without merges, every byte is a token.
        let tokenizer = try BPETrainer(vocabularySize: 256).train(on: []).tokenizer()
        let text = String(decoding: try SampleData.bytes(of: .shakespeare), as: UTF8.self)
        let tokens = tokenizer.encode(text)
        let split = tokens.count * 9 / 10
        func rows(_ part: ArraySlice<Int>) -> LanguageModelData {
            LanguageModelData(joining: [TrainingDocument(Array(part))], length: Self.context, separator: 0)
        }
        let (training, validation) = (rows(tokens[..<split]), rows(tokens[split...]))
        let configuration = TransformerConfiguration(
            family: .gpt2, vocabularySize: 256, hiddenSize: 128, layerCount: 4, headCount: 4,
            maximumPositions: Self.context)
        let optimizer = AdamW<Float>(
            learningRate: 3e-3, betas: (0.9, 0.95), weightDecay: 0.1,
            schedule: .warmup(50, then: .cosine(over: max(1, steps - 50), floor: 0.1)), groups: [.withoutWeightDecay()])
        var trainer = Trainer(
            model: TransformerModel(configuration, key: keys[0]), optimizer: optimizer, key: keys[1])
        let plan = TrainingPlan(
            steps: steps, gradientNormLimit: 1, validationInterval: max(1, steps / 10), name: "byte-level GPT")
        let course = RecordingSink()
        let loader = training.loader(batchSize: batchSize, shuffle: keys[2])
        try trainer.fit(
            loader, plan: plan, events: CompositeSink([events, course]),
            validate: { TrainingRun.loss($0, validation, batchSize: 16) },
            loss: { model, batch, _ in model.loss(batch.tokens, labels: batch.labels) })
        let language = try LanguageModel(trainer.model, tokenizer)
        let options = GenerationOptions(
            sampling: try SamplingOptions(temperature: 0.8, topP: 0.95, seed: seed),
            maximumTokens: Self.context - "ROMEO:".utf8.count)
        return Result(
            model: trainer.model, training: course.scalars(named: "loss"),
            validation: course.scalars(named: "validationLoss"),
            parameterCount: trainer.model.namedTensors().reduce(0) { $0 + $1.tensor.count },
            sample: "ROMEO:" + (try language.generate("ROMEO:", options: options).text()))
    }
}
