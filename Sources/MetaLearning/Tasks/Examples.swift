import Autograd
import NN
import Tensor

/// Labelled examples of one task: the support set that a learner adapts to, or the query set that it is judged by.
///
/// ```swift
/// let support = Examples<Float>(inputs: Tensor(zeros: [10, 1]), targets: .values(Tensor(zeros: [10, 1])))
/// ```
public struct Examples<Scalar: FloatingTensorScalar>: Sendable {
    /// `[n, ...]`: one example in each row.
    public var inputs: Tensor<Scalar>

    /// What the model shall say about each row.
    public var targets: Targets

    /// What a model shall say; the kind of target decides which loss is natural.
    public enum Targets: Sendable {
        /// `[n]` class numbers; the model returns logits `[n, classes]`.
        case classes(Tensor<Int64>)
        /// `[n]` zeros and ones; the model returns logits `[n]` or `[n, 1]`.
        case binary(Tensor<Scalar>)
        /// Numbers in the shape of the model's output.
        case values(Tensor<Scalar>)
    }

    /// Joins inputs and targets; traps if their numbers of rows differ.
    public init(inputs: Tensor<Scalar>, targets: Targets) {
        self.inputs = inputs
        self.targets = targets
        guard inputs.rank > 0, inputs.shape[0] == targets.count else {
            trap("Examples: the inputs have shape \(inputs.shape), there are \(targets.count) targets")
        }
    }

    /// The number of examples.
    public var count: Int { inputs.shape[0] }

    /// Some of the examples, in the order given.
    public func selecting(_ rows: [Int]) -> Examples {
        let own: Targets =
            switch targets {
            case .classes(let labels): .classes(labels.indexSelected(axis: 0, rows))
            case .binary(let values): .binary(values.indexSelected(axis: 0, rows))
            case .values(let values): .values(values.indexSelected(axis: 0, rows))
            }
        return Examples(inputs: inputs.indexSelected(axis: 0, rows), targets: own)
    }
}

extension Examples.Targets {
    /// The number of examples.
    public var count: Int {
        switch self {
        case .classes(let labels): labels.shape[0]
        case .binary(let values), .values(let values): values.rank == 0 ? 0 : values.shape[0]
        }
    }

    /// The class numbers; nil for numbers that are no classes.
    public var labels: Tensor<Int64>? {
        switch self {
        case .classes(let labels): labels
        case .binary(let values): values.flattened().cast(to: Int64.self)
        case .values: nil
        }
    }

    /// The mean loss of a model's output: softmax cross-entropy for classes, logistic for binary targets, squared error
    /// for values.
    public func loss(of output: Variable<Scalar>) -> Variable<Scalar> {
        switch self {
        case .classes(let labels): crossEntropy(output, labels)
        case .binary(let values):
            binaryCrossEntropy(logits: output.reshaped(values.shape), Variable(values))
        case .values(let values): meanSquaredError(output, Variable(values))
        }
    }
}

/// One task: disjoint sets of examples to adapt to and to be judged by.
public struct MetaTask<Scalar: FloatingTensorScalar>: Sendable {
    /// What a learner adapts to.
    public var support: Examples<Scalar>

    /// What the adapted learner is judged by.
    public var query: Examples<Scalar>

    /// Joins a support and a query set.
    public init(support: Examples<Scalar>, query: Examples<Scalar>) {
        self.support = support
        self.query = query
    }

    /// Takes rows of examples.
    ///
    /// - Throws: ``MetaLearningError/overlappingSets(index:)`` if a row is in both sets.
    public init(_ examples: Examples<Scalar>, support: [Int], query: [Int]) throws(MetaLearningError) {
        if let index = Set(support).intersection(query).min() { throw .overlappingSets(index: index) }
        self.init(support: examples.selecting(support), query: examples.selecting(query))
    }
}
