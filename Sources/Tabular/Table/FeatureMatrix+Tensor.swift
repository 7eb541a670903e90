import Tensor

extension FeatureMatrix {
    /// Wraps a tensor `[rows, columns]`; stops the program for another rank.
    public init(_ tensor: Tensor<Double>) {
        requireShape(
            tensor.shape.count == 2, "A feature matrix needs a tensor of rank 2, not one of shape \(tensor.shape).")
        self.init(rows: tensor.shape[0], columns: tensor.shape[1], values: tensor.array)
    }

    /// The values as a tensor `[rows, columns]`.
    public var tensor: Tensor<Double> { Tensor<Double>(values, shape: [rows, columns]) }
}
