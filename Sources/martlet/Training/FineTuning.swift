import Report
import Tensor
import Tokenizers
import Transformer

/// A model that exists and learns on as a whole.
struct FineTuning {
    private let run: TrainingRun
    private let model: TransformerModel
    /// Writes the trained model the way the first one was stored.
    private let write: (TransformerModel) throws -> Void
    private let output: String

    init(
        _ location: ModelLocation, _ data: [String], _ course: TrainingCourse, _ checkpoints: RunCheckpoints
    ) throws {
        let output = checkpoints.output
        self.output = output
        let language = try location.languageModel(.dequantized)
        model = language.model
        switch location {
        case .folder(let path):
            let tokenizer = try TokenizerFiles(path: path)
            write = { model in
                try model.save(to: output)
                try tokenizer.write(to: output)
            }
        case .file(let path):
            let metadata = try GGUFFile(contentsOf: path).tokenizerMetadata
            guard let exact = QuantizationPolicy(.float32) else { throw CommandError("float32 cannot be written") }
            write = { try $0.save(gguf: "\(output)/model.gguf", as: exact, metadata: metadata) }
        }
        let rows = try TrainingData(
            data, language.tokenizer, length: rowLength(course.context, for: model.configuration),
            validationShare: course.validationShare)
        run = TrainingRun(data: rows, course: course, checkpoints: checkpoints)
    }

    func run(_ events: some EventSink, _ cancellation: Cancellation) throws {
        remark("\(run.data.training.count) rows")
        let trained = try run.train(model, learningRate: 2e-5, events: events, cancellation: cancellation) { $0 }
        try write(trained)
        remark("Wrote the model to \(output).")
    }
}
