import Glibc
import Tensor
import Testing

/// What depends on the state of the whole process runs in a process of its own: other tests allocate and set thread counts
/// at the same time.
@Suite("Memory and threads")
struct MemoryAndThreadTests {
    @Test("live memory returns to where it was")
    func balance() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            func work() {
                var x = Tensor<Float>(randomNormal: [300, 200], key: RandomKey(seed: 1))
                for _ in 0..<5 { x = (x.transposed() • x).softmax().narrowed(axis: 0, from: 0, count: 150) + 1 }
                x[0] = Tensor(3)
                _ = x.sorted().values.cumulativeSum(axis: 0).sum(axes: [0]).array
            }
            work()
            let before = Memory.snapshot()
            for _ in 0..<3 { work() }
            let after = Memory.snapshot()
            require(after.live == before.live, "live bytes \(before.live) became \(after.live)")
            require(
                after.liveBuffers == before.liveBuffers, "buffers \(before.liveBuffers) became \(after.liveBuffers)")
            require(after.peak >= after.live + after.cached, "the peak \(after.peak) is too small")
            Memory.clearCache()
            require(Memory.snapshot().cached == 0, "the cache was not cleared")
            require(Memory.snapshot().live == before.live, "clearing the cache changed the live bytes")
        }
        expectNoReport(result)
    }

    @Test("the cache keeps to its limit")
    func cacheLimit() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            Memory.clearCache()
            Memory.cacheLimit = 100_000
            for size in 1...200 { _ = Tensor<Float>(zeros: [size * 100]) }
            require(Memory.snapshot().cached <= 100_000, "\(Memory.snapshot().cached) bytes are cached")
            Memory.cacheLimit = 0
            require(Memory.snapshot().cached == 0, "a limit of 0 keeps \(Memory.snapshot().cached) bytes")
            _ = Tensor<Float>(zeros: [1000])
            require(Memory.snapshot().cached == 0, "a limit of 0 keeps a new buffer")
        }
        expectNoReport(result)
    }

    @Test("a chain of operations needs one buffer beside its operands")
    func reuse() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            // The first change in place makes an empty tensor to leave behind.
            var first = Tensor<Float>(1)
            first += 1
            let count = 1 << 16
            let bytes = count * MemoryLayout<Float>.stride
            let a = Tensor<Float>(ones: [count])
            let b = Tensor<Float>(ones: [count])
            let c = Tensor<Float>(ones: [count])
            func additional(_ body: () -> Tensor<Float>) -> Int {
                Memory.clearCache()
                Memory.resetPeak()
                let before = Memory.snapshot()
                let result = body()
                let after = Memory.snapshot()
                require(after.liveBuffers == before.liveBuffers + 1, "more than the result is left")
                require(result.count == count, "the result has another size")
                return after.peak - before.peak
            }
            require(additional { a * b + c } == bytes, "a * b + c does not reuse the product")
            require(additional { (a * b + c).tanh() - a } == bytes, "a chain of four does not reuse its buffer")
            require(additional { a + (b * c) } == bytes, "a right operand is not reused")
            require(additional { -(a * 2).exp() } == bytes, "unary operations do not reuse their operand")
            require(additional { a - b * 0.5 } <= bytes, "a scalar product is not reused")
            require(a.array.allSatisfy { $0 == 1 }, "an operand in use was overwritten")
            var d = a * b
            Memory.clearCache()
            Memory.resetPeak()
            let before = Memory.snapshot().peak
            d += a
            d *= 2
            require(Memory.snapshot().peak == before, "a unique tensor is not changed in place")
            require(d.array.allSatisfy { $0 == 4 }, "the changes in place are wrong")
        }
        expectNoReport(result)
    }

    @Test("every operation gives the same bits with one thread and with several")
    func threads() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            func results() -> [(String, [UInt32])] {
                let keys = RandomKey(seed: 9).split(6)
                let x = Tensor<Float>(randomNormal: [700, 500], key: keys[0])
                let y = Tensor<Float>(randomNormal: [500], key: keys[1])
                let w = Tensor<Float>(randomNormal: [500, 300], key: keys[2])
                let g = Tensor<Float>(randomNormal: [700, 500], key: keys[3])
                let long = Tensor<Float>(randomUniform: [1_000_003], key: keys[4])
                let norm = x.layerNorm(weight: y, bias: y, epsilon: 1e-5)
                let back = x.layerNormGradient(g, weight: y, mean: norm.mean, rstd: norm.rstd)
                let rms = x.rmsNorm(weight: y, epsilon: 1e-5)
                let rmsBack = x.rmsNormGradient(g, weight: y, rstd: rms.rstd)
                let tensors: [(String, Tensor<Float>)] = [
                    ("random normal", x), ("random uniform", long),
                    ("bernoulli", Tensor(randomBernoulli: [100_003], probability: 0.3, key: keys[5])),
                    (
                        "fused",
                        fused(x, y, x.transposed().reshaped([700, 500] as TensorShape)) { ($0 * $1).tanh() / $2 }
                    ),
                    ("chain", (x * y + 1).tanh() - x), ("strided", x.transposed() * 3 + x.transposed().exp()),
                    ("sum", x.sum()), ("long sum", long.sum()), ("rows", x.sum(axes: [1])),
                    ("columns", x.sum(axes: [0])), ("mean", long.mean()), ("variance", x.variance(axes: [0])),
                    ("maximum", x.maximum(axes: [0])), ("logSumExp", x.logSumExp(axes: [0])),
                    ("softmax", x.softmax()), ("softmax of columns", x.softmax(axis: 0)),
                    ("log softmax", x.logSoftmax()), ("softmax gradient", x.softmax().softmaxGradient(g)),
                    ("matmul", x • w), ("matmul transposed", w.transposed() • x.transposed()),
                    ("batches", x.reshaped([7, 100, 500] as TensorShape) • w), ("vector", x • y),
                    ("layerNorm", norm.output), ("layerNorm dx", back.input), ("layerNorm dw", back.weight),
                    ("layerNorm db", back.bias), ("rmsNorm", rms.output), ("rmsNorm dx", rmsBack.input),
                    ("rmsNorm dw", rmsBack.weight), ("cumulative", long.cumulativeSum(axis: 0)),
                    ("sorted", x.sorted(axis: 0).values), ("gelu", x.gelu()), ("filled", x * 0 + 2),
                    ("select", (x .> 0).select(x, g)), ("copied", x.transposed().contiguous()),
                ]
                return tensors.map { ($0, $1.array.map(\.bitPattern)) }
            }
            Parallelism.threadCount = 1
            let alone = results()
            for count in [2, 3, 8] {
                Parallelism.threadCount = count
                for ((name, expected), (_, found)) in zip(alone, results()) {
                    require(expected == found, "\(name) differs with \(count) threads")
                }
            }
            Parallelism.threadCount = 0
            require(Parallelism.threadCount == 1, "there is at least one thread")
        }
        expectNoReport(result)
    }

    @Test("tensors may be read and their copies changed from several tasks at once")
    func tasks() async {
        let shared = Tensor<Double>(count: 100_000) { Double($0) }
        let sums = await withTaskGroup(of: Double.self) { group in
            for number in 0..<6 {
                group.addTask {
                    var copy = shared
                    for _ in 0..<10 { copy += Double(number) }
                    return copy.sum().scalar + shared.sum().scalar
                }
            }
            var all: Set<Double> = []
            for await sum in group { all.insert(sum) }
            return all
        }
        let total = 4_999_950_000.0
        #expect(sums == Set((0..<6).map { 2 * total + Double($0) * 1_000_000 }))
        #expect(shared.sum().scalar == total)
    }
}

/// Reports a condition that does not hold on standard error, where the parent process looks for it: expectations do not
/// reach out of a child process.
func require(_ condition: Bool, _ message: @autoclosure () -> String) {
    if condition { return }
    var text = message() + "\n"
    text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
}

/// Requires that a child process had nothing to report.
func expectNoReport(_ result: ExitTest.Result?, _ location: SourceLocation = #_sourceLocation) {
    guard let result else { return }
    let text = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(text == "", sourceLocation: location)
}
