import Autograd
import Synchronization
import Tensor

/// What happens to a model's activations while it computes: they are read, replaced or added to.
///
/// ```swift
/// let steered = model(batch, hooks: .add(direction, at: .residualPost(layer: 12)))
/// let reconstructed = model(batch, hooks: .replace(.residualPost(layer: 12)) { h in autoencoder(h) })
/// let found = model.capture(batch, at: [.residualPost(layer: 12), .attentionPattern(layer: 3)])
/// ```
///
/// Gradients flow through replacements, to what they capture and to the layers before. A model without hooks pays one
/// comparison with nil at each point.
public struct ActivationHooks: Sendable {
    /// Gives the value that the computation goes on with.
    public typealias Hook = @Sendable (Variable<Float>) -> Variable<Float>

    private var hooks: [ActivationPoint: [Hook]] = [:]

    /// The layer after which the computation ends; what comes out is the residual stream there. Nil for none.
    public var lastLayer: Int?

    /// No hooks.
    public init() {}

    /// Calls a function with the activations; they stay as they are.
    public static func read(
        _ point: ActivationPoint, _ body: @escaping @Sendable (Variable<Float>) -> Void
    ) -> ActivationHooks {
        replace(point) { value in
            body(value)
            return value
        }
    }

    /// Puts a function's result, which must have the same shape, in the activations' place.
    public static func replace(_ point: ActivationPoint, with hook: @escaping Hook) -> ActivationHooks {
        var result = ActivationHooks()
        result.hooks[point] = [hook]
        return result
    }

    /// Adds a value, broadcast to the activations' shape, such as a steering vector `[hidden]`.
    public static func add(_ value: Variable<Float>, at point: ActivationPoint) -> ActivationHooks {
        replace(point) { $0 + value }
    }

    /// Ends the computation after a layer, for activations that no later layer changes.
    public static func stopAfter(layer: Int) -> ActivationHooks {
        var result = ActivationHooks()
        result.lastLayer = layer
        return result
    }

    /// These hooks and others; at a point of both these come first, and the earlier of two ends counts.
    public func and(_ other: ActivationHooks) -> ActivationHooks {
        var result = self
        result.hooks.merge(other.hooks) { $0 + $1 }
        result.lastLayer = [lastLayer, other.lastLayer].compactMap { $0 }.min()
        return result
    }

    /// Checks that a model has all layers that are named; a pass with a hook at another layer traps.
    ///
    /// - Throws: ``ActivationError``.
    public func check(for configuration: TransformerConfiguration) throws(ActivationError) {
        let layers = 0..<configuration.layerCount
        if let lastLayer, !layers.contains(lastLayer) {
            throw .missingLayer(lastLayer, point: nil, layerCount: configuration.layerCount)
        }
        let missing = hooks.keys.filter { point in point.layer.map { !layers.contains($0) } ?? false }
        if let point = missing.min(by: { ($0.layer ?? 0, "\($0)") < ($1.layer ?? 0, "\($1)") }) {
            throw .missingLayer(point.layer ?? 0, point: point, layerCount: configuration.layerCount)
        }
    }

    /// Traps where ``check(for:)`` throws.
    func require(for configuration: TransformerConfiguration) {
        do { try check(for: configuration) } catch { trap("ActivationHooks: \(error)") }
    }

    /// Whether something happens at a point.
    func contains(_ point: ActivationPoint) -> Bool { hooks[point] != nil }

    /// The value that the computation goes on with.
    func apply(_ point: ActivationPoint, to value: Variable<Float>) -> Variable<Float> {
        guard let found = hooks[point] else { return value }
        var result = value
        for hook in found {
            result = hook(result)
            guard result.shape == value.shape else {
                trap("ActivationHooks: the hook at \(point) gave the shape \(result.shape) for \(value.shape)")
            }
        }
        return result
    }
}

extension TransformerModel {
    /// The activations at some points. The computation ends after the last layer that is asked for.
    ///
    /// Traps for a layer that the model lacks, as every pass does; ``ActivationHooks/check(for:)`` throws for it.
    ///
    /// - Parameters:
    ///   - batch: the tokens.
    ///   - points: where to look.
    ///   - hooks: what else happens on the way.
    public func capture(
        _ batch: TokenBatch, at points: [ActivationPoint], hooks: ActivationHooks? = nil
    ) -> [ActivationPoint: Variable<Float>] {
        let found = FoundActivations()
        var all = hooks ?? ActivationHooks()
        for point in points { all = all.and(.read(point) { found.store($0, at: point) }) }
        let layers = points.compactMap(\.layer)
        if layers.count == points.count, let last = layers.max() { all = all.and(.stopAfter(layer: last)) }
        if points.contains(.logits) {
            _ = self(batch, hooks: all)
        } else {
            _ = hiddenStates(batch, hooks: all)
        }
        return found.values
    }
}

/// Where hooks leave what they read.
private final class FoundActivations: Sendable {
    private let found = Mutex<[ActivationPoint: Variable<Float>]>([:])

    func store(_ value: Variable<Float>, at point: ActivationPoint) { found.withLock { $0[point] = value } }

    var values: [ActivationPoint: Variable<Float>] { found.withLock { $0 } }
}
