import Tensor

/// Some of a model's parameters, treated differently by an optimiser.
///
/// ```swift
/// let groups: [ParameterGroup] = [
///     .frozen { path, _ in path.hasPrefix("embedding.") },
///     .withoutWeightDecay { _, shape in shape.rank < 2 },
/// ]
/// ```
public struct ParameterGroup: Sendable {
    /// Whether a parameter with this path and shape is in the group.
    public var contains: @Sendable (_ path: String, _ shape: TensorShape) -> Bool

    /// The factor for the learning rate.
    public var learningRateScale: Double

    /// The factor for the weight decay.
    public var weightDecayScale: Double

    /// Whether the parameters stay as they are; nothing is remembered for them.
    public var isFrozen: Bool

    /// Describes a group.
    public init(
        learningRateScale: Double = 1, weightDecayScale: Double = 1, isFrozen: Bool = false,
        contains: @escaping @Sendable (_ path: String, _ shape: TensorShape) -> Bool
    ) {
        self.contains = contains
        self.learningRateScale = learningRateScale
        self.weightDecayScale = weightDecayScale
        self.isFrozen = isFrozen
    }

    /// Parameters that do not decay; by default vectors and scalars, which are the biases and the gains of norms.
    public static func withoutWeightDecay(
        _ contains: @escaping @Sendable (_ path: String, _ shape: TensorShape) -> Bool = { $1.rank < 2 }
    ) -> ParameterGroup {
        ParameterGroup(weightDecayScale: 0, contains: contains)
    }

    /// Parameters that do not change.
    public static func frozen(
        _ contains: @escaping @Sendable (_ path: String, _ shape: TensorShape) -> Bool
    ) -> ParameterGroup {
        ParameterGroup(isFrozen: true, contains: contains)
    }
}
