// Runs every kind of threaded work on four threads, for ThreadSanitizer to watch: `make races`. The numbers are compared
// with those of one thread elsewhere; here only races count.

import Autograd
import NN
import Tensor

Parallelism.threadCount = 4
let keys = RandomKey(seed: 1).split(4)

/// Kernels on tensors large enough that they are shared among threads.
func kernels() {
    let x = Tensor<Float>(randomNormal: [400, 300], key: keys[0])
    let y = Tensor<Float>(randomNormal: [300, 200], key: keys[1])
    let long = Tensor<Float>(randomUniform: [300_003], key: keys[2])
    _ = Tensor<Float>(randomBernoulli: [100_003], probability: 0.3, key: keys[3])
    _ = (x * 2 + 1).tanh() - x.transposed().exp().transposed()
    _ = (x .> 0).select(x, -x).contiguous()
    _ = (x.sum(), long.sum(), x.sum(axes: [0]), x.maximum(axes: [1]), x.variance(axes: [0]), x.logSumExp(axes: [0]))
    _ = (x.softmax(), x.softmax(axis: 0), long.cumulativeSum(axis: 0))
    _ = (x • y, x.transposed().contiguous().transposed() • y, x.reshaped([4, 100, 300] as TensorShape) • y)
    _ = (x.sorted(axis: 0), long.sorted(), x.topK(5), x.quantile(0.5, axis: 0))
    let normal = x.layerNorm(weight: y[.all, 0], bias: y[.all, 1], epsilon: 1e-5)
    _ = x.layerNormGradient(x, weight: y[.all, 0], mean: normal.mean, rstd: normal.rstd)
    let image = Tensor<Float>(randomNormal: [4, 8, 48, 48], key: keys[0])
    _ = image.conv2d(Tensor(randomNormal: [16, 8, 3, 3], key: keys[1]), ConvolutionGeometry(padding: 1))
    _ = (image.maxPool2d(PoolingGeometry(size: 2)), image.averagePool2d(PoolingGeometry(size: 2)))
}

/// A training run: gradients, optimiser steps, and batches made ahead on another thread.
func training() {
    var model = MLP<Float>(sizes: [300, 256, 10], activation: .gelu, key: keys[0])
    var optimizer = AdamW<Float>(learningRate: 1e-3)
    let inputs = Tensor<Float>(randomNormal: [1024, 300], key: keys[1])
    let targets = Tensor<Int64>(randomIntegers: [1024], in: 0..<10, key: keys[2])
    let loader = DataLoader(TensorDataset(inputs, targets), batchSize: 128, shuffle: keys[3])
    for batch in loader.prefetched(2) {
        let (_, gradient) = valueAndGradient(at: model) { model in
            crossEntropy(model(Variable(batch.input)), batch.target)
        }
        optimizer.update(&model, along: gradient)
    }
}

for _ in 0..<3 {
    kernels()
    training()
}
// Several threads that use the pool at once, as independent models do.
await withTaskGroup(of: Void.self) { group in
    for part in 0..<4 { group.addTask { part % 2 == 0 ? kernels() : training() } }
}
print("all threaded work has run on \(Parallelism.threadCount) threads")
