import Autograd
import NN
import Tensor

/// A classifier of new classes on top of a fixed embedding: the controls that say whether meta-learning was needed.
///
/// The embedding is trained in the ordinary way, as all but the last layer of a classifier of the base classes.
public protocol FewShotClassifier: Sendable {
    /// The logits of inputs, `[n, ways]`, from a support set of the classes 0..<ways.
    ///
    /// - Parameters:
    ///   - embedding: `[n, ...]` to `[n, d]`; unchanged.
    ///   - inputs: `[n, ...]`.
    ///   - support: the examples of the new classes.
    func logits<Model: Layer>(
        on embedding: Model, for inputs: Tensor<Model.Scalar>, support: Examples<Model.Scalar>
    ) throws(MetaLearningError) -> Tensor<Model.Scalar>
}
