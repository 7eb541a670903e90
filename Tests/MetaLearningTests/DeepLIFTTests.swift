import Autograd
import MetaLearning
import NN
import Tensor
import Testing

@Suite struct DeepLIFTTests {
    private let baseline = Tensor<Double>([0.3, -0.2, 0.1, 0, 0.5])
    private let x = Tensor<Double>(randomNormal: [7, 5], key: RandomKey(seed: 2))

    @Test(
        "contributions sum to the difference of the outputs",
        arguments: [Activation<Double>.relu, .leakyReLU(slope: 0.01), .tanh, .gelu, .sigmoid])
    func completeness(activation: Activation<Double>) throws {
        let net = MLP<Double>(sizes: [5, 8, 6, 2], activation: activation, key: RandomKey(seed: 1))
        for output in 0..<2 {
            let (values, gap) = try DeepLIFT(baseline: baseline).attributions(of: x, model: net, output: output)
            #expect(gap.array.allSatisfy { $0 < 1e-12 })
            let gain = net(Variable(x)).value - net(Variable(baseline.unsqueezed(0))).value
            let expected = gain.narrowed(axis: 1, from: output, count: 1).squeezed(1)
            #expect(difference(values.sum(axes: [1]).array, expected.array) < 1e-12)
        }
    }

    @Test("the paper's example: a gradient is flat past the kink, DeepLIFT is not")
    func saturation() throws {
        // f = 1 - relu(1 - x₁ - x₂) at (1, 1) with baseline (0, 0): both gradients are 0, f rises by 1.
        var net = MLP<Double>(sizes: [2, 1, 1], activation: .relu, key: RandomKey(seed: 1))
        net.layers = [
            Linear(weight: Variable(Tensor([[-1, -1]])), bias: Variable(Tensor([1]))),
            Linear(weight: Variable(Tensor([[-1]])), bias: Variable(Tensor([1]))),
        ]
        let point = Tensor<Double>([[1, 1]])
        let (values, _) = try DeepLIFT(baseline: Tensor([0, 0])).attributions(of: point, model: net)
        #expect(values.array == [0.5, 0.5])
        #expect(gradientTimesInput(of: point) { net($0).squeezed(1) }.array == [0, 0])
    }

    @Test("of a linear model all of them are weight times input, and permuted features permute them")
    func linear() throws {
        let net = MLP<Double>(sizes: [5, 1], key: RandomKey(seed: 3))
        let expected = (x * net.layers[0].weight.value).array
        let zero = Tensor<Double>(zeros: [5])
        #expect(difference(try DeepLIFT(baseline: zero).attributions(of: x, model: net).values.array, expected) < 1e-14)
        #expect(difference(gradientTimesInput(of: x) { net($0).squeezed(1) }.array, expected) < 1e-14)

        let order = [3, 0, 4, 1, 2]
        let deep = MLP<Double>(sizes: [5, 8, 1], key: RandomKey(seed: 4))
        var permuted = deep
        permuted.layers[0].weight = Variable(deep.layers[0].weight.value.indexSelected(axis: 1, order))
        let values = try DeepLIFT(baseline: baseline).attributions(of: x, model: deep).values
        let moved = try DeepLIFT(baseline: baseline.indexSelected(axis: 0, order))
            .attributions(of: x.indexSelected(axis: 1, order), model: permuted).values
        #expect(difference(moved.array, values.indexSelected(axis: 1, order).array) < 1e-12)
    }

    @Test("rows of other features than the baseline, and outputs that are no numbers, are errors")
    func errors() {
        let net = MLP<Double>(sizes: [5, 1], key: RandomKey(seed: 3))
        #expect(throws: AttributionError.differentFeatures(x: [7, 5], background: [4])) {
            try DeepLIFT(baseline: Tensor(zeros: [4])).attributions(of: x, model: net)
        }
        #expect(throws: AttributionError.notFinite) {
            try DeepLIFT(baseline: baseline).attributions(of: x / 0, model: net)
        }
    }
}
