import Autograd
import NN
import Tensor
import Testing

@Suite("Normalisation layers")
struct NormalizationLayerTests {
    private let key = RandomKey(seed: 1)

    /// The mean and the biased variance.
    private func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
        var sum = 0.0
        for value in values { sum += value }
        let mean = sum / Double(values.count)
        var squares = 0.0
        for value in values { squares += (value - mean) * (value - mean) }
        return (mean, squares / Double(values.count))
    }

    @Test("layer and RMS normalisation follow their equations")
    func lastAxis() {
        let x = normal([3, 4], seed: 2)
        let weight = normal([4], seed: 3)
        let bias = normal([4], seed: 4)
        var layerNorm = LayerNorm<Double>(4)
        (layerNorm.weight, layerNorm.bias) = (weight, bias)
        var rmsNorm = RMSNorm<Double>(4)
        rmsNorm.weight = weight
        let (w, b) = (weight.value.array, bias.value.array)
        var (byMean, bySquare): ([Double], [Double]) = ([], [])
        for row in rows(x) {
            let (mean, variance) = moments(row)
            for i in 0..<4 {
                byMean.append((row[i] - mean) / (variance + 1e-5).squareRoot() * w[i] + b[i])
                bySquare.append(row[i] / (variance + mean * mean + 1e-6).squareRoot() * w[i])
            }
        }
        #expect(distance(layerNorm(x).value.array, byMean) < 1e-12)
        #expect(distance(rmsNorm(x).value.array, bySquare) < 1e-12)
    }

    @Test("batch normalisation uses the batch in training and the running statistics in evaluation")
    func batchNorm() {
        var layer = BatchNorm<Double>(2, momentum: 0.25)
        layer.weight = Variable(Tensor([1.5, -2]))
        layer.bias = Variable(Tensor([0.5, 1]))
        let (w, b) = ([1.5, -2.0], [0.5, 1.0])
        var (runningMean, runningVariance) = ([0.0, 0.0], [1.0, 1.0])
        for seed: UInt64 in [5, 6] {
            let x = normal([3, 2, 4], seed: seed)
            let elements = x.value.array
            var expected = elements
            for channel in 0..<2 {
                let positions = elements.indices.filter { $0 / 4 % 2 == channel }
                let (mean, variance) = moments(positions.map { elements[$0] })
                for i in positions {
                    let normalised = (elements[i] - mean) / (variance + 1e-5).squareRoot()
                    expected[i] = normalised * w[channel] + b[channel]
                }
                runningMean[channel] = 0.75 * runningMean[channel] + 0.25 * mean
                runningVariance[channel] = 0.75 * runningVariance[channel] + 0.25 * variance * 12 / 11
            }
            #expect(distance(layer(x, training: key).value.array, expected) < 1e-12)
        }
        #expect(distance(layer.runningMean.array, runningMean) < 1e-12)
        #expect(distance(layer.runningVariance.array, runningVariance) < 1e-12)
        let x = normal([1, 2, 1], seed: 7)
        let expected = (0..<2).map { channel in
            let centred = x.value.array[channel] - runningMean[channel]
            return centred / (runningVariance[channel] + 1e-5).squareRoot() * w[channel] + b[channel]
        }
        #expect(distance(layer(x).value.array, expected) < 1e-12)
        #expect(distance(layer.runningMean.array, runningMean) < 1e-12, "evaluation changes nothing")
    }

    @Test("group normalisation treats each group of channels of each sample by itself")
    func groupNorm() {
        var layer = GroupNorm<Double>(groups: 2, channels: 4)
        layer.weight = normal([4], seed: 8)
        layer.bias = normal([4], seed: 9)
        let x = normal([2, 4, 3], seed: 10)
        let (w, b) = (layer.weight.value.array, layer.bias.value.array)
        let elements = x.value.array
        var expected = elements
        for group in 0..<4 {
            let (mean, variance) = moments(Array(elements[group * 6..<(group + 1) * 6]))
            for i in group * 6..<(group + 1) * 6 {
                let channel = i / 3 % 4
                expected[i] = (elements[i] - mean) / (variance + 1e-5).squareRoot() * w[channel] + b[channel]
            }
        }
        #expect(distance(layer(x).value.array, expected) < 1e-12)
    }

    @Test("derivatives of batch normalisation in training agree with differences")
    func derivatives() throws {
        try gradientCheck(
            { inputs in
                var layer = BatchNorm<Double>(2)
                (layer.weight, layer.bias) = (inputs[1], inputs[2])
                return layer(inputs[0], training: RandomKey(seed: 1))
            }, at: [normal([3, 2, 2], seed: 11), normal([2], seed: 12), normal([2], seed: 13)])
    }

    @Test("running statistics are buffers, not parameters")
    func paths() {
        let layer = BatchNorm<Double>(2)
        #expect(layer.namedTensors().map(\.path) == ["weight", "bias", "running_mean", "running_var"])
        #expect(layer.namedTensors(includingBuffers: false).map(\.path) == ["weight", "bias"])
        #expect(layer.parameterCount == 4)
        #expect(LayerNorm<Double>(3, hasBias: false).namedTensors().map(\.path) == ["weight"])
        #expect(RMSNorm<Double>(3).namedTensors().map(\.path) == ["weight"])
        #expect(GroupNorm<Double>(groups: 1, channels: 2).namedTensors().map(\.path) == ["weight", "bias"])
    }
}
