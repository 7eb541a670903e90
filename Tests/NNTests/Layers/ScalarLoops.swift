import Autograd
import Glibc
import Tensor

/// A matrix as rows of plain numbers, for expected values computed without tensor operations.
typealias Rows = [[Double]]

/// The rows of a matrix.
func rows(_ variable: Variable<Double>) -> Rows {
    let width = variable.shape[1]
    let elements = variable.value.array
    return (0..<variable.shape[0]).map { Array(elements[$0 * width..<($0 + 1) * width]) }
}

/// W x + b, by loops.
func affine(_ weight: Rows, _ bias: [Double], _ x: [Double]) -> [Double] {
    var result = bias
    for row in weight.indices {
        for column in x.indices { result[row] += weight[row][column] * x[column] }
    }
    return result
}

/// 1 / (1 + e⁻ˣ).
func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

/// The largest difference between two lists; infinite if they differ in length or a difference is not a number.
func distance(_ first: [Double], _ second: [Double]) -> Double {
    guard first.count == second.count else { return .infinity }
    var largest = 0.0
    for (a, b) in zip(first, second) {
        let difference = abs(a - b)
        if difference.isNaN { return .infinity }
        largest = max(largest, difference)
    }
    return largest
}

/// Normally distributed numbers as a constant.
func normal(_ shape: TensorShape, seed: UInt64) -> Variable<Double> {
    Variable(Tensor(randomNormal: shape, key: RandomKey(seed: seed)))
}
