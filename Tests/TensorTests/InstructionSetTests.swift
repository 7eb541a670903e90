import Glibc
import Tensor
import Testing

@Test("the instruction set that the environment asks for is in use")
func instructionSet() {
    guard let wanted = getenv("MARTLET_ISA").map({ String(cString: $0) }) else {
        #expect(["avx512", "avx2", "scalar"].contains(InstructionSet.current))
        return
    }
    // A processor without it runs the next narrower one, and says so when the program starts.
    let narrower = ["avx512": ["avx512", "avx2", "scalar"], "avx2": ["avx2", "scalar"], "scalar": ["scalar"]]
    #expect(narrower[wanted]?.contains(InstructionSet.current) == true, "MARTLET_ISA=\(wanted)")
}

@Test("bytes are divided with remainder by every divisor")
func byteRemainders() {
    let a = Tensor<UInt8>([10, 255, 254, 0, 7])
    let b = Tensor<UInt8>([255, 255, 255, 255, 3])
    #expect(a.remainder(dividingBy: b).array == [10, 0, 254, 0, 1])
    #expect(a.truncatingRemainder(dividingBy: b).array == [10, 0, 254, 0, 1])
    #expect(a.floorDivided(by: b).array == [0, 1, 0, 0, 2])
}

@Test("integers are limited to bounds that Double cannot hold")
func integerLimits() {
    let x = Tensor<Int64>([.min, -1, 5, .max])
    #expect(x.clamped(to: 0...Int64.max).array == [0, 0, 5, .max])
    #expect(x.clamped(to: Int64.min...(1 << 60 + 1)).array == [.min, -1, 5, 1 << 60 + 1])
}

@Test("log-softmax and cross-entropy keep their digits for large logits")
func largeLogits() {
    let x = Tensor<Float>([[10_000, 9_999, 9_998]])
    let expected: [Double] = [-0.40760596444438, -1.40760596444438, -2.40760596444438]
    for (a, b) in zip(x.logSoftmax().array, expected) { #expect(abs(Double(a) - b) < 1e-6) }
    let (losses, gradient) = x.crossEntropyRows(targets: Tensor([1]), ignoring: -100, smoothing: 0, gradientScale: 1)
    #expect(abs(Double(losses.array[0]) - 1.40760596444438) < 1e-6)
    #expect(abs(Double(gradient!.sum().scalar)) < 1e-6)
}
