import Autograd
import Tensor
import Testing

typealias V = Variable<Double>

/// A function whose derivatives are checked, and where.
struct GradientCase: Sendable, CustomTestStringConvertible {
    var name: String
    var inputs: [Input]
    var function: @Sendable ([V]) -> V

    struct Input: Sendable {
        var shape: TensorShape
        var lower: Double
        var upper: Double
    }

    var testDescription: String {
        name + " at " + inputs.map { "\($0.shape)" }.joined(separator: ", ")
    }

    init(_ name: String, _ inputs: [Input], _ function: @escaping @Sendable ([V]) -> V) {
        self.name = name
        self.inputs = inputs
        self.function = function
    }

    /// A function of one variable.
    init(_ name: String, _ input: Input, _ function: @escaping @Sendable (V) -> V) {
        self.init(name, [input]) { function($0[0]) }
    }

    /// A function of two variables.
    init(_ name: String, _ first: Input, _ second: Input, _ function: @escaping @Sendable (V, V) -> V) {
        self.init(name, [first, second]) { function($0[0], $0[1]) }
    }

    /// A function of three variables.
    init(
        _ name: String, _ first: Input, _ second: Input, _ third: Input, _ function: @escaping @Sendable (V, V, V) -> V
    ) {
        self.init(name, [first, second, third]) { function($0[0], $0[1], $0[2]) }
    }

    /// The same numbers every time, different for every case; no two of an input closer than half their mean distance.
    var values: [V] {
        var seed: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in testDescription.utf8 { seed = (seed ^ UInt64(byte)) &* 0x100_0000_01b3 }
        var generator = RandomGenerator(seed: seed)
        return inputs.map { input in
            let count = input.shape.elementCount
            let order = generator.permutation(count)
            let width = (input.upper - input.lower) / Double(max(count, 1))
            let numbers = order.map { place in
                let value = input.lower + width * (Double(place) + 0.25 + 0.5 * generator.uniform())
                // Many functions have a kink at 0.
                return abs(value) < 0.01 ? value + 0.02 : value
            }
            return V(Tensor(numbers, shape: input.shape))
        }
    }

    /// Checks first and second order; an error says what is wrong.
    func check() throws {
        try gradientCheck(function, at: values)
    }
}

/// An input of a shape, with values between -1.5 and 1.5.
func input(_ shape: TensorShape) -> GradientCase.Input { .init(shape: shape, lower: -1.5, upper: 1.5) }

/// An input of a shape, with values in a range.
func input(_ shape: TensorShape, _ range: ClosedRange<Double>) -> GradientCase.Input {
    .init(shape: shape, lower: range.lowerBound, upper: range.upperBound)
}
