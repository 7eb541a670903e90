import Autograd
import Tensor

let rowWorkloads: [Workload] = [
    Workload("softmax_4096x1024", .bytes(8 * Double(4096 * 1024))) {
        let x = normal(4096, 1024, seed: 1)
        return { keep(x.softmax()) }
    },
    Workload("layernorm_4096x768", .bytes(8 * Double(4096 * 768))) {
        let (x, w, b) = (normal(4096, 768, seed: 1), normal(768, seed: 2), normal(768, seed: 3))
        return { keep(x.layerNorm(weight: w, bias: b, epsilon: 1e-5)) }
    },
    Workload("layernorm_4096x768_fb", .bytes(20 * Double(4096 * 768))) {
        let inputs = [normal(4096, 768, seed: 1), normal(768, seed: 2), normal(768, seed: 3)].map { Variable($0) }
        let g = Variable(normal(4096, 768, seed: 4))
        return {
            keep(valueAndGradient(at: inputs, cotangent: g) { $0[0].layerNorm(weight: $0[1], bias: $0[2]) })
        }
    },
    Workload("cross_entropy_256x50257_fb", .bytes(8 * Double(256 * 50257))) {
        let logits = Variable(normal(256, 50257, seed: 1))
        let targets = Tensor<Int64>(randomIntegers: [256], in: 0..<50257, key: RandomKey(seed: 2))
        return { keep(valueAndGradient(at: logits) { crossEntropy($0, targets) }) }
    },
    Workload("embedding_50257x768_4096_fb", .bytes(4 * Double(50257 * 768 + 4 * 4096 * 768))) {
        let table = Variable(normal(50257, 768, seed: 1))
        let ids = Tensor<Int64>(randomIntegers: [4096], in: 0..<50257, key: RandomKey(seed: 2))
        let g = Variable(normal(4096, 768, seed: 3))
        return { keep(valueAndGradient(at: table, cotangent: g) { $0.rows(ids) }) }
    },
]
