import Foundation
import Tensor
import Testing

/// A tensor in a file of reference values.
struct ReferenceTensor: Decodable, Sendable {
    let shape: [Int]
    let dtype: String
    let data: [ReferenceNumber]

    var values: Tensor<Double> { Tensor<Double>(data.map(\.value), shape: TensorShape(shape)) }

    func cast<Scalar: TensorScalar>(to type: Scalar.Type) -> Tensor<Scalar> { Tensor<Scalar>(values) }
}

/// A number, or the name of one that JSON cannot write.
struct ReferenceNumber: Decodable, Sendable {
    let value: Double

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            value = number
        } else {
            value = try Double(container.decode(String.self)) ?? .nan
        }
    }
}

/// An attribute of a case: whatever JSON holds.
indirect enum ReferenceAttribute: Decodable, Sendable {
    case number(Double)
    case flag(Bool)
    case text(String)
    case list([ReferenceAttribute])
    case map([String: ReferenceAttribute])
    case null

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let list = try? container.decode([ReferenceAttribute].self) {
            self = .list(list)
        } else {
            self = .map(try container.decode([String: ReferenceAttribute].self))
        }
    }

    var int: Int? { if case .number(let value) = self { Int(value) } else { nil } }
    var double: Double? { if case .number(let value) = self { value } else { nil } }
    var bool: Bool? { if case .flag(let value) = self { value } else { nil } }
    var string: String? { if case .text(let value) = self { value } else { nil } }
    var array: [ReferenceAttribute]? { if case .list(let value) = self { value } else { nil } }
}

/// One call with its results, computed by another library.
struct ReferenceCase: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let op: String
    let attrs: [String: ReferenceAttribute]
    let rtol: Double
    let atol: Double
    let inputs: [ReferenceTensor]
    let outputs: [ReferenceTensor]
    let cotangents: [ReferenceTensor]
    let gradients: [String: ReferenceTensor]

    var testDescription: String { name }

    func int(_ key: String) -> Int { attrs[key]!.int! }
    func ints(_ key: String) -> [Int] { attrs[key]!.array!.map { $0.int! } }
    func doubles(_ key: String) -> [Double] { attrs[key]!.array!.map { $0.double! } }
    func text(_ key: String) -> String { attrs[key]!.string! }
}

/// The files in Tests/Golden/core/indexing; `make_cases.py` there says where they come from.
enum ReferenceFile {
    static func load<Content: Decodable>(_ name: String, as type: Content.Type) -> Content {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        let file = folder.appendingPathComponent("Golden/core/indexing/\(name)")
        do {
            return try JSONDecoder().decode(type, from: Data(contentsOf: file))
        } catch {
            fatalError("cannot read the reference values in \(file.path): \(error)")
        }
    }
}

/// Whether two tensors agree in shape and, within a tolerance, in every element; NaN agrees with NaN.
func agrees<Scalar: TensorScalar>(
    _ result: Tensor<Scalar>, _ expected: ReferenceTensor, rtol: Double = 0, atol: Double = 0
) -> Bool {
    guard Array(result.shape) == expected.shape else { return false }
    return zip(Tensor<Double>(result).array, expected.data).allSatisfy { ours, theirs in
        let value = theirs.value
        if value.isNaN { return ours.isNaN }
        return ours == value || abs(ours - value) <= atol + rtol * abs(value)
    }
}
