import Autograd
import Tensor

// One operation, so that the core is really loaded.
_ = (Variable(Tensor<Float>([1, 2, 3])) * 2).value
