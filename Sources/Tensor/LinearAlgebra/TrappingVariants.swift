// Rules of differentiation and models cannot throw: these trap with the error's sentence instead. What they are given
// is regular by construction, or the failure is the caller's bug.

extension Tensor where Scalar: FloatingTensorScalar {
    /// ``cholesky(upper:)``, trapping if the matrix is not positive definite.
    package func choleskyOrTrap(upper: Bool = false) -> Tensor {
        trapping("cholesky") { () throws(LinearAlgebraError) in try cholesky(upper: upper) }
    }

    /// ``choleskySolve(_:upper:)``, trapping if the factor is singular.
    package func choleskySolveOrTrap(_ rightHandSide: Tensor, upper: Bool = false) -> Tensor {
        trapping("choleskySolve") { () throws(LinearAlgebraError) in
            try choleskySolve(rightHandSide, upper: upper)
        }
    }

    /// ``triangularSolve(_:upper:transposed:unitriangular:)``, trapping if the matrix is singular.
    package func triangularSolveOrTrap(
        _ rightHandSide: Tensor, upper: Bool, transposed: Bool = false, unitriangular: Bool = false
    ) -> Tensor {
        trapping("triangularSolve") { () throws(LinearAlgebraError) in
            try triangularSolve(rightHandSide, upper: upper, transposed: transposed, unitriangular: unitriangular)
        }
    }

    /// ``solve(_:)``, trapping if the matrix is singular.
    package func solveOrTrap(_ rightHandSide: Tensor) -> Tensor {
        trapping("solve") { () throws(LinearAlgebraError) in try solve(rightHandSide) }
    }

    /// ``inverse()``, trapping if the matrix is singular.
    package func inverseOrTrap() -> Tensor {
        trapping("inverse") { () throws(LinearAlgebraError) in try inverse() }
    }
}
