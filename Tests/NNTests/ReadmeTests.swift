import Autograd
import NN
import Tensor
import Testing

@Test("the README's example trains")
func readmeExample() {
    var model = MLP<Float>(sizes: [4, 16, 3], activation: .gelu, key: RandomKey(seed: 1))
    var optimizer = AdamW<Float>(learningRate: 1e-2)
    let x = Variable(Tensor<Float>(randomNormal: [32, 4], key: RandomKey(seed: 2)))
    let y = Tensor<Int64>(randomIntegers: [32], in: 0..<3, key: RandomKey(seed: 3))
    let start = crossEntropy(model(x), y).scalar
    for _ in 0..<100 {
        optimizer.step(&model) { model in crossEntropy(model(x), y) }
    }
    #expect(crossEntropy(model(x), y).scalar < start / 2)
}
