import Tensor
import Testing

@Suite("Running reductions")
struct CumulativeTests {
    @Test("a long running sum of floats keeps its digits")
    func longSum() {
        let sums = Tensor<Float>(repeating: 0.1, shape: [1_000_000]).cumulativeSum(axis: 0)
        #expect(abs(sums[-1].scalar - 100_000) < 0.01)
    }

    @Test("a running maximum reports the last position of ties, and NaN from where it comes")
    func positions() {
        let row = Tensor<Double>([2, 1, 2, .nan, 5, .nan])
        let (values, indices) = row.cumulativeMaximum(axis: 0)
        #expect(values.array.prefix(3) == [2, 2, 2])
        #expect(values.isNaN() == Tensor([false, false, false, true, true, true]))
        #expect(indices == Tensor([0, 0, 2, 3, 3, 5]))
        #expect(Tensor<Int32>([3, 1, 1]).cumulativeMinimum(axis: 0).indices == Tensor([0, 1, 2]))
    }

    @Test("running integers wrap around")
    func wraparound() {
        #expect(Tensor<UInt8>([200, 100]).cumulativeSum(axis: 0) == Tensor([200, 44]))
        #expect(Tensor<Int32>([.max, 2]).cumulativeProduct(axis: 0) == Tensor([.max, -2]))
    }

    @Test("log-sums of infinite terms are defined")
    func infiniteTerms() {
        let inf = Double.infinity
        #expect(Tensor<Double>([-inf, -inf, 0]).cumulativeLogSumExp(axis: 0) == Tensor([-inf, -inf, 0]))
        #expect(Tensor<Double>([0, inf, 1]).cumulativeLogSumExp(axis: 0) == Tensor([0, inf, inf]))
        #expect(Tensor<Double>([0, .nan, 1]).cumulativeLogSumExp(axis: 0).array[2].isNaN)
    }
}
