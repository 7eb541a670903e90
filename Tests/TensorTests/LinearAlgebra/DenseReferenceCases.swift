import Foundation
import Tensor
import Testing

/// A computation by an independent library, read from a JSON file in `Tests/Golden`.
struct DenseReferenceCase: Decodable, Sendable, CustomTestStringConvertible {
    struct Array: Decodable, Sendable {
        let shape: [Int]
        let values: [Double]

        func tensor<Scalar: FloatingTensorScalar>(_ type: Scalar.Type = Scalar.self) -> Tensor<Scalar> {
            Tensor(values.map { Scalar($0) }, shape: TensorShape(shape))
        }
    }

    enum Attribute: Decodable, Sendable {
        case bool(Bool), number(Double), text(String), list([Int])

        init(from decoder: Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(Bool.self) {
                self = .bool(value)
            } else if let value = try? container.decode(Double.self) {
                self = .number(value)
            } else if let value = try? container.decode([Int].self) {
                self = .list(value)
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }

    let name: String
    let op: String
    let attrs: [String: Attribute]
    let rtol: Double?
    let atol: Double?
    let inputs: [Array]
    let outputs: [Array]
    let cotangents: [Array]?
    let gradients: [String: Array]?

    var testDescription: String { name }

    func integer(_ name: String) -> Int? {
        if case .number(let value)? = attrs[name] { return Int(value) }
        return nil
    }

    func flag(_ name: String) -> Bool? {
        if case .bool(let value)? = attrs[name] { return value }
        return nil
    }

    func text(_ name: String) -> String? {
        if case .text(let value)? = attrs[name] { return value }
        return nil
    }

    func list(_ name: String) -> [Int]? {
        if case .list(let value)? = attrs[name] { return value }
        return nil
    }

    /// The cases of a file, at `path` below `Tests/Golden`. Crashes if it is missing, so that no test passes without.
    static func load(_ path: String) -> [DenseReferenceCase] {
        struct File: Decodable { let cases: [DenseReferenceCase] }
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        do {
            let data = try Data(contentsOf: root.appendingPathComponent("Golden/\(path)"))
            return try JSONDecoder().decode(File.self, from: data).cases
        } catch { fatalError("cannot read the reference cases \(path): \(error)") }
    }
}

/// Records an issue unless two tensors have one shape and `|actual - expected| <= atol + rtol |expected|` everywhere.
func expectClose<Scalar: FloatingTensorScalar>(
    _ actual: Tensor<Scalar>, _ expected: Tensor<Scalar>, rtol: Double = 1e-10, atol: Double = 1e-12,
    _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    guard actual.shape == expected.shape else {
        Issue.record("\(what): shape \(actual.shape), not \(expected.shape)", sourceLocation: sourceLocation)
        return
    }
    var worst = 0.0
    var at = -1
    for (index, (a, e)) in zip(actual.array, expected.array).enumerated() {
        let (x, y) = (a.doubleValue, e.doubleValue)
        if x == y || x.isNaN && y.isNaN { continue }
        let ratio = abs(x - y) / (atol + rtol * abs(y))
        if !(ratio <= worst) {
            worst = ratio.isNaN ? .infinity : ratio
            at = index
        }
    }
    if worst > 1 {
        Issue.record(
            "\(what): element \(at) is \(actual.array[at]), not \(expected.array[at]): \(worst) times the tolerance",
            sourceLocation: sourceLocation)
    }
}

/// Reproducible numbers between -1 and 1 that follow no pattern.
func noise<Scalar: FloatingTensorScalar>(_ shape: TensorShape, seed: UInt64, _ type: Scalar.Type = Scalar.self)
    -> Tensor<Scalar>
{
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    let values = (0..<shape.elementCount).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Scalar(Double(state >> 33) / Double(1 << 30) - 1)
    }
    return Tensor(values, shape: shape)
}

extension Tensor where Scalar: FloatingTensorScalar {
    /// The sum of products with another tensor of the same shape, in double precision.
    func inner(_ other: Tensor) -> Double {
        zip(array, other.array).reduce(0) { $0 + $1.0.doubleValue * $1.1.doubleValue }
    }
}
