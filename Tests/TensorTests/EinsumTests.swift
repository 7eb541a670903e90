import Tensor
import Testing

@Suite("Einstein sums")
struct EinsumTests {
    /// The definition: loops over every label.
    static func byLoops(_ equation: EinsumEquation, _ operands: [Tensor<Double>], _ extents: [Int: Int]) -> [Double] {
        let labels = Array(Set(equation.inputs.joined())).sorted()
        let strides = operands.map { operand in
            (0..<operand.rank).map { axis in operand.shape[(axis + 1)...].reduce(1, *) }
        }
        let values = operands.map(\.array)
        let outputShape = equation.output.map { extents[$0]! }
        var result = Array(repeating: 0.0, count: outputShape.reduce(1, *))
        var position: [Int: Int] = [:]
        func visit(_ depth: Int) {
            guard depth < labels.count else {
                var product = 1.0
                for (index, term) in equation.inputs.enumerated() {
                    var offset = 0
                    for (axis, label) in term.enumerated() where operands[index].shape[axis] > 1 {
                        offset += position[label]! * strides[index][axis]
                    }
                    product *= values[index][offset]
                }
                var offset = 0
                for (axis, label) in equation.output.enumerated() {
                    offset = offset * outputShape[axis] + position[label]!
                }
                result[offset] += product
                return
            }
            for value in 0..<extents[labels[depth]]! {
                position[labels[depth]] = value
                visit(depth + 1)
            }
        }
        visit(0)
        return result
    }

    @Test("random equations agree with loops over all labels", arguments: 0..<150)
    func randomEquations(_ seed: Int) throws {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var extents: [Int: Int] = [:]
        for label in 97..<102 { extents[label] = [1, 2, 3, 4, 2][next(5)] }
        if next(12) == 0 { extents[97 + next(5)] = 0 }
        let inputs = (0..<1 + next(3)).map { _ in (0..<next(4)).map { _ in 97 + next(5) } }
        var output: [Int] = []
        for label in Set(inputs.joined()).sorted() where next(2) == 0 {
            output.insert(label, at: next(output.count + 1))
        }
        let equation = try EinsumEquation(inputs: inputs, output: output)
        let operands = inputs.map { term in
            let shape = TensorShape(term.map { extents[$0]! })
            return Tensor<Double>(count: shape.elementCount) { _ in Double(next(9) - 4) }.reshaped(shape)
        }
        let result = try Tensor.einsum(equation, operands)
        #expect(Array(result.shape) == output.map { extents[$0]! })
        #expect(result.array == Self.byLoops(equation, operands, extents))
    }

    @Test("an equation is read into labels")
    func reading() throws {
        let equation = try EinsumEquation("b...i, ij", ranks: [4, 2])
        #expect(equation.inputs == [[98, -2, -1, 105], [105, 106]])
        #expect(equation.output == [-2, -1, 98, 106])
    }

    static let unreadable: [(String, [Int])] = [
        ("ij", [3]), ("ij,jk", [2]), ("i-j", [1]), ("i->k", [1]), ("i->ii", [1]), ("i1", [2]), ("..i", [2]),
        ("...i...", [1]),
        ("...ijk", [2]), ("ij->i>", [2]), ("-", [0]),
    ]

    @Test("what is no equation is refused in words", arguments: unreadable)
    func refusals(_ text: String, _ ranks: [Int]) {
        #expect(throws: ShapeError.self) { _ = try EinsumEquation(text, ranks: ranks) }
    }

    @Test("a label stands for one extent")
    func extents() {
        let a = Tensor<Float>(ones: [2, 3])
        #expect(throws: ShapeError.self) {
            _ = try Tensor.einsum(EinsumEquation("ij,jk", ranks: [2, 2]), [a, a])
        }
        #expect(throws: ShapeError.self) {
            _ = try Tensor.einsum(EinsumEquation("ij,j", ranks: [2, 1]), [a, Tensor<Float>(ones: [1])])
        }
        #expect(throws: ShapeError.self) {
            _ = try Tensor.einsum(EinsumEquation("ii", ranks: [2]), [a])
        }
    }
}
