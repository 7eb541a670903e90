import Autograd
import Tensor

/// A gated recurrent unit (arXiv 1406.1078), in the form of cuDNN and PyTorch.
///
/// r = σ(W_r x + U_r h), z = σ(W_z x + U_z h), n = tanh(W_n x + b_n + r (U_n h + c_n)), h' = (1 - z) n + z h.
public struct GRU<Scalar: FloatingTensorScalar>: Layer {
    /// The input's map to r, z, n: `[3 · hidden, inputs]`.
    public var inputMap: Linear<Scalar>

    /// The state's map to r, z, n: `[3 · hidden, hidden]`.
    public var stateMap: Linear<Scalar>

    /// Creates a unit with weights uniform in ±1/√hidden.
    public init(_ inputs: Int, hidden: Int, key: RandomKey) {
        (inputMap, stateMap) = recurrentMaps(inputs, hidden, gates: 3, key)
    }

    /// The number of state units.
    public var hidden: Int { stateMap.weight.shape[1] }

    /// All states for a sequence: `[batch, time, inputs]` to `[batch, time, hidden]`, from a state of zeros.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> {
        self(x, state: Variable(Tensor(zeros: [x.shape[0], hidden]))).states
    }

    /// All states for a sequence, and the last one `[batch, hidden]`, from a given state; of an empty sequence the last
    /// state is the given one.
    public func callAsFunction(
        _ x: Variable<Scalar>, state: Variable<Scalar>
    ) -> (states: Variable<Scalar>, last: Variable<Scalar>) {
        let width = hidden
        return unrolled(inputMap(x), state) { inputs, state in
            let recurrent = stateMap(state)
            let gates = (gate(inputs, 0..<2, width) + gate(recurrent, 0..<2, width)).sigmoid()
            let reset = gate(gates, 0..<1, width)
            let update = gate(gates, 1..<2, width)
            let candidate = (gate(inputs, 2..<3, width) + reset * gate(recurrent, 2..<3, width)).tanh()
            return candidate + update * (state - candidate)
        }
    }

    /// Visits `input_map` and `state_map`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
        visitor.visit("input_map", &inputMap)
        visitor.visit("state_map", &stateMap)
    }
}

/// A long short-term memory (Hochreiter and Schmidhuber 1997) with forget gates, in the form of PyTorch.
///
/// i, f, o = σ(...), g = tanh(...), c' = f c + i g, h' = o tanh(c').
public struct LSTM<Scalar: FloatingTensorScalar>: Layer {
    /// The input's map to i, f, g, o: `[4 · hidden, inputs]`.
    public var inputMap: Linear<Scalar>

    /// The state's map to i, f, g, o: `[4 · hidden, hidden]`.
    public var stateMap: Linear<Scalar>

    /// Creates a memory with weights uniform in ±1/√hidden.
    public init(_ inputs: Int, hidden: Int, key: RandomKey) {
        (inputMap, stateMap) = recurrentMaps(inputs, hidden, gates: 4, key)
    }

    /// The number of state units.
    public var hidden: Int { stateMap.weight.shape[1] }

    /// All states for a sequence: `[batch, time, inputs]` to `[batch, time, hidden]`, from states of zeros.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> {
        let zeros = Variable<Scalar>(Tensor(zeros: [x.shape[0], hidden]))
        return self(x, state: zeros, cell: zeros).states
    }

    /// All states for a sequence, and the last state and cell `[batch, hidden]`, from given ones; of an empty sequence the
    /// last ones are the given ones.
    public func callAsFunction(
        _ x: Variable<Scalar>, state: Variable<Scalar>, cell: Variable<Scalar>
    ) -> (states: Variable<Scalar>, last: Variable<Scalar>, cell: Variable<Scalar>) {
        let width = hidden
        var memory = cell
        let (states, last) = unrolled(inputMap(x), state) { inputs, state in
            let gates = inputs + stateMap(state)
            let opening = gate(gates, 0..<2, width).sigmoid()
            let candidate = gate(gates, 2..<3, width).tanh()
            let output = gate(gates, 3..<4, width).sigmoid()
            memory = gate(opening, 1..<2, width) * memory + gate(opening, 0..<1, width) * candidate
            return output * memory.tanh()
        }
        return (states, last, memory)
    }

    /// Visits `input_map` and `state_map`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
        visitor.visit("input_map", &inputMap)
        visitor.visit("state_map", &stateMap)
    }
}

private func recurrentMaps<Scalar>(
    _ inputs: Int, _ hidden: Int, gates: Int, _ key: RandomKey
) -> (Linear<Scalar>, Linear<Scalar>) {
    let initializer = Initializer.uniform(bound: 1 / Double(max(hidden, 1)).squareRoot())
    let keys = key.split(4)
    let input = Linear<Scalar>(
        weight: Variable(initializer([gates * hidden, inputs], key: keys[0])),
        bias: Variable(initializer([gates * hidden], key: keys[1])))
    let state = Linear<Scalar>(
        weight: Variable(initializer([gates * hidden, hidden], key: keys[2])),
        bias: Variable(initializer([gates * hidden], key: keys[3])))
    return (input, state)
}

/// Some of the gates that lie side by side on the last axis.
private func gate<Scalar>(_ gates: Variable<Scalar>, _ range: Range<Int>, _ width: Int) -> Variable<Scalar> {
    gates.narrowed(axis: -1, from: range.lowerBound * width, count: range.count * width)
}

/// Steps through time (axis 1) and joins the states; without steps the last state is the initial one.
private func unrolled<Scalar>(
    _ inputs: Variable<Scalar>, _ initial: Variable<Scalar>,
    _ step: (_ inputs: Variable<Scalar>, _ state: Variable<Scalar>) -> Variable<Scalar>
) -> (states: Variable<Scalar>, last: Variable<Scalar>) {
    guard inputs.rank == 3, initial.rank == 2, initial.shape[0] == inputs.shape[0] else {
        trap("recurrent layer: a sequence [batch, time, features] is needed with a state [batch, hidden]")
    }
    var state = initial
    var states: [Variable<Scalar>] = []
    for slice in inputs.unstacked(axis: 1) {
        state = step(slice, state)
        states.append(state)
    }
    if states.isEmpty {
        return (Variable(Tensor(zeros: [initial.shape[0], 0, initial.shape[1]])), initial)
    }
    return (Variable.stacked(states, axis: 1), state)
}
