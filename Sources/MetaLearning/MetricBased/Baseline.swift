import Autograd
import NN
import Tensor

/// A new head on a frozen embedding, fitted to the support set by gradient descent (Chen et al., arXiv 1904.04232):
/// "Baseline" with a linear head, "Baseline++" with a cosine head.
///
/// Every step sees the whole support, so that nothing is drawn.
public struct Baseline: FewShotClassifier {
    /// The form of the head.
    public enum Head: Sendable, Hashable {
        /// x Wᵀ + b.
        case linear
        /// scale · cos(x, w) for each class.
        case cosine(scale: Double = 10)
    }

    /// The form of the head.
    public var head: Head
    /// The number of steps of gradient descent with momentum 0.9.
    public var steps: Int
    /// Their rate.
    public var learningRate: Double
    /// The penalty of the head's weights.
    public var weightDecay: Double

    /// Describes a classifier.
    public init(head: Head = .linear, steps: Int = 100, learningRate: Double = 0.01, weightDecay: Double = 0.001) {
        self.head = head
        self.steps = steps
        self.learningRate = learningRate
        self.weightDecay = weightDecay
    }

    /// The fitted head's output, `[n, ways]`; the head starts from zero, or from the class means where it is a cosine.
    public func logits<Model: Layer>(
        on embedding: Model, for inputs: Tensor<Model.Scalar>, support: Examples<Model.Scalar>
    ) throws(MetaLearningError) -> Tensor<Model.Scalar> {
        let model = embedding.detached()
        let classes = try SupportClasses(support.targets)
        let rows = model(Variable(support.inputs))
        let ways = classes.counts.count
        var layer: Linear<Model.Scalar>
        switch head {
        case .linear:
            layer = Linear(
                weight: Variable(Tensor(zeros: [ways, rows.shape[1]])), bias: Variable(Tensor(zeros: [ways])))
        case .cosine:
            layer = Linear(weight: classes.means(of: rows.rowsOfUnitLength()))
        }
        let targets = Variable(classes.membership)
        var optimizer = SGD<Model.Scalar>(learningRate: learningRate, momentum: 0.9, weightDecay: weightDecay)
        for step in 0..<steps {
            let (loss, slope) = valueAndGradient(at: layer) { layer in
                -(output(of: layer, for: rows).logSoftmax() * targets).sum() / Model.Scalar(support.count)
            }
            guard loss.scalar.isFinite else { throw .diverged(step: step + 1) }
            optimizer.update(&layer, along: slope)
        }
        return output(of: layer, for: model(Variable(inputs))).value
    }

    private func output<Scalar>(of layer: Linear<Scalar>, for rows: Variable<Scalar>) -> Variable<Scalar> {
        switch head {
        case .linear: layer(rows)
        case .cosine(let scale):
            rows.rowsOfUnitLength().matmul(layer.weight.rowsOfUnitLength().transposed()) * Scalar(scale)
        }
    }
}
