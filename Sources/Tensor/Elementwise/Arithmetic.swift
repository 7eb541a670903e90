import CKernels

extension Tensor where Scalar: NumericTensorScalar {
    /// The sum of two tensors after broadcasting; integers wrap around.
    public static func + (lhs: consuming Tensor, rhs: consuming Tensor) -> Tensor {
        zip(MK_ADD, "+", lhs, rhs)
    }

    /// The difference of two tensors after broadcasting; integers wrap around.
    public static func - (lhs: consuming Tensor, rhs: consuming Tensor) -> Tensor {
        zip(MK_SUBTRACT, "-", lhs, rhs)
    }

    /// The elementwise product of two tensors after broadcasting; integers wrap around.
    public static func * (lhs: consuming Tensor, rhs: consuming Tensor) -> Tensor {
        zip(MK_MULTIPLY, "*", lhs, rhs)
    }

    /// Adds a number to every element.
    public static func + (lhs: consuming Tensor, rhs: Scalar) -> Tensor {
        withScalar(MK_ADD_SCALAR, MK_ADD, lhs, rhs)
    }

    /// Adds a number to every element.
    public static func + (lhs: Scalar, rhs: consuming Tensor) -> Tensor {
        withScalar(MK_ADD_SCALAR, MK_ADD, rhs, lhs)
    }

    /// Subtracts a number from every element.
    public static func - (lhs: consuming Tensor, rhs: Scalar) -> Tensor {
        Scalar.dtype.isFloatingPoint
            ? map(MK_ADD_SCALAR, lhs, -rhs.doubleValue) : zip(MK_SUBTRACT, "-", lhs, Tensor(rhs))
    }

    /// Subtracts every element from a number.
    public static func - (lhs: Scalar, rhs: consuming Tensor) -> Tensor {
        Scalar.dtype.isFloatingPoint
            ? map(MK_SUBTRACT_FROM, rhs, lhs.doubleValue) : zip(MK_SUBTRACT, "-", Tensor(lhs), rhs)
    }

    /// Multiplies every element by a number.
    public static func * (lhs: consuming Tensor, rhs: Scalar) -> Tensor {
        withScalar(MK_MULTIPLY_SCALAR, MK_MULTIPLY, lhs, rhs)
    }

    /// Multiplies every element by a number.
    public static func * (lhs: Scalar, rhs: consuming Tensor) -> Tensor {
        withScalar(MK_MULTIPLY_SCALAR, MK_MULTIPLY, rhs, lhs)
    }

    /// The negated elements; unsigned integers wrap around.
    public static prefix func - (operand: consuming Tensor) -> Tensor {
        map(MK_NEGATE, operand)
    }

    /// Adds a tensor that broadcasts to this one's shape.
    public static func += (lhs: inout Tensor, rhs: Tensor) { lhs.combine(MK_ADD, "+=", rhs) }

    /// Subtracts a tensor that broadcasts to this one's shape.
    public static func -= (lhs: inout Tensor, rhs: Tensor) { lhs.combine(MK_SUBTRACT, "-=", rhs) }

    /// Multiplies by a tensor that broadcasts to this one's shape.
    public static func *= (lhs: inout Tensor, rhs: Tensor) { lhs.combine(MK_MULTIPLY, "*=", rhs) }

    /// Adds a number to every element in place.
    public static func += (lhs: inout Tensor, rhs: Scalar) { lhs = lhs.take() + rhs }

    /// Multiplies every element by a number in place.
    public static func *= (lhs: inout Tensor, rhs: Scalar) { lhs = lhs.take() * rhs }

    /// The larger of two elements after broadcasting; NaN if either is NaN.
    public func maximum(_ other: Tensor) -> Tensor { Tensor.zip(MK_MAX, "maximum", self, other) }

    /// The smaller of two elements after broadcasting; NaN if either is NaN.
    public func minimum(_ other: Tensor) -> Tensor { Tensor.zip(MK_MIN, "minimum", self, other) }

    /// The magnitudes.
    public consuming func abs() -> Tensor { Tensor.map(MK_ABS, self) }

    /// -1, 0 or 1; 0 for NaN.
    public consuming func sign() -> Tensor { Tensor.map(MK_SIGN, self) }

    /// The squares.
    public consuming func squared() -> Tensor { Tensor.map(MK_SQUARE, self) }

    /// The elements, limited to a closed range; NaN stays NaN.
    public consuming func clamped(to range: ClosedRange<Scalar>) -> Tensor {
        // Kernels take parameters as Double, which cannot hold every Int64.
        if !Scalar.dtype.isFloatingPoint {
            return maximum(Tensor(range.lowerBound)).minimum(Tensor(range.upperBound))
        }
        return Tensor.map(MK_CLAMP, self, range.lowerBound.doubleValue, range.upperBound.doubleValue)
    }

    /// The quotient rounded down; integers trap on division by zero.
    public func floorDivided(by other: Tensor) -> Tensor {
        other.requireNonzero("floorDivided")
        return Tensor.zip(MK_FLOOR_DIVIDE, "floorDivided", self, other)
    }

    /// The remainder with the sign of the divisor, as Python's `%`; integers trap on division by zero.
    public func remainder(dividingBy other: Tensor) -> Tensor {
        other.requireNonzero("remainder")
        return Tensor.zip(MK_REMAINDER, "remainder", self, other)
    }

    /// The remainder with the sign of the dividend, as C's `fmod`; integers trap on division by zero.
    public func truncatingRemainder(dividingBy other: Tensor) -> Tensor {
        other.requireNonzero("truncatingRemainder")
        return Tensor.zip(MK_FMOD, "truncatingRemainder", self, other)
    }

    private func requireNonzero(_ operation: StaticString) {
        if !Scalar.dtype.isFloatingPoint, Tensor.compare(MK_EQUAL, operation, self, Tensor(Scalar.zero)).contains(true)
        {
            trap("\(operation): integer division by zero")
        }
    }

    mutating func combine(_ op: mk_binary_operation, _ name: StaticString, _ other: Tensor, _ parameter: Double = 0) {
        guard other.layout.broadcast(to: shape) != nil else {
            trap("\(name): the shape \(other.shape) does not broadcast to the shape \(shape) of the left-hand side")
        }
        makeUnique()
        let old = take()
        self = Tensor.zip(op, name, old, other, parameter)
    }

    /// Kernels take parameters as Double, which cannot hold every Int64: integers go through a tensor of rank 0.
    private static func withScalar(
        _ op: mk_unary_operation, _ integerOp: mk_binary_operation, _ operand: consuming Tensor, _ value: Scalar
    ) -> Tensor {
        Scalar.dtype.isFloatingPoint
            ? map(op, operand, value.doubleValue) : zip(integerOp, "arithmetic", operand, Tensor(value))
    }

    /// Moves the value out, leaving an empty tensor, so that an operation can write over it.
    mutating func take() -> Tensor {
        var other = Tensor(storage: emptyStorage, layout: Layout([0]))
        swap(&self, &other)
        return other
    }
}

/// Storage for tensors without elements; never written.
private let emptyStorage = TensorStorage(byteCount: 0)

extension Tensor where Scalar: FloatingTensorScalar {
    /// The elementwise quotient of two tensors after broadcasting, by IEEE rules.
    public static func / (lhs: consuming Tensor, rhs: consuming Tensor) -> Tensor {
        zip(MK_DIVIDE, "/", lhs, rhs)
    }

    /// Divides every element by a number.
    public static func / (lhs: consuming Tensor, rhs: Scalar) -> Tensor {
        zip(MK_DIVIDE, "/", lhs, Tensor(rhs))
    }

    /// Divides a number by every element.
    public static func / (lhs: Scalar, rhs: consuming Tensor) -> Tensor {
        map(MK_DIVIDE_INTO, rhs, lhs.doubleValue)
    }

    /// Divides by a tensor that broadcasts to this one's shape.
    public static func /= (lhs: inout Tensor, rhs: Tensor) { lhs.combine(MK_DIVIDE, "/=", rhs) }

    /// Powers of the elements: `pow(self, exponent)` after broadcasting.
    public func pow(_ exponent: Tensor) -> Tensor { Tensor.zip(MK_POW, "pow", self, exponent) }

    /// Every element raised to the same power.
    public consuming func pow(_ exponent: Scalar) -> Tensor {
        switch exponent {
        case 2: Tensor.map(MK_SQUARE, self)
        case 0.5: Tensor.map(MK_SQRT, self)
        default: Tensor.map(MK_POW_SCALAR, self, exponent.doubleValue)
        }
    }

    /// The angle of the points (x: `other`, y: `self`), in radians.
    public func atan2(_ other: Tensor) -> Tensor { Tensor.zip(MK_ATAN2, "atan2", self, other) }

    /// `sqrt(self² + other²)` without overflow.
    public func hypot(_ other: Tensor) -> Tensor { Tensor.zip(MK_HYPOT, "hypot", self, other) }

    /// `log(exp(self) + exp(other))` without overflow.
    public func logAddExp(_ other: Tensor) -> Tensor { Tensor.zip(MK_LOGADDEXP, "logAddExp", self, other) }

    /// `self * factor + summand` after broadcasting, in one pass.
    public func multiplied(by factor: Tensor, adding summand: Tensor) -> Tensor {
        let shape = TensorShape.broadcast(
            TensorShape.broadcast(self.shape, factor.shape, in: "multiplied(by:adding:)"), summand.shape,
            in: "multiplied(by:adding:)")
        let result = Tensor(uninitialized: shape)
        let target = result.pointer
        let bytes = MemoryLayout<Scalar>.stride
        let loop = StridedLoop(
            shape, layout.broadcast(to: shape)!, factor.layout.broadcast(to: shape)!,
            summand.layout.broadcast(to: shape)!)
        loop.forEachBlock(grain: Grain.elementwise) { block in
            _ = mk_multiply_add(
                Scalar.dtype.kernelType, block.rows, block.columns, block.operand(0, storage.bytes, bytes),
                block.operand(1, factor.storage.bytes, bytes), block.operand(2, summand.storage.bytes, bytes),
                target + block.outputIndex)
        }
        return result
    }

    /// `self * factor + summand` after broadcasting, in one pass.
    public func multiplied(by factor: Scalar, adding summand: Tensor) -> Tensor {
        Tensor.zip(MK_MULTIPLY_ADD_SCALAR, "multiplied(by:adding:)", self, summand, factor.doubleValue)
    }

    /// Linear interpolation: `self + weight * (end - self)`.
    public func lerp(to end: Tensor, weight: Tensor) -> Tensor {
        (end - self).multiplied(by: weight, adding: self)
    }
}
