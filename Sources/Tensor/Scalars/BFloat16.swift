/// A 16-bit float with Float's exponent range and 8 bits of significand: a storage format for weights.
///
/// It has no arithmetic; convert to Float to compute.
public struct BFloat16: TensorScalar, CustomStringConvertible {
    /// The upper half of the Float with the same value.
    public var bitPattern: UInt16

    /// Creates a value from its bits.
    public init(bitPattern: UInt16) {
        self.bitPattern = bitPattern
    }

    /// Rounds to the nearest value, ties to even; NaN stays NaN and is made quiet, overflow gives infinity.
    public init(_ value: Float) {
        let bits = value.bitPattern
        if value.isNaN {
            bitPattern = UInt16(truncatingIfNeeded: bits >> 16) | 0x0040
        } else {
            let rounding = 0x7FFF &+ ((bits >> 16) & 1)
            bitPattern = UInt16(truncatingIfNeeded: (bits &+ rounding) >> 16)
        }
    }

    /// `bfloat16`
    public static var dtype: DType { .bfloat16 }
    /// 0
    public static var zero: BFloat16 { BFloat16(bitPattern: 0) }
    /// 1
    public static var one: BFloat16 { BFloat16(bitPattern: 0x3F80) }
    /// The value, widened.
    public var doubleValue: Double { Double(Float(self)) }
    /// The value in decimal.
    public var description: String { Float(self).description }
}

extension Float {
    /// The value, exactly.
    public init(_ value: BFloat16) {
        self.init(bitPattern: UInt32(value.bitPattern) << 16)
    }
}
