import Tabular
import Tensor

/// The ways to predict the target that a study compares.
public enum StudyMethod: Sendable, Hashable {
    /// A classical estimator on the target alone.
    case classical(Classical)
    /// A network on the target alone.
    case targetOnly(GeneNetwork.Kind = .perceptron)
    /// A network trained on the pooled sources, then on the target: all of it, or its last layer.
    case transfer(freezesBody: Bool, GeneNetwork.Kind = .perceptron)
    /// A network trained on ``SourceObjective``.
    case meta(SourceObjective.Variant, GeneNetwork.Kind = .perceptron)

    /// The classical estimators.
    public enum Classical: String, Sendable, Hashable, CaseIterable {
        /// Ridge-penalised logistic regression, C = 0.001.
        case logistic = "Logistic regression"
        /// A linear support vector machine, C = 0.001.
        case linearMachine = "Linear SVM"
        /// A support vector machine with radial basis functions.
        case radialMachine = "RBF SVM"
        /// A random forest of 200 trees.
        case forest = "Random forest"
        /// Histogram boosting, 100 rounds.
        case boosting = "Gradient boosting"
        /// Fifteen nearest neighbours.
        case neighbors = "k-NN"
        /// Gaussian naive Bayes.
        case naiveBayes = "Naive Bayes"

        /// The estimator, with the neighbours that so many rows allow.
        func estimator(rows: Int, key: RandomKey) -> any Classifier {
            switch self {
            case .logistic: LogisticRegression(inverseRegularization: 0.001)
            case .linearMachine: LinearSupportVectorMachine(inverseRegularization: 0.001, calibrationFolds: nil)
            case .radialMachine: SupportVectorMachine(calibrationFolds: nil)
            case .forest: RandomForest(trees: 200, key: key)
            case .boosting: HistogramBoosting(HistogramBoostingSettings(minimumLeaf: max(1, min(20, rows / 5))))
            case .neighbors: NearestNeighbors(min(15, rows))
            case .naiveBayes: GaussianNaiveBayes()
            }
        }
    }

    /// The method's name in tables.
    public var name: String {
        func suffix(_ kind: GeneNetwork.Kind) -> String { kind == .perceptron ? "" : " (\(kind.rawValue))" }
        return switch self {
        case .classical(let estimator): estimator.rawValue
        case .targetOnly(let kind): "Target only" + suffix(kind)
        case .transfer(let freezesBody, let kind):
            (freezesBody ? "Transfer, head only" : "Transfer, fine-tuned") + suffix(kind)
        case .meta(.meta(.second), let kind): "MAML" + suffix(kind)
        case .meta(.meta(.first), let kind): "FOMAML" + suffix(kind)
        case .meta(.publishedCode, let kind): "Published code" + suffix(kind)
        }
    }
}
