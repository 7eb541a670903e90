import Autograd
import Glibc
import NN
import Tensor
import Testing

@Suite("Recurrent layers")
struct RecurrentLayerTests {
    static let key = RandomKey(seed: 11)
    static let (batch, time, inputs, hidden) = (2, 4, 3, 2)
    let x: Variable<Double> = normal([batch, time, inputs], seed: 1)
    let state: Variable<Double> = normal([batch, hidden], seed: 2)
    let cell: Variable<Double> = normal([batch, hidden], seed: 3)

    private func input(_ sample: Int, _ time: Int) -> [Double] {
        let start = (sample * Self.time + time) * Self.inputs
        return Array(x.value.array[start..<start + Self.inputs])
    }

    @Test("a GRU follows its equations, gates in the order r, z, n")
    func gru() {
        let layer = GRU<Double>(Self.inputs, hidden: Self.hidden, key: Self.key)
        let (w, b) = (rows(layer.inputMap.weight), layer.inputMap.bias!.value.array)
        let (u, c) = (rows(layer.stateMap.weight), layer.stateMap.bias!.value.array)
        var (states, last): ([Double], [Double]) = ([], [])
        for sample in 0..<Self.batch {
            var h = rows(state)[sample]
            for step in 0..<Self.time {
                let fromInput = affine(w, b, input(sample, step))
                let fromState = affine(u, c, h)
                for unit in 0..<Self.hidden {
                    let r = logistic(fromInput[unit] + fromState[unit])
                    let z = logistic(fromInput[2 + unit] + fromState[2 + unit])
                    let n = tanh(fromInput[4 + unit] + r * fromState[4 + unit])
                    h[unit] = (1 - z) * n + z * h[unit]
                }
                states += h
            }
            last += h
        }
        let result = layer(x, state: state)
        #expect(result.states.shape == [2, 4, 2])
        #expect(distance(result.states.value.array, states) < 1e-12)
        #expect(distance(result.last.value.array, last) < 1e-12)
    }

    @Test("an LSTM follows its equations, gates in the order i, f, g, o")
    func lstm() {
        let layer = LSTM<Double>(Self.inputs, hidden: Self.hidden, key: Self.key)
        let (w, b) = (rows(layer.inputMap.weight), layer.inputMap.bias!.value.array)
        let (u, d) = (rows(layer.stateMap.weight), layer.stateMap.bias!.value.array)
        var (states, cells): ([Double], [Double]) = ([], [])
        for sample in 0..<Self.batch {
            var (h, c) = (rows(state)[sample], rows(cell)[sample])
            for step in 0..<Self.time {
                let gates = zip(affine(w, b, input(sample, step)), affine(u, d, h)).map { $0 + $1 }
                for unit in 0..<Self.hidden {
                    c[unit] = logistic(gates[2 + unit]) * c[unit] + logistic(gates[unit]) * tanh(gates[4 + unit])
                    h[unit] = logistic(gates[6 + unit]) * tanh(c[unit])
                }
                states += h
            }
            cells += c
        }
        let result = layer(x, state: state, cell: cell)
        #expect(distance(result.states.value.array, states) < 1e-12)
        #expect(distance(result.cell.value.array, cells) < 1e-12)
        #expect(distance(result.last.value.array, lastStates(states)) < 1e-12)
    }

    private func lastStates(_ states: [Double]) -> [Double] {
        let width = Self.time * Self.hidden
        return (0..<Self.batch).flatMap { states[($0 + 1) * width - Self.hidden..<($0 + 1) * width] }
    }

    @Test("an empty sequence has no states and leaves the state as it was")
    func emptySequence() {
        let empty = Variable(Tensor<Double>(zeros: [2, 0, 3]))
        let gru = GRU<Double>(3, hidden: 2, key: Self.key)(empty, state: state)
        #expect(gru.states.shape == [2, 0, 2])
        #expect(gru.last.value.array == state.value.array)
        let lstm = LSTM<Double>(3, hidden: 2, key: Self.key)(empty, state: state, cell: cell)
        #expect(lstm.states.shape == [2, 0, 2])
        #expect(lstm.last.value.array == state.value.array)
        #expect(lstm.cell.value.array == cell.value.array)
    }

    @Test("first and second derivatives agree with differences")
    func derivatives() throws {
        let gru = GRU<Double>(3, hidden: 2, key: Self.key)
        try gradientCheck(
            { inputs in
                var layer = gru
                layer.inputMap.weight = inputs[2]
                layer.stateMap.weight = inputs[3]
                return layer(inputs[0], state: inputs[1]).states
            }, at: [x, state, gru.inputMap.weight, gru.stateMap.weight])
        let lstm = LSTM<Double>(3, hidden: 2, key: Self.key)
        try gradientCheck(
            { inputs in
                var layer = lstm
                layer.stateMap.weight = inputs[3]
                let result = layer(inputs[0], state: inputs[1], cell: inputs[2])
                return Variable.concatenated([result.states.flattened(), result.cell.flattened()])
            }, at: [x, state, cell, lstm.stateMap.weight])
    }

    @Test("slices of which some are unused or used twice send their gradients to the source")
    func unstacked() throws {
        try gradientCheck(
            { x in
                let slices = x.unstacked(axis: 1)
                return slices[0] * slices[2].exp() + slices[2]
            }, at: normal([2, 4, 3], seed: 5))
        #expect(normal([2, 0], seed: 1).unstacked(axis: -1).isEmpty)
    }

    @Test("parameters are named by map and counted")
    func parameters() {
        let paths = ["input_map.weight", "input_map.bias", "state_map.weight", "state_map.bias"]
        let gru = GRU<Double>(3, hidden: 2, key: Self.key)
        let lstm = LSTM<Double>(3, hidden: 2, key: Self.key)
        #expect(gru.namedTensors().map(\.path) == paths)
        #expect(lstm.namedTensors().map(\.path) == paths)
        #expect(gru.parameterCount == 6 * (3 + 2 + 2))
        #expect(lstm.parameterCount == 8 * (3 + 2 + 2))
    }
}
