import Tensor

/// Linear regression without noise, y = x·w with w normal around a centre: for such symmetric tasks the best
/// initialisation of a linear model is the centre itself.
public struct LinearTasks<Scalar: FloatingTensorScalar>: TaskSampler {
    /// `[d]`: the mean of the weights.
    public var center: Tensor<Scalar>
    /// The standard deviation of each weight.
    public var spread: Scalar
    /// The number of support points.
    public var shots: Int
    /// The number of query points.
    public var queries: Int
    /// Where the tasks come from.
    public var key: RandomKey

    /// Describes a stream of tasks.
    public init(center: Tensor<Scalar>, spread: Scalar = 1, shots: Int = 10, queries: Int = 10, key: RandomKey) {
        self.center = center
        self.spread = spread
        self.shots = shots
        self.queries = queries
        self.key = key
    }

    /// The task at a position of the stream: inputs `[n, d]`, values `[n, 1]`.
    public func task(at index: Int) throws(MetaLearningError) -> MetaTask<Scalar> {
        let keys = key.folded(index).split(3)
        let d = center.count
        let weight = center + Tensor(randomNormal: center.shape, standardDeviation: spread, key: keys[0])
        func examples(_ count: Int, _ key: RandomKey) -> Examples<Scalar> {
            let x = Tensor<Scalar>(randomNormal: [count, d], key: key)
            return Examples(inputs: x, targets: .values(x.matmul(weight.reshaped([d, 1]))))
        }
        return MetaTask(support: examples(shots, keys[1]), query: examples(queries, keys[2]))
    }
}
