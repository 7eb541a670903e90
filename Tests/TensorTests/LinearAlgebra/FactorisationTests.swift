import Tensor
import Testing

@Suite("Laws of factorisations")
struct FactorisationTests {
    /// Shapes with single rows and columns, tall, wide and batched matrices, and none at all.
    static let shapes: [TensorShape] = [
        [1, 1], [1, 5], [5, 1], [6, 3], [3, 6], [17, 17], [2, 3, 4, 5], [3, 40, 30], [0, 0], [0, 3], [3, 0], [0, 2, 2],
    ]
    static let squares: [TensorShape] = [
        [1, 1], [2, 2], [7, 7], [60, 60], [2, 3, 5, 5], [0, 0], [4, 0, 0], [0, 3, 3],
    ]

    private func identity(like products: Tensor<Double>) -> Tensor<Double> {
        let n = products.shape[-1]
        let one = Tensor<Double>((0..<n * n).map { $0 / max(n, 1) == $0 % max(n, 1) ? 1 : 0 }, shape: [n, n])
        return one.broadcast(to: products.shape).contiguous()
    }

    /// Symmetric positive definite matrices.
    private func positive(_ shape: TensorShape, seed: UInt64) -> Tensor<Double> {
        let a: Tensor<Double> = noise(shape, seed: seed)
        let squares: Tensor<Double> = a.matmul(a.transposed())
        return squares + identity(like: squares)
    }

    @Test("A = Q R with orthonormal columns in Q and a triangle R", arguments: shapes)
    func qr(shape: TensorShape) throws {
        let a: Tensor<Double> = noise(shape, seed: 1)
        let factors = try a.qr()
        expectClose(factors.q.matmul(factors.r), a, atol: 1e-12)
        let gram = factors.q.transposed().matmul(factors.q)
        expectClose(gram, identity(like: gram), atol: 1e-12)
        let (rows, columns) = (factors.r.shape[-2], factors.r.shape[-1])
        for (index, value) in factors.r.array.enumerated() where index / columns % rows > index % columns {
            #expect(value == 0)
        }
    }

    @Test("A = U S Vᵀ with orthonormal vectors and descending values", arguments: shapes)
    func svd(shape: TensorShape) throws {
        let a: Tensor<Double> = noise(shape, seed: 2)
        let factors = try a.svd()
        let scaled = factors.u * factors.singularValues.unsqueezed(-2)
        expectClose(scaled.matmul(factors.vTransposed), a, atol: 1e-12)
        let (left, right) = (
            factors.u.transposed().matmul(factors.u), factors.vTransposed.matmul(factors.vTransposed.transposed())
        )
        expectClose(left, identity(like: left), atol: 1e-12)
        expectClose(right, identity(like: right), atol: 1e-12)
        expectClose(try a.svdvals(), factors.singularValues, atol: 1e-12)
        let values = factors.singularValues.array
        let k = max(factors.singularValues.shape[-1], 1)
        for index in values.indices where index % k > 0 { #expect(values[index] <= values[index - 1]) }
    }

    @Test("a pseudo-inverse fulfils Penrose's four conditions", arguments: shapes)
    func pseudoInverse(shape: TensorShape) throws {
        let a: Tensor<Double> = noise(shape, seed: 3)
        let p = try a.pinv()
        let (ap, pa) = (a.matmul(p), p.matmul(a))
        expectClose(ap.matmul(a), a, atol: 1e-10)
        expectClose(pa.matmul(p), p, atol: 1e-9)
        expectClose(ap, ap.transposed().contiguous(), atol: 1e-10)
        expectClose(pa, pa.transposed().contiguous(), atol: 1e-10)
    }

    @Test("the Cholesky factor multiplies back, in either triangle, and reads one triangle only", arguments: squares)
    func cholesky(shape: TensorShape) throws {
        let a = positive(shape, seed: 4)
        let lower = try a.cholesky()
        expectClose(lower.matmul(lower.transposed()), a, atol: 1e-12)
        let upper = try a.cholesky(upper: true)
        expectClose(upper, lower.transposed().contiguous(), atol: 1e-12)
        let n = shape[-1]
        let spoiled = Tensor(
            a.array.enumerated().map { $0.offset / max(n, 1) % max(n, 1) < $0.offset % max(n, 1) ? 9e9 : $0.element },
            shape: a.shape)
        #expect(try spoiled.cholesky().array == lower.array)
        let b: Tensor<Double> = noise(Self.columns(shape, 3), seed: 5)
        expectClose(a.matmul(try lower.choleskySolve(b)), b, rtol: 1e-8, atol: 1e-9)
        expectClose(a.matmul(try upper.choleskySolve(b, upper: true)), b, rtol: 1e-8, atol: 1e-9)
    }

    private static func columns(_ shape: TensorShape, _ count: Int) -> TensorShape {
        var result = shape
        result[-1] = count
        return result
    }

    @Test("solutions of linear systems leave no residual", arguments: squares)
    func solve(shape: TensorShape) throws {
        let a = positive(shape, seed: 6) + noise(shape, seed: 7)
        for width in [0, 1, 4] {
            let b: Tensor<Double> = noise(Self.columns(shape, width), seed: 8)
            expectClose(a.matmul(try a.solve(b)), b, rtol: 1e-8, atol: 1e-9)
        }
        let product = a.matmul(try a.inverse())
        expectClose(product, identity(like: product), atol: 1e-9)
        let logs = a.logAbsDeterminant()
        expectClose(logs.sign * logs.logMagnitude.exp(), a.determinant(), rtol: 1e-9)
    }

    @Test("triangular systems in all eight variants", arguments: squares)
    func triangular(shape: TensorShape) throws {
        let a = positive(shape, seed: 9)
        let n = max(shape[-1], 1)
        let b: Tensor<Double> = noise(Self.columns(shape, 2), seed: 10)
        for upper in [false, true] {
            for transposed in [false, true] {
                for unit in [false, true] {
                    let elements = a.array.enumerated().map { (index, value) -> Double in
                        let (row, column) = (index / n % n, index % n)
                        if row == column { return unit ? 1 : value + 1 }
                        return (row < column) == upper ? value / Double(n) : 0
                    }
                    let triangle = Tensor(elements, shape: shape)
                    let x = try a.withTriangle(of: triangle, upper: upper, unit: unit).triangularSolve(
                        b, upper: upper, transposed: transposed, unitriangular: unit)
                    let product = transposed ? triangle.transposed().matmul(x) : triangle.matmul(x)
                    expectClose(product, b, rtol: 1e-8, atol: 1e-8, "upper \(upper), \(transposed), \(unit)")
                }
            }
        }
    }

    @Test("A V = V diag(λ) for symmetric matrices, with ascending λ and orthonormal V", arguments: squares)
    func symmetric(shape: TensorShape) throws {
        let a = positive(shape, seed: 11)
        let system = try a.eigh()
        let scaled = system.eigenvectors * system.eigenvalues.unsqueezed(-2)
        expectClose(a.matmul(system.eigenvectors), scaled, atol: 1e-10)
        let gram = system.eigenvectors.transposed().matmul(system.eigenvectors)
        expectClose(gram, identity(like: gram), atol: 1e-12)
        expectClose(try a.eigvalsh(), system.eigenvalues, rtol: 1e-10, atol: 1e-10)
    }

    @Test("A v = λ v for general matrices, real and complex", arguments: squares)
    func general(shape: TensorShape) throws {
        let a: Tensor<Double> = noise(shape, seed: 12)
        let system = try a.eig()
        let vectors = system.eigenvectors
        let image = ComplexTensor(real: a.matmul(vectors.real), imaginary: a.matmul(vectors.imaginary))
        let values = ComplexTensor(
            real: system.eigenvalues.real.unsqueezed(-2), imaginary: system.eigenvalues.imaginary.unsqueezed(-2))
        let scaled = vectors * values
        expectClose(image.real, scaled.real, atol: 1e-11)
        expectClose(image.imaginary, scaled.imaginary, atol: 1e-11)
        let lengths = vectors.power.sum(axis: -2)
        expectClose(lengths, Tensor(ones: lengths.shape), rtol: 1e-12)
    }

    @Test("exp(A) exp(-A) = I")
    func exponential() throws {
        let a: Tensor<Double> = noise([3, 6, 6], seed: 13) * 2
        let product = try a.matrixExp().matmul((-a).matrixExp())
        expectClose(product, identity(like: product), atol: 1e-9)
    }

    @Test("right-hand sides: vectors, batches of vectors, and batches that broadcast")
    func rightHandSides() throws {
        let a = positive([3, 4, 4], seed: 14)
        let vector: Tensor<Double> = noise([4], seed: 15)
        let vectors: Tensor<Double> = noise([3, 4], seed: 16)
        let x = try a.solve(vector)
        #expect(x.shape == [3, 4])
        expectClose(a.matmul(x.unsqueezed(-1)).squeezed(-1), vector.broadcast(to: [3, 4]).contiguous(), atol: 1e-10)
        let y = try a.solve(vectors)
        #expect(y.shape == [3, 4])
        expectClose(a.matmul(y.unsqueezed(-1)).squeezed(-1), vectors, atol: 1e-10)
        let one = a.selected(axis: 0, at: 1)
        let wide: Tensor<Double> = noise([5, 4, 2], seed: 17)
        expectClose(one.matmul(try one.solve(wide)), wide, atol: 1e-10)
        expectClose(
            try one.transposed().solve(wide), try Tensor(one.transposed().array, shape: [4, 4]).solve(wide))
        #expect(try a.triangularSolve(vector, upper: false).shape == [3, 4])
        #expect(try a.lstsq(vector).solution.shape == [3, 4])
    }
}

extension Tensor<Double> {
    /// The triangle of another tensor, with numbers that must not be read in the rest.
    fileprivate func withTriangle(of triangle: Tensor, upper: Bool, unit: Bool) -> Tensor {
        let n = Swift.max(shape[-1], 1)
        let elements = triangle.array.enumerated().map { (index, value) -> Double in
            let (row, column) = (index / n % n, index % n)
            if row == column { return unit ? 777 : value }
            return (row < column) == upper ? value : 555
        }
        return Tensor(elements, shape: shape)
    }
}
