import Autograd
import NN
import Tensor

/// The nearest class mean after centring and scaling to length 1 (Wang et al., arXiv 1911.04623, "CL2N").
public struct SimpleShot: FewShotClassifier {
    /// The mean embedding of the base classes' training data, which is subtracted; nil for the support's own mean.
    public var baseMean: [Double]?

    /// Describes a classifier.
    public init(baseMean: [Double]? = nil) {
        self.baseMean = baseMean
    }

    /// Minus the squared distances to the class means, `[n, ways]`.
    public func logits<Model: Layer>(
        on embedding: Model, for inputs: Tensor<Model.Scalar>, support: Examples<Model.Scalar>
    ) throws(MetaLearningError) -> Tensor<Model.Scalar> {
        let model = embedding.detached()
        let rows = model(Variable(support.inputs))
        let center = baseMean.map { Variable(Tensor($0.map { Model.Scalar($0) })) } ?? rows.mean(axis: 0)
        let means = try SupportClasses(support.targets).means(of: (rows - center).rowsOfUnitLength())
        let queries = (model(Variable(inputs)) - center).rowsOfUnitLength()
        return -(queries.unsqueezed(1) - means.unsqueezed(0)).squared().sum(axis: 2).value
    }
}
