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
    _ = (x.sorted(axis: 0), long.sorted(), x.topK(5), x.quantile([0.5], axis: 0))
    let normal = x.layerNorm(weight: y[.all, 0], bias: y[.all, 1], epsilon: 1e-5)
    _ = x.layerNormGradient(x, weight: y[.all, 0], mean: normal.mean, rstd: normal.rstd)
    let image = Tensor<Float>(randomNormal: [4, 8, 48, 48], key: keys[0])
    _ = image.conv2d(Tensor(randomNormal: [16, 8, 3, 3], key: keys[1]), ConvolutionGeometry(padding: 1))
    _ = (image.maxPool2d(PoolingGeometry(size: 2)), image.averagePool2d(PoolingGeometry(size: 2)))
}

/// Products whose operands are packed, shared by rows and by columns, plain and transposed, in both precisions.
func products() {
    for (m, k, n) in [(512, 512, 512), (37, 2000, 1024), (1, 768, 4096), (2048, 96, 40)] {
        let a = Tensor<Float>(randomNormal: [m, k], key: keys[0])
        let b = Tensor<Float>(randomNormal: [k, n], key: keys[1])
        _ = (a • b, a • b.transposed().contiguous().transposed(), a.cast(to: Double.self) • b.cast(to: Double.self))
    }
    let x = Variable(Tensor<Float>(randomNormal: [256, 768], key: keys[0]))
    let weight = Variable(Tensor<Float>(randomNormal: [1024, 768], key: keys[1]))
    let bias = Variable(Tensor<Float>(randomNormal: [1024], key: keys[2]))
    _ = valueAndGradient(at: [x, weight, bias]) { $0[0].linear($0[1], bias: $0[2]).gelu().sum() }
}

/// Kernels that fuse several operations, forward and backward.
func fusedKernels() {
    let heads = (0..<3).map { Variable(Tensor<Float>(randomNormal: [2, 6, 160, 64], key: keys[$0])) }
    _ = valueAndGradient(at: heads) { attention(query: $0[0], key: $0[1], value: $0[2], mask: .causal).sum() }
    let allowed = Tensor<Float>(randomUniform: [160, 160], key: keys[3]) .< 0.9
    _ = attention(query: heads[0], key: heads[1], value: heads[2], mask: .allowed(allowed))
    let long = (0..<3).map { Variable(Tensor<Float>(randomNormal: [300_003], key: keys[$0])) }
    _ = valueAndGradient(at: long) { fused($0[0], $0[1], $0[2]) { a, b, c in (a * b + c).tanh() - a }.sum() }
    let row = Variable(Tensor<Float>(randomNormal: [1, 700], key: keys[0]))
    let column = Variable(Tensor<Float>(randomNormal: [600, 1], key: keys[1]))
    _ = valueAndGradient(at: [row, column]) { fused($0[0], $0[1]) { a, b in (a + b).exp() * b }.sum() }
    let logits = Variable(Tensor<Float>(randomNormal: [256, 3000], key: keys[0]))
    let targets = Tensor<Int64>(randomIntegers: [256], in: 0..<3000, key: keys[1])
    _ = valueAndGradient(at: logits) { crossEntropy($0, targets) }
    let ids = Tensor<Int64>(randomIntegers: [4096], in: 0..<1000, key: keys[2])
    _ = valueAndGradient(at: Variable(Tensor<Float>(randomNormal: [1000, 128], key: keys[3]))) { $0.rows(ids).sum() }
}

/// A training run: gradients, optimiser steps, and batches made ahead on another thread.
func training() {
    var model = MLP<Float>(sizes: [300, 256, 10], activation: .gelu, key: keys[0])
    var optimizer = AdamW<Float>(learningRate: 1e-3)
    let inputs = Tensor<Float>(randomNormal: [1024, 300], key: keys[1])
    let targets = Tensor<Int64>(randomIntegers: [1024], in: 0..<10, key: keys[2])
    let loader = DataLoader(TensorDataset(inputs, targets), batchSize: 128, shuffle: keys[3])
    for (number, batch) in loader.prefetched(2).enumerated() {
        if number % 2 == 0 {
            let (_, gradient) = valueAndGradient(at: model) { model in
                crossEntropy(model(Variable(batch.input)), batch.target)
            }
            optimizer.update(&model, along: gradient)
        } else {
            _ = optimizer.step(&model) { model in crossEntropy(model(Variable(batch.input)), batch.target) }
        }
    }
}

let work = [kernels, products, fusedKernels, training]
for _ in 0..<3 { for part in work { part() } }
// Several threads that use the pool at once, as independent models do.
await withTaskGroup(of: Void.self) { group in
    for part in 0..<4 { group.addTask { work[part]() } }
}
print("all threaded work has run on \(Parallelism.threadCount) threads")
