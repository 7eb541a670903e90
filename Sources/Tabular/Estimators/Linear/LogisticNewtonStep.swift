import COpenBLAS
import Glibc

extension LogisticProblem {
    /// The solution of Hessian × step = −gradient.
    func newtonStep(_ state: State) throws(EstimatorError) -> [Double] {
        if outputs * width == 0 { return [] }
        if outputs * width > Self.largestDenseSystem { return conjugateGradientStep(state) }
        var hessian: [Double] = denseHessian(state)
        var step: [Double] = state.gradient.map { -$0 }
        let size: Int32 = Int32(outputs * width)
        let status: Int32 = LAPACKE_dposv(
            LAPACK_ROW_MAJOR, CChar(UInt8(ascii: "L")), size, 1, &hessian, size, &step, 1)
        if status == 0 { return step }
        if penalty > 0 {
            // Only rounding can do this under a penalty; conjugate gradients need no factorisation.
            return conjugateGradientStep(state)
        }
        // Saturated probabilities flatten the loss when the classes separate; otherwise the columns are dependent.
        let saturated: Bool = state.probabilities.contains { $0 < 1e-6 || $0 > 1 - 1e-6 }
        throw saturated ? .separable : .collinear
    }

    /// All second derivatives, `[outputs × width, outputs × width]`, lower triangle.
    ///
    /// Adding one vector to all classes leaves a softmax unchanged; where no penalty fixes that direction, a rank-one
    /// term makes the matrix definite without changing the step, because the gradient is orthogonal to it.
    private func denseHessian(_ state: State) -> [Double] {
        let size: Int = outputs * width
        var hessian = [Double](repeating: 0, count: size * size)
        var scaled = [Double](repeating: 0, count: rows * width)
        for k in 0..<outputs {
            for l in 0...k {
                for i in 0..<rows {
                    let p: Double = state.probabilities[i * outputs + k]
                    let q: Double = state.probabilities[i * outputs + l]
                    let curvature: Double = weights[i] * (k == l ? p * (1 - p) : -p * q)
                    for j in 0..<width { scaled[i * width + j] = curvature * design[i * width + j] }
                }
                let offset: Int = k * width * size + l * width
                hessian.withUnsafeMutableBufferPointer { buffer in
                    cblas_dgemm(
                        CblasRowMajor, CblasTrans, CblasNoTrans, Int32(width), Int32(width), Int32(rows), 1, scaled,
                        Int32(width), design, Int32(width), 0, buffer.baseAddress.map { $0 + offset }, Int32(size))
                }
            }
        }
        for index in 0..<size where index % width < penalised { hessian[index * size + index] += penalty }
        if outputs > 1 {
            let firstFree: Int = penalty > 0 ? penalised : 0
            for j in firstFree..<width {
                let anchor: Double = hessian[j * size + j]
                for k in 0..<outputs { for l in 0...k { hessian[(k * width + j) * size + l * width + j] += anchor } }
            }
        }
        return hessian
    }

    /// Truncated conjugate gradients with the diagonal as preconditioner, exact enough for superlinear convergence.
    private func conjugateGradientStep(_ state: State) -> [Double] {
        let diagonal: [Double] = hessianDiagonal(state)
        var step = [Double](repeating: 0, count: state.gradient.count)
        var residual: [Double] = state.gradient.map { -$0 }
        let start: Double = dot(residual, residual).squareRoot()
        let goal: Double = start * min(0.1, relativeGradient(state).squareRoot())
        var preconditioned: [Double] = zip(residual, diagonal).map { $0 / $1 }
        var direction: [Double] = preconditioned
        var product: Double = dot(residual, preconditioned)
        for _ in 0..<max(200, 2 * step.count) {
            if dot(residual, residual).squareRoot() <= goal { break }
            let image: [Double] = hessianProduct(state, direction)
            let curvature: Double = dot(direction, image)
            if curvature <= 0 { break }
            let length: Double = product / curvature
            for index in step.indices {
                step[index] += length * direction[index]
                residual[index] -= length * image[index]
                preconditioned[index] = residual[index] / diagonal[index]
            }
            let next: Double = dot(residual, preconditioned)
            let ratio: Double = next / product
            for index in direction.indices { direction[index] = preconditioned[index] + ratio * direction[index] }
            product = next
        }
        return step
    }

    private func hessianDiagonal(_ state: State) -> [Double] {
        var diagonal = [Double](repeating: 0, count: outputs * width)
        for i in 0..<rows {
            for k in 0..<outputs {
                let p: Double = state.probabilities[i * outputs + k]
                let curvature: Double = weights[i] * p * (1 - p)
                for j in 0..<width {
                    let x: Double = design[i * width + j]
                    diagonal[k * width + j] += curvature * x * x
                }
            }
        }
        for index in diagonal.indices {
            if index % width < penalised { diagonal[index] += penalty }
            // A column of zeros has no curvature; any positive number serves, its gradient is zero.
            if diagonal[index] == 0 { diagonal[index] = 1 }
        }
        return diagonal
    }

    private func hessianProduct(_ state: State, _ direction: [Double]) -> [Double] {
        var changes: [Double] = linearPredictors(direction)
        for i in 0..<rows {
            var average: Double = 0
            if outputs == 1 {
                average = state.probabilities[i] * changes[i]
            } else {
                for k in 0..<outputs { average += state.probabilities[i * outputs + k] * changes[i * outputs + k] }
            }
            for k in 0..<outputs {
                let index: Int = i * outputs + k
                changes[index] = weights[i] * state.probabilities[index] * (changes[index] - average)
            }
        }
        var product: [Double] = transposedProduct(changes)
        for index in product.indices where index % width < penalised { product[index] += penalty * direction[index] }
        return product
    }

    private func dot(_ a: [Double], _ b: [Double]) -> Double {
        cblas_ddot(Int32(a.count), a, 1, b, 1)
    }
}
