import Autograd
import Tensor

/// Counted without the causal mask, as for the peers.
private let attentionOperations = 4 * Double(4 * 12 * 256 * 256 * 64)

let attentionWorkloads: [Workload] = [
    Workload("attention_4x12x256x64", .operations(attentionOperations)) {
        let (q, k, v) = (heads(1), heads(2), heads(3))
        return { keep(attention(query: q, key: k, value: v, mask: .causal)) }
    },
    Workload("attention_4x12x256x64_fb", .operations(3.5 * attentionOperations)) {
        let (inputs, g) = ([heads(1), heads(2), heads(3)], heads(4))
        return {
            keep(
                valueAndGradient(at: inputs, cotangent: g) {
                    attention(query: $0[0], key: $0[1], value: $0[2], mask: .causal)
                })
        }
    },
    Workload("conv1d_16x64x1024_k7_fb", .operations(3 * 2 * Double(16 * 1024 * 64 * 64 * 7))) {
        let inputs = [normal(16, 64, 1024, seed: 1), normal(64, 64, 7, seed: 2)].map { Variable($0) }
        let g = Variable(normal(16, 64, 1024, seed: 3))
        return {
            keep(
                valueAndGradient(at: inputs, cotangent: g) {
                    $0[0].conv1d($0[1], ConvolutionGeometry(padding: 3))
                })
        }
    },
]

private func heads(_ seed: UInt64) -> Variable<Float> { Variable(normal(4, 12, 256, 64, seed: seed)) }
