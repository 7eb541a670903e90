import Autograd
import Report
import Tensor

/// A training run: a model, its optimiser and how far they have come. A value: a copy is a snapshot of the run.
///
/// ```swift
/// var trainer = Trainer(model: model, optimizer: AdamW(learningRate: 1e-3), key: RandomKey(seed: 1))
/// let plan = TrainingPlan(steps: 1000, checkpoints: CheckpointPolicy(folder: "run", every: 100))
/// try trainer.resumeIfPossible(from: "run")
/// let outcome = try trainer.fit(loader, plan: plan) { model, batch, key in
///     crossEntropy(model(batch.input), batch.target)
/// }
/// ```
///
/// A run that stops at any point and resumes from a checkpoint gives the same bits as one that never stopped, as long
/// as the loss is a function of the model, the batch and the key it is given.
public struct Trainer<Model: Parameterized, Rule: Optimizer>: Sendable where Rule.Scalar == Model.Scalar {
    /// The model as it is now.
    public var model: Model
    /// The optimiser with its state.
    public var optimizer: Rule
    /// The key of the run; each batch gets one of its own.
    public var key: RandomKey
    /// The number of steps done.
    public internal(set) var step = 0
    /// Where the next batch comes from.
    public internal(set) var dataPosition = BatchSampler.Position()
    /// The lowest validation loss so far, and the number of evaluations since.
    public internal(set) var progress = ValidationProgress()
    /// The model with the lowest validation loss so far.
    public internal(set) var bestModel: Model?

    /// How the validation loss has gone.
    public struct ValidationProgress: Sendable, Hashable {
        /// The lowest loss so far.
        public var best: Double?
        /// The step of the lowest loss.
        public var bestStep = 0
        /// The number of evaluations since that did not improve on it.
        public var evaluationsSinceBest = 0
    }

    /// How training ended.
    public enum Outcome: Sendable, Hashable {
        /// All steps are done.
        case completed
        /// The validation loss no longer fell.
        case stoppedEarly
    }

    /// Starts a run.
    public init(model: Model, optimizer: Rule, key: RandomKey) {
        self.model = model
        self.optimizer = optimizer
        self.key = key
    }

    /// Trains until the plan's last step.
    ///
    /// - Parameters:
    ///   - loader: the training data; its own position does not count, the run's does.
    ///   - plan: the number of steps, and when to log, validate, save and stop early.
    ///   - events: hears of every step: loss, learning rate and batches a second.
    ///   - cancellation: checked before every step, as is the current task; the run is saved before the error is
    ///     thrown.
    ///   - validate: the loss on validation data, called at the plan's intervals with the current model.
    ///   - loss: the loss of a batch; it may change the model's buffers, and takes all randomness from the key.
    /// - Throws: ``TrainingError``, ``CheckpointError``, `CancellationError`, and what the data and the functions
    ///   throw.
    @discardableResult
    public mutating func fit<Batch, Failure>(
        _ loader: DataLoader<Batch, Failure>, plan: TrainingPlan, events: some EventSink = SilentSink(),
        cancellation: Cancellation = Cancellation(), validate: ((Model) throws -> Double)? = nil,
        loss: (_ model: inout Model, _ batch: Batch, _ key: RandomKey) throws -> Variable<Model.Scalar>
    ) throws -> Outcome {
        if let folder = plan.checkpoints?.folder, let latest = try folder.steps().last, latest > step {
            // A run that starts over here would lose its own checkpoints to the older run's larger numbers.
            throw CheckpointError.incompatible(
                path: folder.path(ofStep: latest),
                problem: "it is ahead of this run, which is at step \(step); resume from it or choose another folder")
        }
        var batches = loader
        batches.position = dataPosition
        var clock = StepClock()
        events.receive(.started(name: plan.name, total: plan.steps, completed: step))
        do {
            var savedStep: Int?
            while step < plan.steps, !hasStalled(plan) {
                do {
                    try cancellation.check()
                } catch {
                    try save(plan, unless: savedStep)
                    throw error
                }
                let rate = optimizer.currentLearningRate
                let value = try takeStep(&batches, plan, loss)
                clock.count(batches: plan.batchesPerStep)
                if step % plan.reportInterval == 0 || step == plan.steps {
                    events.receive(.scalar(name: "loss", step: step, value: value))
                    events.receive(.scalar(name: "learningRate", step: step, value: rate))
                    let speed = clock.batchesPerSecond()
                    events.receive(
                        .step(
                            name: plan.name, completed: step, total: plan.steps,
                            metrics: ["loss": value, "learning rate": rate, "batches/s": speed]))
                }
                if let validate, step % plan.validationInterval == 0 || step == plan.steps {
                    let value = try validate(model)
                    events.receive(.scalar(name: "validationLoss", step: step, value: value))
                    note(value, plan.earlyStopping)
                    clock.restart()
                }
                if let policy = plan.checkpoints, step % policy.interval == 0 {
                    try save(to: policy)
                    savedStep = step
                    clock.restart()
                }
            }
            try save(plan, unless: savedStep)
        } catch {
            events.receive(.finished(name: plan.name, outcome: error is CancellationError ? .cancelled : .failed))
            throw error
        }
        let stoppedEarly = step < plan.steps
        if stoppedEarly { events.receive(.message("The validation loss no longer falls; stopped after step \(step).")) }
        events.receive(.finished(name: plan.name, outcome: .completed))
        return stoppedEarly ? .stoppedEarly : .completed
    }

    private mutating func takeStep<Batch, Failure>(
        _ batches: inout DataLoader<Batch, Failure>, _ plan: TrainingPlan,
        _ loss: (inout Model, Batch, RandomKey) throws -> Variable<Model.Scalar>
    ) throws -> Double {
        // The model as it was lives only while gradients are taken: a second holder would make the update copy it.
        let (mean, gradient) = try gradientOfStep(&batches, plan, loss)
        optimizer.update(&model, along: gradient)
        dataPosition = batches.position
        step += 1
        return mean
    }

    /// The mean loss and gradient of the next step's batches; on an error the model's buffers are as before.
    private mutating func gradientOfStep<Batch, Failure>(
        _ batches: inout DataLoader<Batch, Failure>, _ plan: TrainingPlan,
        _ loss: (inout Model, Batch, RandomKey) throws -> Variable<Model.Scalar>
    ) throws -> (loss: Double, gradient: Model) {
        let stepKey = key.folded(step)
        let start = model
        var accumulator = GradientAccumulator<Model>()
        var total = 0.0
        do {
            for part in 0..<plan.batchesPerStep {
                let batch = try nextBatch(&batches)
                let (value, gradient) = try valueAndGradient(at: &model) { model in
                    try loss(&model, batch, stepKey.folded(part))
                }
                total += Double(value.scalar)
                accumulator.add(gradient)
            }
            let mean = total / Double(plan.batchesPerStep)
            guard mean.isFinite else { throw TrainingError.nonFiniteLoss(step: step + 1, value: mean) }
            var gradient = accumulator.takeMean() ?? model
            let norm = plan.gradientNormLimit.map { gradient.clip(toGlobalNorm: $0) } ?? gradient.globalNorm
            guard norm.isFinite else { throw TrainingError.nonFiniteGradient(step: step + 1, norm: norm) }
            return (mean, gradient)
        } catch {
            model = start
            throw error
        }
    }

    /// The next batch, going on to the next epoch where one ends.
    private func nextBatch<Batch, Failure>(_ batches: inout DataLoader<Batch, Failure>) throws -> Batch {
        if let batch = try batches.nextBatch() { return batch }
        guard let batch = try batches.nextBatch() else { throw TrainingError.noData }
        return batch
    }

    private mutating func note(_ loss: Double, _ stopping: EarlyStopping?) {
        if loss.isFinite, loss < (progress.best ?? .infinity) - (stopping?.minimumImprovement ?? 0) {
            progress = ValidationProgress(best: loss, bestStep: step)
            bestModel = model
        } else {
            progress.evaluationsSinceBest += 1
        }
    }

    private func hasStalled(_ plan: TrainingPlan) -> Bool {
        plan.earlyStopping.map { progress.evaluationsSinceBest >= $0.patience } ?? false
    }

    private func save(_ plan: TrainingPlan, unless savedStep: Int?) throws(CheckpointError) {
        if let policy = plan.checkpoints, savedStep != step { try save(to: policy) }
    }
}

/// Measures how fast batches are trained.
private struct StepClock {
    private let clock = ContinuousClock()
    private var start = ContinuousClock.now
    private var batches = 0

    mutating func count(batches count: Int) { batches += count }

    mutating func restart() {
        start = clock.now
        batches = 0
    }

    /// The mean since the last call.
    mutating func batchesPerSecond() -> Double {
        let (seconds, attoseconds) = (clock.now - start).components
        let elapsed = Double(seconds) + Double(attoseconds) * 1e-18
        let speed = elapsed > 0 ? Double(batches) / elapsed : 0
        restart()
        return speed
    }
}
