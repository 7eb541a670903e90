import Autograd
import NN
import Tensor
import Testing

@Suite("Affine layers, chains and dropout")
struct LinearLayerTests {
    static let keys = RandomKey(seed: 21).split(3)

    private func apply(_ map: Linear<Double>, _ x: [Double]) -> [Double] {
        affine(rows(map.weight), map.bias!.value.array, x)
    }

    @Test("a perceptron and a chain of the same layers are affine maps with a non-linearity between")
    func perceptron() {
        let model = MLP<Double>(sizes: [3, 4, 2], activation: .relu, key: Self.keys[0])
        let chain = Sequential<Double>([model.layers[0], Activation.relu, model.layers[1]])
        let x = normal([5, 3], seed: 1)
        let hidden = rows(x).map { apply(model.layers[0], $0) }
        let expected = hidden.flatMap { apply(model.layers[1], $0.map { max($0, 0) }) }
        #expect(distance(model.layers[0](x).value.array, hidden.flatMap { $0 }) < 1e-12)
        #expect(distance(model(x).value.array, expected) < 1e-12)
        #expect(distance(chain(x).value.array, expected) < 1e-12)
        #expect(
            model.namedTensors().map(\.path) == [
                "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias",
            ])
        #expect(chain.namedTensors().map(\.path) == ["0.weight", "0.bias", "2.weight", "2.bias"])
        #expect(model.parameterCount == 26 && chain.parameterCount == 26)
        #expect(Linear<Double>(3, 2, hasBias: false, key: Self.keys[1]).namedTensors().map(\.path) == ["weight"])
    }

    @Test("dropout keeps the mean, scales what it keeps and repeats with its key")
    func dropout() {
        var layer = Dropout<Double>(0.25)
        let ones = Variable(Tensor<Double>(ones: [10000]))
        #expect(layer(ones).value.array == ones.value.array)
        let dropped = layer(ones, training: Self.keys[0]).value.array
        #expect(dropped.allSatisfy { $0 == 0 || abs($0 - 4 / 3.0) < 1e-15 })
        // The kept are binomial: the mean's deviation is √(p / (1 - p) / n).
        let deviation = (0.25 / 0.75 / 10000).squareRoot()
        #expect(abs(dropped.reduce(0, +) / 10000 - 1) < 3 * deviation)
        #expect(layer(ones, training: Self.keys[0]).value.array == dropped)
        #expect(layer(ones, training: Self.keys[1]).value.array != dropped)
    }
}
