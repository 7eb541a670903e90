import Autograd
import Tensor

/// Where the weights of a new model come from: a file, or a random generator.
///
/// A model is built by asking for its weights one after another. A source notes what is missing or has another shape and
/// gives a stand-in, so that one error can report everything.
protocol WeightSource {
    /// What the source calls the parts of a model.
    var names: ParameterNames { get }

    /// Whether a part is there; what is made up always is.
    func contains(_ name: String) -> Bool

    /// A matrix of a shape.
    ///
    /// - Parameter isResidual: whether its product is added to the residual stream, for initialisers that care.
    mutating func matrix(_ name: String, _ shape: TensorShape, isResidual: Bool) -> WeightMatrix

    /// A vector, `[count]`, which begins as the number `start` in a new model.
    mutating func vector(_ name: String, count: Int, start: Float) -> Variable<Float>
}

/// New weights: matrices from the normal distribution with the configuration's deviation, biases 0, norms 1.
///
/// As in GPT-2, GPT-2's maps back to the residual stream are smaller by 1/√(2 · layers).
struct RandomWeights: WeightSource {
    let names: ParameterNames
    private let deviation: Float
    private let residualScale: Float
    private let key: RandomKey
    private var count = 0

    init(_ configuration: TransformerConfiguration, key: RandomKey) {
        names = .huggingFace(configuration.family)
        deviation = Float(configuration.initializerRange)
        let parts = Float(2 * max(1, configuration.layerCount))
        residualScale = configuration.family == .gpt2 ? 1 / parts.squareRoot() : 1
        self.key = key
    }

    func contains(_ name: String) -> Bool { true }

    mutating func matrix(_ name: String, _ shape: TensorShape, isResidual: Bool) -> WeightMatrix {
        count += 1
        let scale = isResidual ? deviation * residualScale : deviation
        return WeightMatrix(
            Variable(Tensor(randomNormal: shape, standardDeviation: scale, key: key.folded(count))))
    }

    mutating func vector(_ name: String, count: Int, start: Float) -> Variable<Float> {
        Variable(Tensor(repeating: start, shape: [count]))
    }
}
