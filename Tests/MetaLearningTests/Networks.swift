import Autograd
import GoldenSupport
import MetaLearning
import NN
import Tensor

/// A perceptron with weights `[in, out]`, as in the reference values.
struct GoldenNet: Layer {
    typealias Scalar = Double
    var names: [String]
    var values: [Variable<Double>]
    var activation: Activation<Double>

    func callAsFunction(_ x: Variable<Double>) -> Variable<Double> {
        var value = x
        for layer in stride(from: 0, to: values.count, by: 2) {
            value = value.matmul(values[layer]) + values[layer + 1]
            if layer + 2 < values.count || isEmbedding { value = activation(value) }
        }
        return value
    }

    /// Whether the activation follows the last layer too.
    var isEmbedding = false

    mutating func visitParameters(_ visitor: inout some ParameterVisitor<Double>) {
        for index in names.indices { visitor.visit(names[index], &values[index]) }
    }
}

/// The numbers of nested lists, row-major, with the lists' shape.
func tensor(_ json: JSON?) throws -> Tensor<Double> {
    func read(_ json: JSON) throws -> (numbers: [Double], shape: [Int]) {
        if let number = json.doubleValue { return ([number], []) }
        guard let parts = try json.arrayValue?.map(read) else { throw GoldenError("\(json) is no list of numbers") }
        return (parts.flatMap(\.numbers), [parts.count] + (parts.first?.shape ?? []))
    }
    guard let json else { throw GoldenError("a list of numbers is missing") }
    let (numbers, shape) = try read(json)
    return Tensor(numbers, shape: TensorShape(shape))
}

/// The largest difference of two lists over the largest expected number or 1; infinite for different counts or NaN.
func difference(_ actual: [Double], _ expected: [Double]) -> Double {
    guard actual.count == expected.count, !actual.isEmpty else { return .infinity }
    let scale = expected.reduce(1) { max($0, abs($1)) }
    return zip(actual, expected).reduce(0) { largest, pair in
        let distance = abs(pair.0 - pair.1) / scale
        return distance.isNaN ? .infinity : max(largest, distance)
    }
}

/// The numbers of all parameters in visiting order.
func numbers(_ model: some Parameterized<Double>) -> [Double] { model.parameters.flatMap(\.value.array) }
