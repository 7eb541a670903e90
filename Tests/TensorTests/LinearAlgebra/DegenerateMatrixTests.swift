import Tensor
import Testing

@Suite("Matrices that have no answer")
struct DegenerateMatrixTests {
    let singular = Tensor<Double>([[1, 2, 3], [2, 4, 6], [1, 0, 1]])
    let indefinite = Tensor<Double>([[4, 1, 0], [1, -2, 0], [0, 0, 3]])

    @Test("a singular matrix throws, names the pivot, and has determinant 0")
    func singularMatrix() throws {
        #expect(throws: LinearAlgebraError.singular(pivot: 2)) {
            try Tensor<Double>([[1, 0], [0, 0]]).inverse()
        }
        #expect(throws: LinearAlgebraError.singular(pivot: 1)) {
            try Tensor<Double>([[0, 0], [0, 1]]).solve(Tensor([1, 1]))
        }
        #expect(throws: LinearAlgebraError.self) { try singular.inverse() }
        #expect(singular.determinant().scalar == 0)
        let logs = singular.logAbsDeterminant()
        #expect(logs.sign.scalar == 0 && logs.logMagnitude.scalar == -.infinity)
        #expect(try singular.matrixRank().scalar == 2)
        #expect(try singular.conditionNumber().scalar > 1e15)
        #expect(try Tensor<Double>(zeros: [2, 2]).conditionNumber().scalar == .infinity)
        #expect(throws: LinearAlgebraError.self) { try singular.matrixPower(-1) }
    }

    @Test("one singular matrix fails its whole batch")
    func batch() {
        let matrices = Tensor<Double>([[[1, 0], [0, 1]], [[1, 1], [1, 1]]])
        #expect(throws: LinearAlgebraError.singular(pivot: 2)) { try matrices.inverse() }
        #expect(matrices.determinant().array == [1, 0])
    }

    @Test("a matrix that is not positive definite throws the order of its minor")
    func indefiniteMatrix() {
        #expect(throws: LinearAlgebraError.notPositiveDefinite(order: 2)) { try indefinite.cholesky() }
        #expect(throws: LinearAlgebraError.notPositiveDefinite(order: 2)) { try indefinite.cholesky(upper: true) }
        #expect(throws: LinearAlgebraError.notPositiveDefinite(order: 1)) {
            try Tensor<Float>(zeros: [2, 2]).cholesky()
        }
    }

    @Test("a zero on the diagonal of a triangle throws, unless the diagonal counts as ones")
    func triangle() throws {
        let a = Tensor<Double>([[1, 0], [5, 0]])
        #expect(throws: LinearAlgebraError.singular(pivot: 2)) {
            try a.triangularSolve(Tensor([1, 2]), upper: false)
        }
        #expect(try a.triangularSolve(Tensor([1, 2]), upper: false, unitriangular: true).array == [1, -3])
        #expect(throws: LinearAlgebraError.singular(pivot: 2)) { try a.choleskySolve(Tensor([1, 2])) }
    }

    @Test("NaN and infinity throw instead of hanging or spreading", arguments: [Double.nan, .infinity, -.infinity])
    func nonFinite(bad: Double) {
        let a = Tensor<Double>([[1, 2], [bad, 4]])
        let b = Tensor<Double>([1, 2])
        let operations: [(String, () throws -> Void)] = [
            ("inverse", { _ = try a.inverse() }), ("solve", { _ = try a.solve(b) }),
            ("cholesky", { _ = try a.cholesky() }), ("qr", { _ = try a.qr() }), ("eigh", { _ = try a.eigh() }),
            ("eigvalsh", { _ = try a.eigvalsh() }), ("eig", { _ = try a.eig() }), ("svd", { _ = try a.svd() }),
            ("svdvals", { _ = try a.svdvals() }), ("lstsq", { _ = try a.lstsq(b) }), ("pinv", { _ = try a.pinv() }),
            ("matrixExp", { _ = try a.matrixExp() }), ("matrixRank", { _ = try a.matrixRank() }),
            ("spectral norm", { _ = try a.matrixNorm(.spectral) }),
            ("right-hand side", { _ = try Tensor<Double>([[1, 0], [0, 1]]).solve(Tensor([1, bad])) }),
        ]
        for (name, operation) in operations {
            #expect(throws: LinearAlgebraError.nonFinite, "\(name)") { try operation() }
        }
        #expect(!a.determinant().scalar.isFinite)
    }

    @Test("numbers near the largest and the smallest count as finite and as nonzero")
    func huge() throws {
        for magnitude: Float in [.greatestFiniteMagnitude / 4, .leastNormalMagnitude * 1e6] {
            let a = Tensor<Float>(repeating: magnitude, shape: [2, 2])
            #expect(try a.matrixRank().scalar == 1)
        }
        let exponential = try Tensor<Float>(repeating: -.greatestFiniteMagnitude, shape: [1, 1]).matrixExp()
        #expect(exponential.scalar == 0)
    }

    @Test("empty matrices: determinant 1, norms 0, rank 0, solutions without rows")
    func empty() throws {
        let none = Tensor<Float>(zeros: [0, 0])
        #expect(none.determinant().scalar == 1)
        #expect(none.logAbsDeterminant().logMagnitude.scalar == 0)
        #expect(try none.matrixRank().scalar == 0)
        #expect(try none.matrixNorm(.nuclear).scalar == 0)
        #expect(try none.matrixExp().shape == [0, 0])
        #expect(try none.conditionNumber().scalar == 0)
        #expect(try none.solve(Tensor(zeros: [0, 3])).shape == [0, 3])
        #expect(try Tensor<Float>(zeros: [0, 3]).lstsq(Tensor(zeros: [0, 2])).solution.array == [0, 0, 0, 0, 0, 0])
        #expect(try Tensor<Float>(zeros: [3, 0]).pinv().shape == [0, 3])
        #expect(Tensor<Float>(zeros: [2, 0, 3, 3]).determinant().shape == [2, 0])
    }

    @Test("covariance of one observation is NaN, of a constant 0, and its correlation NaN")
    func covariance() {
        let lonely = Tensor<Double>([[1], [2]]).covariance().array
        #expect(lonely.filter(\.isNaN).count == 4)
        let constant = Tensor<Double>([[1, 1, 1], [1, 2, 3]])
        #expect(constant.covariance().array == [0, 0, 0, 1])
        let correlation = constant.correlation().array
        #expect(correlation[0].isNaN && correlation[1].isNaN && correlation[3] == 1)
    }

    @Test("wrong shapes stop the program with both shapes in the message")
    func shapes() async {
        await #expect(processExitsWith: .failure) { _ = try Tensor<Float>(zeros: [2, 3]).inverse() }
        await #expect(processExitsWith: .failure) {
            _ = try Tensor<Float>(ones: [2, 2]).solve(Tensor(zeros: [3, 1]))
        }
    }
}
