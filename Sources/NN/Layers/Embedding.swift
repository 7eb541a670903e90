import Autograd
import Tensor

/// A trainable vector for each of a number of ids.
///
/// ```swift
/// let embedding = Embedding<Float>(1000, 64, key: RandomKey(seed: 1))
/// embedding(Tensor<Int64>([3, 7])).shape      // [2, 64]
/// ```
public struct Embedding<Scalar: FloatingTensorScalar>: Parameterized {
    /// `[rows, dimensions]`.
    public var weight: Variable<Scalar>

    /// The id whose row gets no gradient, or nil.
    public var paddingID: Int?

    /// Creates an embedding from a table `[rows, dimensions]`.
    public init(weight: Variable<Scalar>, paddingID: Int? = nil) {
        self.weight = weight
        self.paddingID = paddingID
    }

    /// Creates an embedding with rows from the standard normal distribution, as PyTorch's; the padding row is zero.
    public init(
        _ rows: Int, _ dimensions: Int, paddingID: Int? = nil,
        initializer: Initializer = .normal(standardDeviation: 1), key: RandomKey
    ) {
        var table: Tensor<Scalar> = initializer([rows, dimensions], key: key)
        if let paddingID {
            guard paddingID >= 0, paddingID < rows else {
                trap("Embedding: the padding id \(paddingID) is not among \(rows) rows")
            }
            table.withUnsafeMutableBufferPointer { elements in
                for position in paddingID * dimensions..<(paddingID + 1) * dimensions { elements[position] = 0 }
            }
        }
        weight = Variable(table)
        self.paddingID = paddingID
    }

    /// `[ids...]` to `[ids..., dimensions]`; traps on an id that is not a row.
    public func callAsFunction(_ ids: Tensor<Int64>) -> Variable<Scalar> {
        weight.rows(ids, paddingID: paddingID)
    }

    /// Visits `weight`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
        visitor.visit("weight", &weight)
    }
}
