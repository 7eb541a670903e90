import Autograd
import Tensor

// Convolution and linear algebra.

extension OperationTable {
    static var convolution: [String: Operation] { [:] }
    static var linearAlgebra: [String: Operation] { [:] }
}
