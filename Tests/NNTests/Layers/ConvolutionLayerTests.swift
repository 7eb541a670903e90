import Autograd
import NN
import Tensor
import Testing

@Suite("Convolution, pooling and embedding layers")
struct ConvolutionLayerTests {
    static let keys = RandomKey(seed: 3).split(6)

    @Test("layers map shapes as documented and name their parameters as PyTorch does")
    func shapes() {
        let halving = ConvolutionGeometry(stride: 2, padding: 1)
        let signal = Variable(Tensor<Float>(ones: [2, 4, 9]))
        let plane = Variable(Tensor<Float>(ones: [2, 4, 6, 5]))
        let conv1d = Conv1d<Float>(
            4, 6, kernel: 3, ConvolutionGeometry(stride: 2, padding: 1, groups: 2), key: Self.keys[0])
        #expect(conv1d.weight.shape == [6, 2, 3])
        #expect(conv1d(signal).shape == [2, 6, 5])
        #expect(conv1d.namedTensors().map(\.path) == ["weight", "bias"])
        let conv2d = Conv2d<Float>(4, 3, kernel: (3, 2), halving, hasBias: false, key: Self.keys[1])
        #expect(conv2d(plane).shape == [2, 3, 3, 3])
        #expect(conv2d.namedTensors().map(\.path) == ["weight"])
        let up1d = ConvTranspose1d<Float>(4, 2, kernel: 3, outputPadding: 1, halving, key: Self.keys[2])
        #expect(up1d.weight.shape == [4, 2, 3])
        #expect(up1d(signal).shape == [2, 2, 18])
        let up2d = ConvTranspose2d<Float>(4, 2, kernel: (3, 3), halving, key: Self.keys[3])
        #expect(up2d(plane).shape == [2, 2, 11, 9])
        #expect(MaxPool1d<Float>(PoolingGeometry(size: 2))(signal).shape == [2, 4, 4])
        #expect(MaxPool2d<Float>(PoolingGeometry(size: 2))(plane).shape == [2, 4, 3, 2])
        #expect(AveragePool1d<Float>(PoolingGeometry(size: 3))(signal).shape == [2, 4, 3])
        #expect(AveragePool2d<Float>(PoolingGeometry(size: 3))(plane).shape == [2, 4, 2, 1])
        #expect(AdaptiveAveragePool<Float>([1, 1])(plane).shape == [2, 4, 1, 1])
        #expect(Flatten<Float>()(plane).shape == [2, 120])
        #expect(Flatten<Float>(from: 2)(plane).shape == [2, 4, 30])
    }

    @Test("initial weights and biases lie within ±1/√fan-in")
    func bounds() {
        let layer = Conv1d<Double>(8, 32, kernel: 5, key: Self.keys[4])
        let bound = 1 / 40.0.squareRoot()
        let largest = layer.weight.value.abs().maximum().scalar
        #expect(largest <= bound && largest > 0.9 * bound)
        let bias = layer.bias!.value.abs().maximum().scalar
        #expect(bias <= bound && bias > 0.7 * bound)
    }

    @Test("a chain of layers learns to tell rising from falling signals")
    func training() {
        var model = Sequential<Double>([
            Conv1d(1, 4, kernel: 3, ConvolutionGeometry(padding: .same), key: Self.keys[0]), Activation.relu,
            MaxPool1d(PoolingGeometry(size: 2)), AdaptiveAveragePool([2]), Flatten(),
            Linear(8, 1, key: Self.keys[1]),
        ])
        let slopes = Tensor<Double>(randomNormal: [32, 1, 1], key: Self.keys[2])
        let x = Variable(slopes * Tensor<Double>.linspace(-1, 1, count: 8))
        let y = Variable(slopes.sign().reshaped([32, 1]))
        var losses: [Double] = []
        for _ in 0..<100 {
            let (loss, slope) = valueAndGradient(at: &model) { model in (model(x) - y).squared().mean() }
            losses.append(loss.scalar)
            let gradients = slope.parameters
            var index = 0
            model.updateParameters { _, parameter in
                parameter.update { $0 = $0 - gradients[index].value * 0.2 }
                index += 1
            }
        }
        #expect(losses.last! < losses.first! * 0.3, "from \(losses.first!) to \(losses.last!)")
    }

    @Test("an embedding picks rows; the padding row is zero and gets no gradient")
    func embedding() {
        var embedding = Embedding<Double>(5, 3, paddingID: 1, key: Self.keys[5])
        let ids = Tensor<Int64>([[0, 1], [4, 0]])
        let rows = embedding(ids).value
        #expect(rows.shape == [2, 2, 3])
        #expect(rows.array[3..<6].allSatisfy { $0 == 0 })
        let (_, slope) = valueAndGradient(at: &embedding) { model in model(ids).sum() }
        #expect(slope.weight.value.sum(axis: -1).array == [6, 0, 0, 0, 3])
    }
}
