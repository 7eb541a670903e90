import Autograd
import Glibc
import NN
import Tensor
import Testing

@Suite("Multi-head attention layer")
struct AttentionLayerTests {
    @Test(
        "the layer follows its equations", arguments: [(4, 4, false), (4, 4, true), (4, 2, true), (4, 1, false)])
    func values(heads: Int, keyHeads: Int, isCausal: Bool) {
        let layer = MultiHeadAttention<Double>(
            dimensions: 8, heads: heads, keyHeads: keyHeads, isCausal: isCausal, key: RandomKey(seed: 4))
        let x = normal([2, 3, 8], seed: 5)
        let (time, width) = (3, 2)
        func apply(_ map: Linear<Double>, _ x: [Double]) -> [Double] {
            affine(rows(map.weight), map.bias!.value.array, x)
        }
        var expected: [Double] = []
        for sample in 0..<2 {
            let steps: Rows = (0..<time).map { step in
                let start = (sample * time + step) * 8
                return Array(x.value.array[start..<start + 8])
            }
            let queries = steps.map { apply(layer.query, $0) }
            let keys = steps.map { apply(layer.key, $0) }
            let values = steps.map { apply(layer.value, $0) }
            for step in 0..<time {
                var joined = [Double](repeating: 0, count: 8)
                for head in 0..<heads {
                    let keyHead = head / (heads / keyHeads)
                    var total = 0.0
                    for other in 0..<(isCausal ? step + 1 : time) {
                        var score = 0.0
                        for i in 0..<width {
                            score += queries[step][head * width + i] * keys[other][keyHead * width + i]
                        }
                        let weight = exp(score / Double(width).squareRoot())
                        total += weight
                        for i in 0..<width { joined[head * width + i] += weight * values[other][keyHead * width + i] }
                    }
                    for i in 0..<width { joined[head * width + i] /= total }
                }
                expected += apply(layer.output, joined)
            }
        }
        #expect(distance(layer(x).value.array, expected) < 1e-12)
    }

    @Test("first and second derivatives agree with differences")
    func derivatives() throws {
        let model = MultiHeadAttention<Double>(
            dimensions: 4, heads: 2, keyHeads: 1, isCausal: true, key: RandomKey(seed: 6))
        try gradientCheck(
            { inputs in
                var layer = model
                layer.query.weight = inputs[1]
                layer.key.weight = inputs[2]
                return layer(inputs[0])
            }, at: [normal([2, 3, 4], seed: 7), model.query.weight, model.key.weight])
    }

    @Test("parameters are named by map")
    func parameters() {
        let layer = MultiHeadAttention<Double>(
            dimensions: 8, heads: 4, keyHeads: 2, hasBias: false, key: RandomKey(seed: 4))
        #expect(layer.namedTensors().map(\.path) == ["query.weight", "key.weight", "value.weight", "output.weight"])
        #expect(layer.parameterCount == 64 + 32 + 32 + 64)
    }
}
