import Autograd
import Report
import Tensor
import Tokenizers
import Transformer

/// Adapters that learn beside a model, which stays as it is.
struct AdapterTraining {
    private let run: TrainingRun
    private let model: TransformerModel
    private let adapters: LowRankAdapters
    private let path: String
    private let output: String

    init(
        _ location: ModelLocation, _ start: StartingPoint, _ data: [String], _ course: TrainingCourse,
        _ checkpoints: RunCheckpoints
    ) throws {
        path = location.path
        output = checkpoints.output
        let language = try location.languageModel(.exact)
        model = language.model
        adapters = LowRankAdapters(for: model, settings: start.settings, key: RandomKey(seed: course.seed).folded(1))
        let rows = try TrainingData(
            data, language.tokenizer, length: rowLength(course.context, for: model.configuration),
            validationShare: course.validationShare)
        run = TrainingRun(data: rows, course: course, checkpoints: checkpoints)
    }

    func run(_ events: some EventSink, _ cancellation: Cancellation) throws {
        let count = adapters.namedTensors().reduce(0) { $0 + $1.tensor.count }
        remark("\(count) parameters in \(adapters.paths.count) adapters, \(run.data.training.count) rows")
        let base = model
        let trained = try run.train(
            adapters, learningRate: 2e-4, events: events, cancellation: cancellation
        ) { base.adapted(by: $0) }
        try trained.save(to: output, baseModel: path, of: model)
        remark("Wrote the adapters to \(output); try `martlet chat --model \(path) --adapter \(output)`.")
    }
}
