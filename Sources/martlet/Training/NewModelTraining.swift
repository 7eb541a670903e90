import Report
import Tensor
import Tokenizers
import Transformer

/// A model that learns from scratch.
struct NewModelTraining {
    private let tokenizer: TokenizerFiles
    private let run: TrainingRun
    private let model: TransformerModel
    private let output: String

    init(
        _ shape: NewModelArguments, _ data: [String], _ course: TrainingCourse, _ checkpoints: RunCheckpoints
    ) throws {
        output = checkpoints.output
        if checkpoints.isResuming {
            // What was decided at the start holds.
            tokenizer = try TokenizerFiles(path: output)
            model = try TransformerModel(folder: output)
        } else {
            tokenizer = try TokenizerFiles(shape, data)
            let read = tokenizer.tokenizer
            let configuration = shape.configuration(
                vocabularySize: read.vocabularySize, context: course.context ?? 128,
                endToken: read.configuration.eosToken.flatMap { read.id(ofToken: $0) })
            model = TransformerModel(configuration, key: RandomKey(seed: course.seed).folded(1))
        }
        let rows = try TrainingData(
            data, tokenizer.tokenizer, length: rowLength(course.context, for: model.configuration),
            validationShare: course.validationShare)
        run = TrainingRun(data: rows, course: course, checkpoints: checkpoints)
    }

    func run(_ events: some EventSink, _ cancellation: Cancellation) throws {
        let count = model.namedTensors().reduce(0) { $0 + $1.tensor.count }
        remark("\(count) parameters, \(model.configuration.vocabularySize) tokens, \(run.data.training.count) rows")
        if !run.checkpoints.isResuming {
            // The folder is a model from the start, so that a run can go on with the same tokenizer and shape.
            try model.save(to: output)
            try tokenizer.write(to: output)
        }
        let trained = try run.train(model, learningRate: 1e-3, events: events, cancellation: cancellation) { $0 }
        try trained.save(to: output)
        remark("Wrote the model to \(output); try `martlet generate --model \(output)`.")
    }
}
