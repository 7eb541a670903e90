import Autograd
import Tensor
import Testing

@Suite("Derivatives of linear algebra")
struct LinearAlgebraTests {
    /// Far from singular.
    static func regular(_ shape: TensorShape, seed: UInt64) -> Tensor<Double> {
        normal(shape, seed: seed) + Tensor<Double>.eye(shape[-1]) * 3
    }

    @Test("the inverse", arguments: [[3, 3], [1, 1], [2, 3, 3], [0, 0]])
    func inverse(shape: [Int]) throws {
        try DerivativeCheck([Self.regular(TensorShape(shape), seed: 1)]) { try $0[0].inverse() }.run()
    }

    @Test(
        "the solution of linear equations: vectors, batches of vectors, matrices, broadcast batches",
        arguments: [
            ([3, 3], [3]), ([3, 3], [3, 2]), ([2, 3, 3], [2, 3]), ([2, 3, 3], [2, 3, 2]), ([2, 3, 3], [3, 2]),
            ([3, 3], [2, 3, 1]), ([1, 1], [1]),
        ])
    func solve(shapes: (matrix: [Int], rightHandSide: [Int])) throws {
        let a = Self.regular(TensorShape(shapes.matrix), seed: 2)
        let b = normal(TensorShape(shapes.rightHandSide), seed: 3)
        try DerivativeCheck([a, b]) { try $0[0].solve($0[1]) }.run()
    }

    @Test("a singular system throws")
    func singular() {
        let zeros = Variable(Tensor<Double>(zeros: [2, 2]))
        #expect(throws: LinearAlgebraError.singular(pivot: 1)) { try zeros.inverse() }
        #expect(throws: LinearAlgebraError.singular(pivot: 1)) { try zeros.solve(zeros) }
    }

    @Test("a gradient that is not finite gives NaN instead of ending the process")
    func nonFiniteGradient() throws {
        let a = Variable(Self.regular([2, 2], seed: 4))
        let solved = try gradient(at: a) { try $0.solve($0).sum() * .infinity * 0 }
        #expect(solved.value.array.allSatisfy { $0.isNaN })
        let exponential = try gradient(at: a) { try $0.matrixExp().sum() * .infinity * 0 }
        #expect(exponential.value.array.allSatisfy { $0.isNaN })
    }

    @Test("triangular solutions in all forms, with gradients in the triangle only", arguments: [false, true])
    func triangularSolve(upper: Bool) throws {
        for transposed in [false, true] {
            for unitriangular in [false, true] {
                let a = Self.regular([2, 3, 3], seed: 5)
                try DerivativeCheck([a, normal([3, 2], seed: 6)]) {
                    try $0[0].triangularSolve(
                        $0[1], upper: upper, transposed: transposed, unitriangular: unitriangular)
                }.run()
                let slope = try gradient(at: Variable(a)) {
                    try $0.triangularSolve(
                        Variable(normal([3], seed: 8)), upper: upper, transposed: transposed,
                        unitriangular: unitriangular
                    ).sum()
                }
                let outside = upper ? slope.value.tril(diagonal: -1) : slope.value.triu(diagonal: 1)
                #expect(outside.abs().maximum().scalar == 0)
            }
        }
    }

    @Test("Cholesky factors of symmetrised matrices", arguments: [[3, 3], [1, 1], [2, 3, 3]])
    func cholesky(shape: [Int]) throws {
        let a = positiveDefinite(TensorShape(shape), seed: 9)
        for upper in [false, true] {
            try DerivativeCheck([a]) { inputs in
                try ((inputs[0] + inputs[0].transposed()) * 0.5).cholesky(upper: upper)
            }.run()
            let slope = try gradient(at: Variable(a)) { try $0.cholesky(upper: upper).squared().sum() }
            #expect((slope.value - slope.value.transposed()).abs().maximum().scalar < 1e-14)
        }
    }

    @Test("solutions from Cholesky factors")
    func choleskySolve() throws {
        let a = positiveDefinite([2, 3, 3], seed: 10)
        for upper in [false, true] {
            let factor = try a.cholesky(upper: upper)
            try DerivativeCheck([factor, normal([2, 3, 2], seed: 11)]) {
                try $0[0].choleskySolve($0[1], upper: upper)
            }.run()
        }
    }

    @Test("determinants", arguments: [[3, 3], [1, 1], [2, 4, 4], [0, 0]])
    func determinant(shape: [Int]) throws {
        try DerivativeCheck(shapes: [TensorShape(shape)]) { $0[0].determinant() }.run()
    }

    @Test("determinants of singular matrices of every rank, next to regular ones")
    func singularDeterminant() throws {
        // Rank 2, rank 1, rank 0 and regular, in whole numbers, so that elimination meets exact zeros.
        let matrices = Tensor<Double>(
            [1, 2, 3, 2, 4, 6, 1, 0, 1] + [1, 2, 3, 2, 4, 6, 0, 0, 0] + [Double](repeating: 0, count: 9)
                + [2, 0, 1, 0, 3, 0, 1, 0, 4], shape: [4, 3, 3])
        #expect(matrices.determinant().array.prefix(3) == [0, 0, 0])
        try DerivativeCheck([matrices]) { $0[0].determinant() }.run()
    }

    @Test("a matrix with NaN or infinity has the determinant's gradient NaN, others in the batch do not")
    func nonFiniteDeterminant() {
        let matrices = Tensor<Double>([1, 2, 3, 4, .nan, 0, 0, 1, 1, .infinity, 0, 1], shape: [3, 2, 2])
        let slope = gradient(at: Variable(matrices)) { $0.determinant().sum() }.value.array
        #expect(slope.prefix(4).elementsEqual([4, -3, -2, 1]) { abs($0 - $1) < 1e-12 })
        #expect(slope.dropFirst(4).allSatisfy { $0.isNaN })
        let logSlope = gradient(at: Variable(matrices)) { $0.logAbsDeterminant().logMagnitude.sum() }.value.array
        #expect(logSlope.prefix(4).elementsEqual([-2, 1.5, 1, -0.5]) { abs($0 - $1) < 1e-12 })
        #expect(logSlope.dropFirst(4).allSatisfy { $0.isNaN })
    }

    @Test("logarithms of determinants", arguments: [[3, 3], [1, 1], [2, 3, 3]])
    func logDeterminant(shape: [Int]) throws {
        let a = positiveDefinite(TensorShape(shape), seed: 12)
        try DerivativeCheck([a]) { $0[0].logDeterminant() }.run()
        try DerivativeCheck([-normal(TensorShape(shape), seed: 13)]) { $0[0].logAbsDeterminant().logMagnitude }.run(
            tolerance: 1e-4)
    }

    @Test("the logarithm of a negative determinant is NaN, of zero minus infinity")
    func logDeterminantSigns() {
        let a = Variable(Tensor<Double>([0, 1, 1, 0, 1, 1, 1, 1], shape: [2, 2, 2]))
        let logarithms = a.logDeterminant().value.array
        #expect(logarithms[0].isNaN && logarithms[1] == -.infinity)
        #expect(a.logAbsDeterminant().sign.array == [-1, 0])
    }

    @Test("QR factors of tall, square and wide matrices", arguments: [[4, 2], [3, 3], [2, 4], [2, 4, 3], [1, 1]])
    func qr(shape: [Int]) throws {
        try DerivativeCheck(shapes: [TensorShape(shape)]) { try $0[0].qr().q }.run(tolerance: 1e-4)
        try DerivativeCheck(shapes: [TensorShape(shape)]) { try $0[0].qr().r }.run(tolerance: 1e-4)
        try DerivativeCheck(shapes: [TensorShape(shape)]) { inputs in
            let (q, r) = try inputs[0].qr()
            return Variable.concatenated([q.flattened(), r.flattened()])
        }.run(tolerance: 1e-4)
    }

    @Test("the product of a recorded wide QR decomposition is the matrix")
    func wideQR() throws {
        let a = normal([2, 4], seed: 14)
        let (value, _) = try vjp(
            { x in
                let (q, r) = try x.qr()
                return q.matmul(r)
            }, at: Variable(a))
        #expect((value.value - a).abs().maximum().scalar < 1e-14)
    }

    @Test("eigenvalues and eigenvectors of symmetrised matrices", arguments: [[3, 3], [1, 1], [2, 3, 3]])
    func eigh(shape: [Int]) throws {
        let shape = TensorShape(shape)
        try DerivativeCheck(shapes: [shape], seed: 15) { try $0[0].symmetric.eigvalsh() }.run(tolerance: 1e-4)
        try DerivativeCheck(shapes: [shape], seed: 15) { try $0[0].symmetric.eigh().eigenvectors }.run(
            tolerance: 1e-4)
        try DerivativeCheck(shapes: [shape], seed: 15) { inputs in
            let (values, vectors) = try inputs[0].symmetric.eigh()
            return (vectors * values.tanh().unsqueezed(-2)).matmul(vectors.transposed())
        }.run(tolerance: 1e-4)
    }

    @Test("the gradient of equal eigenvalues is finite")
    func equalEigenvalues() throws {
        let slope = try gradient(at: Variable(Tensor<Double>.eye(3))) { try $0.eigvalsh().squared().sum() }
        #expect((slope.value - Tensor<Double>.eye(3) * 2).abs().maximum().scalar < 1e-14)
    }

    @Test(
        "singular values and vectors of tall, square and wide matrices",
        arguments: [[4, 2], [3, 3], [2, 4], [2, 3, 2], [1, 1]])
    func svd(shape: [Int]) throws {
        let shape = TensorShape(shape)
        try DerivativeCheck(shapes: [shape], seed: 16) { try $0[0].svdvals() }.run(tolerance: 1e-4)
        try DerivativeCheck(shapes: [shape], seed: 16) { try $0[0].svd().u }.run(tolerance: 1e-4)
        try DerivativeCheck(shapes: [shape], seed: 16) { try $0[0].svd().vTransposed }.run(tolerance: 1e-4)
        try DerivativeCheck(shapes: [shape], seed: 16) { inputs in
            let (u, values, vt) = try inputs[0].svd()
            return (u * values.tanh().unsqueezed(-2)).matmul(vt)
        }.run(tolerance: 1e-4)
    }

    @Test(
        "least squares of full rank: more equations, more unknowns, vectors, batches",
        arguments: [
            ([4, 2], [4, 3]), ([2, 4], [2, 3]), ([3, 3], [3, 1]), ([4, 2], [4]), ([2, 4, 2], [4, 1]),
            ([1, 1], [1, 1]),
        ])
    func lstsq(shapes: (matrix: [Int], rightHandSide: [Int])) throws {
        let shapes = [TensorShape(shapes.matrix), TensorShape(shapes.rightHandSide)]
        try DerivativeCheck(shapes: shapes, seed: 17) { try $0[0].lstsq($0[1]) }.run(tolerance: 1e-4)
    }

    @Test("pseudo-inverses of full rank", arguments: [[4, 2], [2, 4], [3, 3], [2, 3, 2], [1, 1]])
    func pinv(shape: [Int]) throws {
        try DerivativeCheck(shapes: [TensorShape(shape)], seed: 18) { try $0[0].pinv() }.run(tolerance: 1e-4)
    }

    @Test("matrix powers", arguments: [-2, -1, 0, 1, 2, 3, 5])
    func matrixPower(exponent: Int) throws {
        let a = normal([2, 3, 3], seed: 19) * 0.3 + Tensor<Double>.eye(3)
        try DerivativeCheck([a]) { try $0[0].matrixPower(exponent) }.run(tolerance: 1e-4)
        let expected = try a.matrixPower(exponent)
        let (recorded, _) = try vjp({ try $0.matrixPower(exponent) }, at: Variable(a))
        #expect((recorded.value - expected).abs().maximum().scalar < 1e-12)
    }

    @Test("matrix exponentials", arguments: [[3, 3], [1, 1], [2, 2, 2]])
    func matrixExp(shape: [Int]) throws {
        try DerivativeCheck([normal(TensorShape(shape), seed: 20) * 0.5]) { try $0[0].matrixExp() }.run()
    }

    @Test("matrix norms", arguments: [MatrixNorm.frobenius, .nuclear, .spectral, .one, .infinity])
    func matrixNorm(norm: MatrixNorm) throws {
        for shape: TensorShape in [[3, 2], [2, 2, 3], [1, 1]] {
            try DerivativeCheck(shapes: [shape], seed: 21) { try $0[0].matrixNorm(norm) }.run(tolerance: 1e-4)
            let a = normal(shape, seed: 21)
            let (recorded, _) = try vjp({ try $0.matrixNorm(norm) }, at: Variable(a))
            let expected = try a.matrixNorm(norm)
            #expect((recorded.value - expected).abs().maximum().scalar < 1e-13)
        }
    }

    @Test("covariances and correlations")
    func covariance() throws {
        for shape: TensorShape in [[3, 5], [2, 2, 4], [1, 3]] {
            try DerivativeCheck(shapes: [shape], seed: 22) { $0[0].covariance() }.run()
            try DerivativeCheck(shapes: [shape], seed: 22) { $0[0].covariance(correction: 0) }.run()
            // The diagonal is constant but clamped, so differences would see rounding; leave it out.
            try DerivativeCheck(shapes: [shape], seed: 22) { $0[0].correlation().triu(diagonal: 1) }.run()
            let a = normal(shape, seed: 22)
            #expect((Variable(a).correlation().value - a.correlation()).abs().maximum().scalar < 1e-14)
        }
    }
}

extension Variable<Double> {
    fileprivate var symmetric: Variable { (self + transposed()) * 0.5 }
}
