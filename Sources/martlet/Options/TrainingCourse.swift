import ArgumentParser
import NN

/// How long, how fast and on how much at once to train.
struct TrainingCourse: ParsableArguments {
    @Option(help: ArgumentHelp("How many steps to take.", valueName: "count"))
    var steps = 1000

    @Option(help: ArgumentHelp("How many rows of text a batch has.", valueName: "count"))
    var batchSize = 16

    @Option(help: ArgumentHelp("How many batches make one step, to save memory.", valueName: "count"))
    var accumulate = 1

    @Option(
        help: ArgumentHelp(
            "How many tokens a row has (default: 128, or what the model can take if that is less).", valueName: "count")
    )
    var context: Int?

    @Option(
        help: ArgumentHelp(
            "The size of the steps (default: 1e-3 from scratch, 2e-4 for adapters, 2e-5 for a whole model).",
            valueName: "rate"))
    var learningRate: Double?

    @Option(
        help: ArgumentHelp("How many steps it takes to reach that size; it falls again to the end.", valueName: "count")
    )
    var warmup = 50

    @Option(help: ArgumentHelp("How much weights shrink.", valueName: "number"))
    var weightDecay = 0.01

    @Option(help: ArgumentHelp("The share of the data that is kept to check on.", valueName: "share"))
    var validationShare = 0.05

    @Option(help: ArgumentHelp("How many steps lie between two checks.", valueName: "count"))
    var validateEvery = 100

    @Option(help: ArgumentHelp("How many steps lie between two checkpoints.", valueName: "count"))
    var saveEvery = 200

    @Option(help: "The seed of everything random; the same seed gives the same model.")
    var seed: UInt64 = 1

    @Flag(help: "Compute blocks again on the way back instead of keeping them: less memory, a third more work.")
    var recompute = false

    @Flag(help: "Go on from the latest checkpoint in the output folder.")
    var resume = false

    mutating func validate() throws {
        for (name, value) in [
            ("--steps", steps), ("--batch-size", batchSize), ("--accumulate", accumulate), ("--context", context ?? 2),
            ("--validate-every", validateEvery), ("--save-every", saveEvery),
        ] {
            if value < 1 { throw ValidationError("\(name) is \(value); expected at least 1.") }
        }
        if let context, context < 2 { throw ValidationError("--context is \(context); expected at least 2.") }
        if warmup < 0 { throw ValidationError("--warmup is \(warmup); expected 0 or more.") }
        if let learningRate, !learningRate.isFinite || learningRate <= 0 {
            throw ValidationError("--learning-rate is \(learningRate); expected a positive number.")
        }
        if !weightDecay.isFinite || weightDecay < 0 {
            throw ValidationError("--weight-decay is \(weightDecay); expected 0 or more.")
        }
        if !(0..<1).contains(validationShare) {
            throw ValidationError("--validation-share is \(validationShare); expected 0 to below 1.")
        }
    }

    /// AdamW whose rate rises, then falls to a tenth.
    func optimizer(learningRate standard: Double) -> AdamW<Float> {
        let rise = min(warmup, steps / 2)
        return AdamW(
            learningRate: learningRate ?? standard, betas: (0.9, 0.95), weightDecay: weightDecay,
            schedule: .warmup(rise, then: .cosine(over: max(1, steps - rise), floor: 0.1)),
            groups: [.withoutWeightDecay()])
    }

    func plan(_ checkpoints: RunCheckpoints) -> TrainingPlan {
        TrainingPlan(
            steps: steps, batchesPerStep: accumulate, gradientNormLimit: 1, validationInterval: validateEvery,
            checkpoints: CheckpointPolicy(folder: checkpoints.folder, every: saveEvery, keeping: 2))
    }
}
