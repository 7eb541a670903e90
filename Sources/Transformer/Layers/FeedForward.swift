import Autograd
import Tensor

/// The part of a block that works on each position by itself: W₂ f(W₁ x), or W₂ (f(Wg x) · W₁ x) with a gate
/// (arXiv 2002.05202).
public struct FeedForward: Parameterized {
    /// The map that the non-linearity gates with, or nil.
    public var gate: Projection?

    /// The map to the inner width.
    public var up: Projection

    /// The map back.
    public var down: Projection

    /// The non-linearity.
    public let activation: FeedForwardActivation

    private let names: ParameterNames
    private let joinedInputs: JoinedProjections?

    init(_ configuration: TransformerConfiguration, layer: Int, from source: inout some WeightSource) {
        let (names, path) = (source.names, source.names.block(layer))
        let (hidden, inner) = (configuration.hiddenSize, configuration.intermediateSize)
        let hasBias = configuration.hasFeedForwardBias
        var maps: [Projection] = []
        if configuration.family.hasGate {
            maps.append(
                Projection(path + names.gate, inputs: hidden, outputs: inner, hasBias: hasBias, from: &source))
        }
        maps.append(
            Projection(
                path + names.up, inputs: hidden, outputs: inner, hasBias: hasBias, inputsFirst: names.inputsFirst,
                from: &source))
        joinedInputs = JoinedProjections(&maps)
        gate = maps.count == 2 ? maps[0] : nil
        up = maps[maps.count - 1]
        down = Projection(
            path + names.down, inputs: inner, outputs: hidden, hasBias: hasBias, inputsFirst: names.inputsFirst,
            isResidual: true, from: &source)
        activation = configuration.activation
        self.names = .huggingFace(configuration.family)
    }

    /// `[batch, time, hidden]` to the same shape.
    func callAsFunction(_ x: Variable<Float>, layer: Int, _ pass: inout ForwardPass) -> Variable<Float> {
        let inner = pass.hooked(.mlpHidden(layer: layer), self.inner(x))
        return down(inner)
    }

    /// The gate's map and the widening one as one, while they are what was joined.
    var standingInputs: JoinedProjections? {
        guard let joinedInputs, gate.map({ joinedInputs.stands(for: $0) }) == true, joinedInputs.stands(for: up) else {
            return nil
        }
        return joinedInputs
    }

    private func inner(_ x: Variable<Float>) -> Variable<Float> {
        let gated: Variable<Float>
        let widened: Variable<Float>
        if let joined = standingInputs {
            let both = joined(x)
            (gated, widened) = (both[0], both[1])
        } else if let gate {
            (gated, widened) = (gate(x), up(x))
        } else {
            return activation(up(x))
        }
        return activation == .silu ? gated.swiGLU(widened) : activation(gated) * widened
    }

    /// Visits the parameters by the names that the family's files give them.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Float>) {
        visitor.visit(names.gate, &gate)
        visitor.visit(names.up, &up)
        visitor.visit(names.down, &down)
    }
}
