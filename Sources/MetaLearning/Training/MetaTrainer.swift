import Autograd
import NN
import Report
import Tensor

/// A meta-training run: what has been learned, the outer optimiser and how far they have come. A value: a copy is a
/// snapshot of the run.
///
/// ```swift
/// var trainer = MetaTrainer(net, learner: MAML(innerRate: 0.01), optimizer: Adam<Float>(learningRate: 1e-3))
/// try trainer.fit(Sinusoids(key: RandomKey(seed: 1)), iterations: 2_000, tasksPerBatch: 25)
/// let loss = try trainer.learner.queryLoss(trainer.parameters, on: task, steps: 5)
/// ```
///
/// The tasks of a batch are adapted in parallel and summed in their order, so the result does not depend on the number
/// of threads; a run that stops and resumes from a checkpoint gives the same bits as one that never stopped.
public struct MetaTrainer<Model: Layer, Learner: MetaLearner, Rule: Optimizer>: Sendable
where Rule.Scalar == Model.Scalar {
    /// What has been learned.
    public internal(set) var parameters: MetaParameters<Model>
    /// The learner's settings.
    public let learner: Learner
    /// The outer optimiser with its state; its schedule anneals the outer rate.
    public internal(set) var optimizer: Rule
    /// The number of outer updates done.
    public internal(set) var iteration = 0
    /// The number of tasks left out because their adaptation diverged.
    public internal(set) var divergedTasks = 0
    /// The number of tasks left out because a set of theirs has one class only.
    public internal(set) var degenerateTasks = 0
    /// The stream that tasks were last taken from, and the portions; nil before the first.
    public internal(set) var stream: TaskStream?
    /// The checkpoint that the run goes on from, until it has been given tasks.
    var resumedFile: String?
    /// The names of the model's inputs in their order, as the probes of a cohort; empty if they have none. Saved with the
    /// run, so that ``Cohort/arranged(as:)`` brings later tables to the same order.
    public internal(set) var inputNames: [String]

    /// Starts a run.
    public init(_ model: Model, learner: Learner, optimizer: Rule, inputNames: [String] = []) {
        self.inputNames = inputNames
        parameters = learner.metaParameters(for: model)
        self.learner = learner
        self.optimizer = optimizer
    }

    /// Trains until `iterations` outer updates are done, counted over all sessions of the run.
    ///
    /// - Parameters:
    ///   - tasks: where tasks come from; iteration i takes those at i · tasksPerBatch and after.
    ///   - iterations: the number of outer updates.
    ///   - tasksPerBatch: the number of tasks whose gradients are averaged, B.
    ///   - degenerate: what is done about tasks with one class only, which unstratified samplers may draw; an iteration
    ///     whose tasks are all left out makes no update.
    ///   - checkpoints: where and how often to save, if at all; the end and a cancelled run are always saved.
    ///   - events: hears of the mean query loss of every iteration.
    ///   - cancellation: checked before every iteration, as is the current task.
    /// - Throws: ``MetaLearningError``, `CheckpointError`, `CancellationError`. A task that diverges is left out and
    ///   counted; it is an error if more than a tenth of a batch does. After ``resume(from:)`` other tasks than the
    ///   checkpoint's are an error: another kind or key of sampler, or another number of tasks in a batch.
    public mutating func fit(
        _ tasks: some TaskSampler<Model.Scalar>, iterations: Int, tasksPerBatch: Int = 4,
        degenerate: DegenerateSets = .refuse, checkpoints: CheckpointPolicy? = nil,
        events: some EventSink = SilentSink(),
        cancellation: Cancellation = Cancellation()
    ) throws {
        guard tasksPerBatch > 0 else { trap("MetaTrainer: a batch of \(tasksPerBatch) tasks has none") }
        let own = TaskStream(tasks, tasksPerBatch: tasksPerBatch)
        if let resumedFile, let problem = stream?.problem(for: own) {
            throw CheckpointError.incompatible(path: resumedFile, problem: problem)
        }
        resumedFile = nil
        stream = own
        let name = "meta-training"
        events.receive(.started(name: name, total: iterations, completed: iteration))
        var savedIteration: Int?
        do {
            do {
                while iteration < iterations {
                    try cancellation.check()
                    let loss = try step(tasks, count: tasksPerBatch, degenerate)
                    if let loss { events.receive(.scalar(name: "queryLoss", step: iteration, value: loss)) }
                    events.receive(
                        .step(
                            name: name, completed: iteration, total: iterations,
                            metrics: loss.map { ["query loss": $0] } ?? [:]))
                    if let checkpoints, iteration % checkpoints.interval == 0 {
                        try save(to: checkpoints)
                        savedIteration = iteration
                    }
                }
            } catch let error as CancellationError {
                if let checkpoints, savedIteration != iteration { try save(to: checkpoints) }
                throw error
            }
            if let checkpoints, savedIteration != iteration { try save(to: checkpoints) }
        } catch {
            events.receive(.finished(name: name, outcome: error is CancellationError ? .cancelled : .failed))
            throw error
        }
        events.receive(.finished(name: name))
    }

    /// One outer update; the mean query loss before it, nil if all tasks were left out.
    private mutating func step(
        _ tasks: some TaskSampler<Model.Scalar>, count: Int, _ degenerate: DegenerateSets
    ) throws(MetaLearningError) -> Double? {
        if let (part, skipped) = try batchGradient(tasks, count: count, degenerate) {
            optimizer.update(&parameters, along: part.gradient)
            degenerateTasks += skipped
            iteration += 1
            return part.queryLoss
        }
        let results = gradients(tasks, count: count)
        var kept: [TaskGradient<Model>] = []
        var (lost, skipped) = (0, 0)
        for result in results {
            switch result {
            case .success(let part): kept.append(part)
            case .failure(.diverged): lost += 1
            case .failure(.oneClass) where degenerate == .allowDegenerate: skipped += 1
            case .failure(let error): throw error
            }
        }
        guard lost * 10 <= count - skipped else {
            throw .tooManyDiverged(iteration: iteration, count: lost, total: count - skipped)
        }
        degenerateTasks += skipped
        guard !kept.isEmpty else {
            iteration += 1
            return nil
        }
        var gradient = kept[0].gradient
        var sums = gradient.parameters
        for part in kept.dropFirst() { sums = zip(sums, part.gradient.parameters).map { $0 + $1 } }
        gradient.replaceParameters(sums.map { $0 / Model.Scalar(kept.count) })
        optimizer.update(&parameters, along: gradient)
        divergedTasks += lost
        iteration += 1
        return kept.reduce(0) { $0 + $1.queryLoss } / Double(kept.count)
    }

    /// The mean of the iteration's tasks by one computation, if learner, model and tasks allow it and all is finite.
    private func batchGradient(
        _ tasks: some TaskSampler<Model.Scalar>, count: Int, _ degenerate: DegenerateSets
    ) throws(MetaLearningError) -> (part: TaskGradient<Model>, skipped: Int)? {
        guard count > 1, parameters.model is any StacksTasks else { return nil }
        var own: [MetaTask<Model.Scalar>] = []
        for position in 0..<count {
            do throws(MetaLearningError) {
                own.append(try tasks.task(at: iteration * count + position))
            } catch {
                guard case .oneClass = error, degenerate == .allowDegenerate else { throw error }
            }
        }
        guard let part = learner.batchGradient(at: parameters, on: own, iteration: iteration),
            part.gradient.parameters.allSatisfy({ $0.value.sum().scalar.isFinite })
        else { return nil }
        return (part, count - own.count)
    }

    /// The gradients of the iteration's tasks, in their order.
    private func gradients(
        _ tasks: some TaskSampler<Model.Scalar>, count: Int
    ) -> [Result<TaskGradient<Model>, MetaLearningError>] {
        var results: [Result<TaskGradient<Model>, MetaLearningError>?] = Array(repeating: nil, count: count)
        results.withUnsafeMutableBufferPointer { results in
            Parallelism.forEachPiece(of: count, grain: 1) { piece in
                for position in piece {
                    do throws(MetaLearningError) {
                        let task = try tasks.task(at: iteration * count + position)
                        let part = try learner.taskGradient(at: parameters, on: task, iteration: iteration)
                        let isFinite = part.gradient.parameters.allSatisfy { $0.value.sum().scalar.isFinite }
                        results[position] = isFinite ? .success(part) : .failure(.diverged(step: 0))
                    } catch {
                        results[position] = .failure(error)
                    }
                }
            }
        }
        return results.map { $0! }
    }
}
