import Report

/// How long to train, and what to do on the way.
public struct TrainingPlan: Sendable {
    /// The number of the step after which training ends, counted over all sessions of a run.
    public var steps: Int

    /// The number of batches whose gradients are averaged for one step.
    public var batchesPerStep: Int

    /// The norm to which a step's gradient is shortened, if any.
    public var gradientNormLimit: Double?

    /// How many steps lie between two evaluations on validation data; the last step is evaluated too.
    public var validationInterval: Int

    /// When to stop for lack of progress, if ever.
    public var earlyStopping: EarlyStopping?

    /// Where and how often to save the run, if at all.
    public var checkpoints: CheckpointPolicy?

    /// How many steps lie between two events.
    public var reportInterval: Int

    /// The name under which events are sent.
    public var name: String

    /// Describes a plan.
    public init(
        steps: Int, batchesPerStep: Int = 1, gradientNormLimit: Double? = nil, validationInterval: Int = 100,
        earlyStopping: EarlyStopping? = nil, checkpoints: CheckpointPolicy? = nil, reportInterval: Int = 1,
        name: String = "training"
    ) {
        self.steps = steps
        self.batchesPerStep = max(1, batchesPerStep)
        self.gradientNormLimit = gradientNormLimit
        self.validationInterval = max(1, validationInterval)
        self.earlyStopping = earlyStopping
        self.checkpoints = checkpoints
        self.reportInterval = max(1, reportInterval)
        self.name = name
    }
}

/// Stops a run whose validation loss no longer falls.
public struct EarlyStopping: Sendable, Hashable {
    /// The number of evaluations in a row without an improvement after which training ends.
    public var patience: Int
    /// By how much the loss must fall to count as an improvement.
    public var minimumImprovement: Double

    /// Describes when to stop.
    public init(patience: Int, minimumImprovement: Double = 0) {
        self.patience = max(1, patience)
        self.minimumImprovement = minimumImprovement
    }
}

/// Where and how often a run is saved.
public struct CheckpointPolicy: Sendable, Hashable {
    /// The folder of the run's checkpoints.
    public var folder: CheckpointFolder
    /// The number of steps between two checkpoints; the end of training is always saved.
    public var interval: Int
    /// How many of the latest checkpoints stay.
    public var keeping: Int

    /// Describes a policy.
    public init(folder: String, every interval: Int, keeping: Int = 3) {
        self.folder = CheckpointFolder(folder)
        self.interval = max(1, interval)
        self.keeping = max(1, keeping)
    }
}

/// Why training ended with an error.
public enum TrainingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The loss of a step was NaN or infinite; the model is as before the step.
    case nonFiniteLoss(step: Int, value: Double)
    /// The gradient of a step was NaN or infinite; the model is as before the step.
    case nonFiniteGradient(step: Int, norm: Double)
    /// The data have no batch in an epoch.
    case noData

    /// The error as a sentence.
    public var description: String {
        switch self {
        case .nonFiniteLoss(let step, let value): "The loss is \(value) in step \(step)."
        case .nonFiniteGradient(let step, let norm): "The norm of the gradient is \(norm) in step \(step)."
        case .noData: "The training data have no batch."
        }
    }
}
