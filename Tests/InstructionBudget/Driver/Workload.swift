import Autograd
import NN
import Tensor

/// A small piece of work on one thread, the same in every run.
struct Workload: Sendable {
    let name: String
    /// Makes the inputs and returns the work.
    let prepare: @Sendable () -> () -> Void

    init(_ name: String, prepare: @escaping @Sendable () -> () -> Void) {
        self.name = name
        self.prepare = prepare
    }

    static let all = kernels + tape

    // MARK: Kernels

    private static let kernels: [Workload] = [
        Workload("add_64k") {
            let (x, y) = (normal(65_536, seed: 1), normal(65_536, seed: 2))
            return { keep(x + y) }
        },
        Workload("exp_64k") {
            let x = normal(65_536, seed: 1)
            return { keep(x.exp()) }
        },
        Workload("gelu_64k") {
            let x = normal(65_536, seed: 1)
            return { keep(x.gelu()) }
        },
        Workload("fused_tanh_fma_64k") {
            let (a, b, c) = (normal(65_536, seed: 1), normal(65_536, seed: 2), normal(65_536, seed: 3))
            return { keep(fused(a, b, c) { a, b, c in (a * b + c).tanh() - a }) }
        },
        Workload("sum_256k") {
            let x = normal(262_144, seed: 1)
            return { keep(x.sum()) }
        },
        Workload("softmax_64x1024") {
            let x = normal(64, 1024, seed: 1)
            return { keep(x.softmax()) }
        },
        Workload("layernorm_64x768_fb") {
            let inputs = [normal(64, 768, seed: 1), normal(768, seed: 2), normal(768, seed: 3)].map { Variable($0) }
            let g = Variable(normal(64, 768, seed: 4))
            return {
                keep(valueAndGradient(at: inputs, cotangent: g) { $0[0].layerNorm(weight: $0[1], bias: $0[2]) })
            }
        },
        Workload("matmul_256") {
            let (a, b) = (normal(256, 256, seed: 1), normal(256, 256, seed: 2))
            return { keep(a.matmul(b)) }
        },
        Workload("embedding_1000x64_512_fb") {
            let table = Variable(normal(1000, 64, seed: 1))
            let ids = Tensor<Int64>(randomIntegers: [512], in: 0..<1000, key: RandomKey(seed: 2))
            let g = Variable(normal(512, 64, seed: 3))
            return { keep(valueAndGradient(at: table, cotangent: g) { $0.rows(ids) }) }
        },
        Workload("conv2d_2x8x32x32_k3_fb") {
            let inputs = [normal(2, 8, 32, 32, seed: 1), normal(16, 8, 3, 3, seed: 2)].map { Variable($0) }
            let g = Variable(normal(2, 16, 32, 32, seed: 3))
            return {
                keep(
                    valueAndGradient(at: inputs, cotangent: g) {
                        $0[0].conv2d($0[1], ConvolutionGeometry(padding: 1))
                    })
            }
        },
        Workload("attention_1x4x128x32_fb") {
            let inputs = [1, 2, 3].map { Variable(normal(1, 4, 128, 32, seed: $0)) }
            let g = Variable(normal(1, 4, 128, 32, seed: 4))
            return {
                keep(
                    valueAndGradient(at: inputs, cotangent: g) {
                        attention(query: $0[0], key: $0[1], value: $0[2], mask: .causal)
                    })
            }
        },
        Workload("cross_entropy_32x4096_fb") {
            let logits = Variable(normal(32, 4096, seed: 1))
            let targets = Tensor<Int64>(randomIntegers: [32], in: 0..<4096, key: RandomKey(seed: 2))
            return { keep(valueAndGradient(at: logits) { crossEntropy($0, targets) }) }
        },
        Workload("adamw_64k") {
            var parameter = Variable(normal(65_536, seed: 1))
            let gradient = Variable(normal(65_536, seed: 2))
            var optimizer = AdamW<Float>(learningRate: 1e-3)
            return { optimizer.update(&parameter, along: gradient) }
        },
    ]

    // MARK: The tape

    private static let tape: [Workload] = [
        // Ten thousand operations on eight numbers, forward and backward: what recording costs.
        Workload("tape_10k") {
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
        Workload("mlp_16_64_64_4_b32_adam_step") {
            var model = MLP<Float>(sizes: [16, 64, 64, 4], activation: .relu, key: RandomKey(seed: 1))
            var optimizer = Adam<Float>(learningRate: 1e-3)
            let (x, y) = (Variable(normal(32, 16, seed: 2)), Variable(normal(32, 4, seed: 3)))
            return { keep(optimizer.step(&model) { meanSquaredError($0(x), y) }) }
        },
    ]
}

/// Takes a result, so that the optimiser cannot drop the work that made it.
@inline(never)
private func keep<Value>(_ value: Value) {}

/// Numbers from the standard normal distribution.
private func normal(_ shape: Int..., seed: UInt64) -> Tensor<Float> {
    Tensor(randomNormal: TensorShape(shape), key: RandomKey(seed: seed))
}
