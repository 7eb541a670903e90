import Autograd
import NN
import Tensor

/// A way to learn from many tasks how to learn a new one from few examples.
///
/// A learner is a value of settings; what is learned lies in ``MetaParameters``. All learners answer the same two
/// questions: how to improve the parameters on one task, and what they say about inputs after seeing a support set.
///
/// ```swift
/// for learner in [MAML(innerRate: 0.01), Reptile(innerRate: 0.01), ProtoNet()] as [any MetaLearner] {
///     let result = try learner.taskGradient(at: learner.metaParameters(for: net), on: task, iteration: 0)
///     print(result.queryLoss)
/// }
/// ```
public protocol MetaLearner: Sendable {
    /// What the learner does beyond its type, by the names of its settings; a checkpoint holds them.
    var settings: [String: String] { get }

    /// What is trained: the model, and whatever else this learner learns.
    func metaParameters<Model: Layer>(for model: Model) -> MetaParameters<Model>

    /// The loss on a task's query set after adaptation to its support set, and the direction to descend along.
    ///
    /// - Parameters:
    ///   - parameters: what has been learned so far; unchanged.
    ///   - task: the task.
    ///   - iteration: how many meta-updates were done before, for settings that change over time.
    /// - Throws: ``MetaLearningError`` if adaptation diverges or the task does not suit the learner.
    func taskGradient<Model: Layer>(
        at parameters: MetaParameters<Model>, on task: MetaTask<Model.Scalar>, iteration: Int
    ) throws(MetaLearningError) -> TaskGradient<Model>

    /// The mean loss and direction of several tasks by one computation, where learner, model and tasks allow it: many
    /// small tasks then cost little more than one.
    ///
    /// - Returns: nil where they do not, or where a task diverges; then each task is to be asked by itself.
    func batchGradient<Model: Layer>(
        at parameters: MetaParameters<Model>, on tasks: [MetaTask<Model.Scalar>], iteration: Int
    ) -> TaskGradient<Model>?

    /// The output for inputs `[n, ...]` after seeing a support set; the parameters are unchanged.
    ///
    /// - Parameters:
    ///   - parameters: what has been learned.
    ///   - inputs: `[n, ...]`.
    ///   - support: the examples to adapt to.
    ///   - steps: the number of adaptation steps, or nil for the learner's own; learners without steps ignore it.
    func outputs<Model: Layer>(
        _ parameters: MetaParameters<Model>, for inputs: Tensor<Model.Scalar>, support: Examples<Model.Scalar>,
        steps: Int?
    ) throws(MetaLearningError) -> Tensor<Model.Scalar>
}

extension MetaLearner {
    /// The model alone.
    public func metaParameters<Model: Layer>(for model: Model) -> MetaParameters<Model> {
        MetaParameters(model: model)
    }

    /// Nothing: each task is asked by itself.
    public func batchGradient<Model: Layer>(
        at parameters: MetaParameters<Model>, on tasks: [MetaTask<Model.Scalar>], iteration: Int
    ) -> TaskGradient<Model>? { nil }

    /// The mean loss on a task's query set after adaptation to its support set; binary targets are classes where the
    /// output has two columns.
    ///
    /// - Throws: ``MetaLearningError``, as for a class that the output has no column for.
    public func queryLoss<Model: Layer>(
        _ parameters: MetaParameters<Model>, on task: MetaTask<Model.Scalar>, steps: Int? = nil
    ) throws(MetaLearningError) -> Double {
        let output = try outputs(parameters, for: task.query.inputs, support: task.support, steps: steps)
        var targets = task.query.targets
        if case .binary = targets, output.rank == 2, output.shape[1] == 2, let labels = targets.labels {
            targets = .classes(labels)
        }
        if case .classes(let labels) = targets, output.rank == 2,
            let row = labels.array.firstIndex(where: { $0 < 0 || $0 >= output.shape[1] })
        {
            throw .unsuitableTargets(
                "query \(row) is of class \(labels.array[row]), but there are logits of 0..<\(output.shape[1])")
        }
        return Double(targets.loss(of: Variable(output)).scalar)
    }
}

/// What a learner says about one task.
public struct TaskGradient<Model: Layer>: Sendable {
    /// The mean loss on the query set after adaptation.
    public var queryLoss: Double

    /// The direction whose negative improves the parameters, in their structure.
    public var gradient: MetaParameters<Model>
}

/// What meta-learning trains: a model and, for some learners, the rates of the inner steps.
public struct MetaParameters<Model: Layer>: Parameterized {
    /// The element type of the model.
    public typealias Scalar = Model.Scalar

    /// The model before adaptation.
    public var model: Model

    /// The learned rates of the inner steps: one for each parameter, or one for each step and parameter with the steps
    /// outermost; empty for fixed rates.
    public var rates: [Variable<Model.Scalar>]

    /// Joins a model and rates.
    public init(model: Model, rates: [Variable<Model.Scalar>] = []) {
        self.model = model
        self.rates = rates
    }

    /// Visits the model as `model` and the rates as `rates.0` and so on.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Model.Scalar>) {
        visitor.visit("model", &model)
        visitor.visit("rates", &rates)
    }
}

/// Why meta-learning could not go on.
public enum MetaLearningError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The support loss or a parameter became NaN or infinite in an inner step, counted from 1.
    case diverged(step: Int)
    /// More than a tenth of the tasks of a meta-batch diverged.
    case tooManyDiverged(iteration: Int, count: Int, total: Int)
    /// A class has too few samples for an episode.
    case insufficientSamples(label: Int, have: Int, need: Int)
    /// There are fewer classes than an episode asks for.
    case insufficientClasses(have: Int, need: Int)
    /// A learner of classes was given targets that are no classes 0..<ways, or a class without support.
    case unsuitableTargets(String)
    /// The Hessian of an inner problem is not positive enough for conjugate gradients.
    case indefiniteHessian(curvature: Double, lambda: Double)
    /// A sample is in both the support and the query set.
    case overlappingSets(index: Int)
    /// No parameter of the model lies at a path that the inner loop adapts, or leaves out.
    case noSuchPart(String, have: [String])
    /// The support or the query set of a task, by its position in the stream, has one class only.
    case oneClass(task: Int)

    /// The error as a sentence.
    public var description: String {
        switch self {
        case .diverged(let step): "Adaptation diverged in inner step \(step); choose a smaller inner rate."
        case .tooManyDiverged(let iteration, let count, let total):
            "Adaptation diverged in \(count) of the \(total) tasks of iteration \(iteration); at most a tenth may."
        case .insufficientSamples(let label, let have, let need):
            "Class \(label) has \(have) samples; an episode needs \(need)."
        case .insufficientClasses(let have, let need): "There are \(have) classes; an episode needs \(need)."
        case .unsuitableTargets(let problem): "The targets do not suit the learner: \(problem)."
        case .indefiniteHessian(let curvature, let lambda):
            "The inner problem has curvature \(curvature) along a direction with lambda \(lambda); choose a larger lambda."
        case .overlappingSets(let index): "Sample \(index) is in both the support and the query set."
        case .noSuchPart(let part, let have):
            "No parameter of the model lies at \(part); there are \(have.joined(separator: ", "))."
        case .oneClass(let task): "A set of task \(task) has one class only; draw stratified sets or larger ones."
        }
    }
}
