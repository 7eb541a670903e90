import Tensor

/// Regression of sine waves A sin(x - φ) (Finn et al., arXiv 1703.03400, section 5.1): A uniform in 0.1..5, φ in 0..π,
/// x in -5..5.
public struct Sinusoids<Scalar: FloatingTensorScalar>: TaskSampler {
    /// The number of support points, K.
    public var shots: Int
    /// The number of query points.
    public var queries: Int
    /// Where the tasks come from.
    public var key: RandomKey

    /// Describes a stream of tasks.
    public init(shots: Int = 10, queries: Int = 10, key: RandomKey) {
        self.shots = shots
        self.queries = queries
        self.key = key
    }

    /// The wave at a position of the stream: inputs and values `[n, 1]`.
    public func task(at index: Int) throws(MetaLearningError) -> MetaTask<Scalar> {
        var generator = RandomGenerator(key: key.folded(index))
        let amplitude = Scalar(0.1 + 4.9 * generator.uniform())
        let phase = Scalar(Double.pi * generator.uniform())
        func examples(_ count: Int) -> Examples<Scalar> {
            let x = Tensor<Scalar>(randomUniform: [count, 1], from: -5, to: 5, key: generator.nextKey())
            return Examples(inputs: x, targets: .values((x - phase).sin() * amplitude))
        }
        return MetaTask(support: examples(shots), query: examples(queries))
    }
}
