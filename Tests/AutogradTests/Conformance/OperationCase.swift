import Autograd
import GoldenSupport
import Tensor

/// One reference case: an operation by name, its inputs, and what they must give.
struct OperationCase: Sendable {
    let name: String
    let operation: String
    let attributes: JSON
    let (rtol, atol): (Double, Double)
    let isNative: Bool
    let inputs: [AnyTensor]
    let outputs: [AnyTensor]
    let cotangents: [Int: AnyTensor]
    let gradients: [Int: AnyTensor]

    init(_ entry: JSON, _ values: SafetensorsFile) throws {
        guard let name = entry["name"]?.stringValue, let operation = entry["op"]?.stringValue,
            let rtol = entry["rtol"]?.doubleValue, let atol = entry["atol"]?.doubleValue
        else { throw GoldenError("an entry of the index lacks name, op, rtol or atol: \(entry)") }
        self.name = name
        self.operation = operation
        attributes = entry["attrs"] ?? [:]
        (self.rtol, self.atol) = (rtol, atol)
        isNative = entry["native"]?.boolValue ?? false
        inputs = try (entry["inputs"]?.arrayValue ?? []).indices.map { try values.golden("\(name)/in\($0)") }
        let outputEntries = entry["outputs"]?.arrayValue ?? []
        outputs = try outputEntries.indices.map { try values.golden("\(name)/out\($0)") }
        var cotangents: [Int: AnyTensor] = [:]
        for (index, output) in outputEntries.enumerated() where output["cot"]?.boolValue == true {
            cotangents[index] = try values.golden("\(name)/cot\(index)")
        }
        self.cotangents = cotangents
        var gradients: [Int: AnyTensor] = [:]
        for index in (entry["grads"]?.arrayValue ?? []).compactMap(\.intValue) {
            gradients[index] = try values.golden("\(name)/grad\(index)")
        }
        self.gradients = gradients
    }
}

/// What an operation of the table gives: something with a gradient, or not.
enum OperationResult<Scalar: FloatingTensorScalar> {
    case variable(Variable<Scalar>)
    case constant(AnyTensor)

    init(_ variable: Variable<Scalar>) { self = .variable(variable) }
    init<Other: TensorScalar>(_ tensor: Tensor<Other>) { self = .constant(AnyTensor(tensor)) }

    var tensor: AnyTensor {
        switch self {
        case .variable(let variable): AnyTensor(variable.value)
        case .constant(let tensor): tensor
        }
    }
}

/// The inputs and attributes of a case, as an operation of the table reads them.
struct OperationArguments<Scalar: FloatingTensorScalar> {
    let name: String
    let inputs: [AnyTensor]
    let variables: [Int: Variable<Scalar>]
    let attributes: JSON

    /// A differentiable input.
    func callAsFunction(_ index: Int) -> Variable<Scalar> {
        variables[index] ?? Variable(inputs[index].cast(to: Scalar.self))
    }

    var count: Int { inputs.count }
    var all: [Variable<Scalar>] { inputs.indices.map { self($0) } }
    func ids(_ index: Int) -> Tensor<Int64> { inputs[index].cast(to: Int64.self) }
    func mask(_ index: Int) -> Tensor<Bool> { inputs[index].cast(to: Bool.self) }
    func int(_ key: String) -> Int? { attributes[key]?.intValue }
    func double(_ key: String) -> Double? { attributes[key]?.doubleValue }
    func scalar(_ key: String) -> Scalar? { double(key).map { Scalar($0) } }
    func flag(_ key: String) -> Bool { attributes[key]?.boolValue ?? false }
    func string(_ key: String) -> String? { attributes[key]?.stringValue }
    func ints(_ key: String) -> [Int]? { attributes[key]?.arrayValue?.compactMap(\.intValue) }

    /// The attribute `dim` as a list of axes, or nil for all.
    var axes: [Int]? { ints("dim") ?? int("dim").map { [$0] } }
    var axis: Int { axes?.first ?? 0 }
    var keepsDimensions: Bool { flag("keepdim") }
}
