import NN
import Tensor
import Testing

@Suite("Initialisers")
struct InitializerTests {
    /// An initialiser with the deviation and the largest magnitude that are expected for a weight `[60, 20, 5]`.
    struct Expectation: Sendable {
        var initializer: Initializer
        var deviation: Double
        var bound: Double
    }

    /// Of a uniform distribution the deviation is bound / √3.
    private static func uniform(_ initializer: Initializer, _ bound: Double) -> Expectation {
        Expectation(initializer: initializer, deviation: bound / 3.0.squareRoot(), bound: bound)
    }

    static let expectations: [Expectation] = [
        uniform(.standard, 0.1),
        uniform(.uniform(bound: 0.5), 0.5),
        uniform(.kaimingUniform(gain: 2), 2 * 0.03.squareRoot()),
        uniform(.xavierUniform(gain: 2), 2 * 0.015.squareRoot()),
        Expectation(initializer: .normal(standardDeviation: 3), deviation: 3, bound: .infinity),
        Expectation(initializer: .kaimingNormal(gain: 2), deviation: 0.2, bound: .infinity),
        Expectation(initializer: .xavierNormal(gain: 2), deviation: 2 * 0.005.squareRoot(), bound: .infinity),
        // The deviation of a standard normal number cut off at ±2.
        Expectation(initializer: .truncatedNormal(standardDeviation: 1), deviation: 0.879626, bound: 2),
    ]

    @Test("drawn weights have the documented range and deviation", arguments: expectations)
    func distribution(_ expectation: Expectation) {
        let weights: Tensor<Double> = expectation.initializer([60, 20, 5], key: RandomKey(seed: 9))
        let elements = weights.array
        let square = elements.reduce(0) { $0 + $1 * $1 } / Double(elements.count)
        #expect(abs(square.squareRoot() / expectation.deviation - 1) < 0.04)
        #expect(elements.allSatisfy { abs($0) <= expectation.bound })
        if expectation.bound.isFinite { #expect(elements.contains { abs($0) > 0.98 * expectation.bound }) }
        // Four deviations of the mean of 6000 numbers.
        #expect(abs(elements.reduce(0, +) / 6000) < 4 * expectation.deviation / 6000.0.squareRoot())
    }

    @Test("constants fill the weight")
    func constants() {
        let key = RandomKey(seed: 1)
        #expect(Initializer.zeros([3], as: Double.self, key: key).array == [0, 0, 0])
        #expect(Initializer.ones([2], as: Double.self, key: key).array == [1, 1])
        #expect(Initializer.constant(2.5)([2], as: Double.self, key: key).array == [2.5, 2.5])
    }

    @Test(
        "orthogonal weights have orthogonal rows or columns of the gain's length", arguments: [(4, 7), (7, 4), (5, 5)])
    func orthogonality(rowCount: Int, columnCount: Int) {
        let weight: Tensor<Double> = Initializer.orthogonal(gain: 2)(
            [rowCount, columnCount], key: RandomKey(seed: 2))
        let elements = weight.array
        let isWide = rowCount < columnCount
        let (vectors, length) = isWide ? (rowCount, columnCount) : (columnCount, rowCount)
        func element(_ vector: Int, _ i: Int) -> Double {
            isWide ? elements[vector * columnCount + i] : elements[i * columnCount + vector]
        }
        for first in 0..<vectors {
            for second in 0..<vectors {
                var product = 0.0
                for i in 0..<length { product += element(first, i) * element(second, i) }
                #expect(abs(product - (first == second ? 4 : 0)) < 1e-12)
            }
        }
    }
}
