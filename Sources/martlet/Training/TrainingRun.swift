import Autograd
import NN
import Report
import Tensor
import Transformer

/// The part that all kinds of training share: the loop over the data.
struct TrainingRun {
    let data: TrainingData
    let course: TrainingCourse
    let checkpoints: RunCheckpoints

    /// How many rows each check looks at, the same ones every time.
    private static let checkedRows = 256

    /// Trains parameters to the last step; what comes out is how they are then.
    ///
    /// - Parameters:
    ///   - parameters: what learns: a model, or its adapters.
    ///   - learningRate: the rate unless the course says another.
    ///   - model: the model with these parameters.
    func train<Parameters: Parameterized<Float>>(
        _ parameters: Parameters, learningRate: Double, events: some EventSink, cancellation: Cancellation,
        model: @escaping (Parameters) -> TransformerModel
    ) throws -> Parameters {
        let keys = RandomKey(seed: course.seed).split(2)
        var trainer = Trainer(
            model: parameters, optimizer: course.optimizer(learningRate: learningRate), key: keys[0])
        if checkpoints.isResuming { try trainer.resume(from: checkpoints.folder) }
        let loader = data.training.loader(batchSize: course.batchSize, shuffle: keys[1])
        let validate = data.validation.map { rows in
            { (parameters: Parameters) throws -> Double in
                TrainingRun.loss(model(parameters), rows, batchSize: course.batchSize)
            }
        }
        let recomputes = course.recompute
        try trainer.fit(
            loader, plan: course.plan(checkpoints), events: events, cancellation: cancellation, validate: validate
        ) { parameters, batch, _ in
            model(parameters).loss(batch.tokens, labels: batch.labels, recomputingBlocks: recomputes)
        }
        return trainer.model
    }

    /// The mean loss of the first rows.
    static func loss(_ model: TransformerModel, _ rows: LanguageModelData, batchSize: Int) -> Double {
        var (sum, count) = (0.0, 0)
        let total = min(rows.count, checkedRows)
        for start in stride(from: 0, to: total, by: batchSize) {
            let batch = rows.batch(at: Array(start..<min(start + batchSize, total)))
            let part = model.negativeLogLikelihood(batch.tokens, labels: batch.labels)
            (sum, count) = (sum + part.sum, count + part.count)
        }
        return count == 0 ? .nan : sum / Double(count)
    }
}

/// A row's length that a model can take.
func rowLength(_ wanted: Int?, for configuration: TransformerConfiguration) throws -> Int {
    let most = configuration.maximumPositions
    if let wanted, wanted > most {
        throw CommandError("--context is \(wanted), but the model takes at most \(most) tokens.")
    }
    return wanted ?? min(128, most)
}
