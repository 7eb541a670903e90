import Autograd
import Tensor
import Testing

@Suite("Differentiating in several tasks")
struct ConcurrencyTests {
    @Sendable static func work(_ seed: UInt64) -> [Double] {
        let key = RandomKey(seed: seed)
        let w = Variable(Tensor<Double>(randomNormal: [40, 40], key: key.folded(0)))
        let x = Variable(Tensor<Double>(randomNormal: [64, 40], key: key.folded(1)))
        let loss: @Sendable (V) -> V = { w in (x.linear(w).gelu().layerNorm().softmax() * x).sum() }
        var result: [Double] = []
        for step in 0..<4 {
            let vector = V(Tensor(randomNormal: [40, 40], key: key.folded(2 + step)))
            let (slope, product) = hvp(loss, at: w, along: vector)
            result += gradient(at: w, loss).value.array + slope.value.array + product.value.array
        }
        return result
    }

    @Test("tasks that differentiate at once get the same bits as alone")
    func sameBits() async {
        let alone = (0..<4).map { Self.work(UInt64($0)) }
        let together = await withTaskGroup(of: (Int, [Double]).self) { group in
            for index in 0..<4 { group.addTask { (index, Self.work(UInt64(index))) } }
            var results = Array(repeating: [Double](), count: 4)
            for await (index, result) in group { results[index] = result }
            return results
        }
        for index in 0..<4 { #expect(alone[index] == together[index]) }
    }

    @Test("one variable may be differentiated in several tasks at once")
    func capturedInTasks() async {
        let w = V(Tensor(randomNormal: [5], key: RandomKey(seed: 3)))
        let results = await withTaskGroup(of: [Double].self) { group in
            for _ in 0..<4 {
                group.addTask { gradient(at: w) { w in gradient(at: w) { ($0.tanh() * $0).sum() }.sum() }.value.array }
            }
            var all: [[Double]] = []
            for await result in group { all.append(result) }
            return all
        }
        for result in results { #expect(result == results[0]) }
    }
}
