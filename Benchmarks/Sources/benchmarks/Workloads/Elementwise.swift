import Autograd
import Tensor

private let mega4 = 4 << 20
private let mega16 = 16 << 20

let elementwiseWorkloads: [Workload] = [
    Workload("triad_16M", .bytes(12 * Double(mega16))) {
        let (a, b) = (normal(mega16, seed: 1), normal(mega16, seed: 2))
        return { keep(b.multiplied(by: 3, adding: a)) }
    },
    Workload("copy_16M", .bytes(8 * Double(mega16))) {
        let a = normal(mega16, seed: 1)
        return {
            // A write to a shared tensor copies it first.
            var b = a
            b.withUnsafeMutableBufferPointer { $0[0] = 1 }
            keep(b)
        }
    },
    Workload("sum_16M", .bytes(4 * Double(mega16))) {
        let a = normal(mega16, seed: 1)
        return { keep(a.sum().scalar) }
    },
    Workload("gelu_tanh_4M", .bytes(8 * Double(mega4))) {
        let x = normal(mega4, seed: 1)
        return { keep(x.gelu(approximation: .tanh)) }
    },
    Workload("exp_4M", .bytes(8 * Double(mega4))) {
        let x = normal(mega4, seed: 1)
        return { keep(x.exp()) }
    },
    Workload("chain_tanh_fma_4M", .bytes(16 * Double(mega4))) {
        let (a, b, c) = (normal(mega4, seed: 1), normal(mega4, seed: 2), normal(mega4, seed: 3))
        return { keep(fused(a, b, c) { a, b, c in (a * b + c).tanh() - a }) }
    },
    Workload("gelu_tanh_4M_fb", .bytes(20 * Double(mega4))) {
        let (x, g) = (Variable(normal(mega4, seed: 1)), Variable(normal(mega4, seed: 2)))
        return { keep(valueAndGradient(at: x, cotangent: g) { $0.gelu(approximation: .tanh) }) }
    },
    Workload("chain_tanh_fma_4M_fb", .bytes(32 * Double(mega4))) {
        let inputs = [1, 2, 3].map { Variable(normal(mega4, seed: $0)) }
        let g = Variable(normal(mega4, seed: 4))
        return {
            keep(
                valueAndGradient(at: inputs, cotangent: g) {
                    fused($0[0], $0[1], $0[2]) { a, b, c in (a * b + c).tanh() - a }
                })
        }
    },
]
