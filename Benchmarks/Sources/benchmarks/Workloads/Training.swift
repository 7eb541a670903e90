import Autograd
import NN
import Tensor

let trainingWorkloads: [Workload] = [
    Workload("adamw_10M", .bytes(28 * Double(10_000_000))) {
        var parameter = Variable(normal(10_000_000, seed: 1))
        let gradient = Variable(normal(10_000_000, seed: 2))
        var optimizer = AdamW<Float>(learningRate: 1e-3)
        return { optimizer.update(&parameter, along: gradient) }
    },
    Workload("mlp_16_64_64_4_b32_adam_step", .none) {
        var model = MLP<Float>(sizes: [16, 64, 64, 4], activation: .relu, key: RandomKey(seed: 1))
        var optimizer = Adam<Float>(learningRate: 1e-3)
        let (x, y) = (Variable(normal(32, 16, seed: 2)), Variable(normal(32, 4, seed: 3)))
        return {
            let (_, gradient) = valueAndGradient(at: model) { meanSquaredError($0(x), y) }
            optimizer.update(&model, along: gradient)
        }
    },
    // Ten thousand operations on eight numbers, forward and backward: what recording costs.
    Workload("tape_10k", .none) {
        let x = Variable(normal(8, seed: 1))
        return {
            keep(
                gradient(at: x) { x in
                    var y = x
                    for _ in 0..<10_000 { y = y + 1 }
                    return y.sum()
                })
        }
    },
    // The same operations on a constant: what is left is recording, running and releasing.
    Workload("chain_10k", .none) {
        let x = Variable(normal(8, seed: 1))
        return {
            var y = x
            for _ in 0..<10_000 { y = y + 1 }
            keep(y.sum())
        }
    },
    Workload("gpt2s_layers_train_4x64", .operations(GPT2.trainingOperations(tokens: 256, time: 64))) {
        var model = GPT2(key: RandomKey(seed: 1))
        var optimizer = AdamW<Float>(learningRate: 1e-4, weightDecay: 0.01)
        let tokens = Tensor<Int64>(randomIntegers: [4, 64], in: 0..<50257, key: RandomKey(seed: 2))
        return {
            optimizer.step(&model) { $0.loss(tokens) }
        }
    },
]
