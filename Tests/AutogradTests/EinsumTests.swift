import Autograd
import Tensor
import Testing

@Suite("Derivatives of Einstein sums")
struct EinsumTests {
    static let cases: [(equation: String, shapes: [TensorShape])] = [
        ("ij,jk->ik", [[2, 3], [3, 4]]),
        ("bhid,bhjd->bhij", [[2, 1, 3, 2], [2, 1, 2, 2]]),
        ("ii", [[3, 3]]),
        ("ii->i", [[3, 3]]),
        ("iij->j", [[2, 2, 3]]),
        ("iii->i", [[2, 2, 2]]),
        ("ij->", [[2, 3]]),
        ("ij->ji", [[2, 3]]),
        ("i,j->ij", [[2], [3]]),
        // A label that only one operand has and the output leaves out.
        ("ij,k->i", [[2, 3], [2]]),
        ("bij,bjk,bkl->bil", [[2, 2, 3], [2, 3, 2], [2, 2, 2]]),
        ("...d,de->...e", [[2, 3, 2], [2, 3]]),
        // Axes behind an ellipsis stretch.
        ("...i,...i->...", [[3, 1, 2], [2, 2]]),
        ("...i,...j->ij", [[1, 2], [3, 2]]),
        ("bn,anm,bm->ba", [[2, 2], [3, 2, 2], [2, 2]]),
        ("ij,ij->", [[2, 2], [2, 2]]),
        ("i,i,i->i", [[3], [3], [3]]),
        (",i->i", [[], [2]]),
        ("ij,jk->ik", [[1, 1], [1, 1]]),
        ("ij,jk->ik", [[2, 0], [0, 2]]),
        ("ii,jj->ij", [[2, 2], [3, 3]]),
    ]

    @Test("every operand of every kind of equation", arguments: cases.indices)
    func derivatives(index: Int) throws {
        let (equation, shapes) = Self.cases[index]
        try DerivativeCheck(shapes: shapes) { operands in
            let read = try EinsumEquation(equation, ranks: shapes.map(\.rank))
            return try Variable.einsum(read, operands)
        }.run()
        let operands = shapes.enumerated().map { normal($1, seed: UInt64($0)) }
        let read = try EinsumEquation(equation, ranks: shapes.map(\.rank))
        let expected = try Tensor.einsum(read, operands)
        let (value, _) = try vjp({ try Variable.einsum(read, $0) }, at: operands.map { Variable($0) })
        #expect(value.shape == expected.shape)
        #expect(Swift.zip(value.value.array, expected.array).allSatisfy { abs($0 - $1) < 1e-13 })
    }

    @Test("one operand twice")
    func square() throws {
        try DerivativeCheck(shapes: [[3, 3]]) { Variable.einsum("ij,jk->ik", $0[0], $0[0]) }.run()
    }
}
