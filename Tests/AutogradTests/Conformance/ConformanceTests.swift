import Autograd
import GoldenSupport
import Tensor
import Testing

/// Every case of every operation index, by name: values, and gradients where the case has them.
@Suite("Operations agree with the reference values")
struct ConformanceTests {
    @Test("every case in double precision", arguments: try cases())
    func inDouble(_ reference: OperationCase) throws {
        if reference.isNative, !reference.inputs.allSatisfy({ $0.dtype == .float64 }) { return }
        try check(reference, in: Double.self)
    }

    @Test("every case in single precision", arguments: try cases())
    func inSingle(_ reference: OperationCase) throws {
        if reference.isNative, !reference.inputs.allSatisfy({ $0.dtype == .float32 }) { return }
        if reference.operation == "cast" { return }
        try check(reference, in: Float.self)
    }

    @Test("every case of other element types", arguments: try cases())
    func inStoredTypes(_ reference: OperationCase) throws {
        let isOther =
            reference.isNative
            && !reference.inputs.allSatisfy { $0.dtype == reference.inputs[0].dtype && $0.dtype.isFloatingPoint }
        guard isOther || reference.operation == "cast" else { return }
        let operation = try #require(storedTypeOperations[reference.operation], "no operation \(reference.operation)")
        let results = try operation(reference)
        #expect(results.count == reference.outputs.count)
        for (result, expected) in zip(results, reference.outputs) {
            #expect(result.dtype == expected.dtype, "\(reference.name)")
            let mismatch = Golden.mismatch(actual: result, expected: expected, rtol: 0, atol: 0)
            #expect(mismatch == nil, "\(reference.name)")
        }
    }

    private func check<Scalar: FloatingTensorScalar>(_ reference: OperationCase, in type: Scalar.Type) throws {
        let operation = try #require(
            OperationTable<Scalar>.all[reference.operation], "no operation \(reference.operation)")
        let wanted = reference.gradients.keys.sorted()
        var results: [OperationResult<Scalar>] = []
        let points = wanted.map { Variable(reference.inputs[$0].cast(to: Scalar.self)) }
        let (_, gradients) = try valueAndGradient(at: points) { variables in
            let arguments = OperationArguments(
                name: reference.name, inputs: reference.inputs,
                variables: Dictionary(uniqueKeysWithValues: zip(wanted, variables)), attributes: reference.attributes)
            results = try operation(arguments)
            var total = Variable<Scalar>(0)
            for (index, result) in results.enumerated() {
                guard case .variable(let value) = result, let cotangent = reference.cotangents[index] else { continue }
                total = total + (value * Variable(cotangent.cast(to: Scalar.self))).sum()
            }
            return total
        }
        #expect(results.count == reference.outputs.count, "\(reference.name)")
        // At infinity torch's kernels of x · Φ(x) and its kin give NaN, and inf near the largest number, where the limit is
        // max(x, 0); both are accepted.
        let gates: Set<String> = ["silu", "gelu_tanh", "gelu", "quick_gelu"]
        for (index, expected) in reference.outputs.enumerated() where index < results.count {
            var actual = results[index].tensor
            if gates.contains(reference.operation) {
                actual = acceptingLimits(of: expected, at: reference.inputs[0], in: actual)
            }
            let mismatch = Golden.mismatch(
                actual: actual, expected: expected, rtol: reference.rtol, atol: reference.atol)
            #expect(mismatch == nil, "\(reference.name), output \(index), \(Scalar.self)")
        }
        for (index, gradient) in zip(wanted, gradients) {
            let mismatch = Golden.mismatch(
                actual: AnyTensor(gradient.value), expected: reference.gradients[index]!, rtol: reference.rtol,
                atol: reference.atol)
            #expect(mismatch == nil, "\(reference.name), gradient \(index), \(Scalar.self)")
        }
    }

    /// The actual values, with the expected one where the input is huge and the actual value is the limit.
    private func acceptingLimits(of expected: AnyTensor, at input: AnyTensor, in actual: AnyTensor) -> AnyTensor {
        let x = input.cast(to: Double.self).array
        let y = expected.cast(to: Double.self).array
        var z = actual.cast(to: Double.self).array
        for index in z.indices where abs(x[index]) > 1e38 && z[index] == max(x[index], 0) { z[index] = y[index] }
        return AnyTensor(Tensor(z, shape: actual.shape))
    }

    static func cases() throws -> [OperationCase] {
        try Golden.folders(topic: "core/ops").flatMap { folder in
            let entries = try folder.index("ops.index.json")["cases"]?.arrayValue ?? []
            let values = try folder.tensors("ops.safetensors")
            guard !entries.isEmpty else { throw GoldenError("\(folder): the index has no cases") }
            return try entries.map { try OperationCase($0, values) }
        }
    }
}

extension OperationCase: CustomTestStringConvertible {
    var testDescription: String { name }
}
