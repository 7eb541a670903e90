import Autograd
import Tensor

/// What low-rank adaptation adds to a map: scale · B A x (LoRA, arXiv 2106.09685).
public struct LowRankAdapter: Parameterized {
    /// `[rank, in]`.
    public var down: Variable<Float>

    /// `[out, rank]`; zero at first, so that the adapted model begins as the model.
    public var up: Variable<Float>

    /// The factor of the product.
    public let scale: Float

    /// Creates an adapter from its matrices.
    public init(down: Variable<Float>, up: Variable<Float>, scale: Float) {
        self.down = down
        self.up = up
        self.scale = scale
    }

    /// `[..., in]` to `[..., out]`.
    public func callAsFunction(_ x: Variable<Float>) -> Variable<Float> { x.linear(down).linear(up * scale) }

    /// scale · B A, `[out, in]`.
    public var product: Tensor<Float> { up.value.matmul(down.value) * scale }

    /// Visits `lora_A.weight` and `lora_B.weight`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Float>) {
        visitor.visit("lora_A.weight", &down)
        visitor.visit("lora_B.weight", &up)
    }
}
