/// A type that tensors can hold.
///
/// The element types are fixed: each has compiled kernels. Operations look the type up once, at their border, and never
/// run generic loops.
public protocol TensorScalar: Sendable, Hashable, BitwiseCopyable {
    /// How the type is stored.
    static var dtype: DType { get }

    /// The additive identity (`false` for Bool).
    static var zero: Self { get }

    /// The multiplicative identity (`true` for Bool).
    static var one: Self { get }

    /// The value as a Double, rounded for 64-bit integers beyond 2^53.
    var doubleValue: Double { get }
}

/// A tensor element with arithmetic: every element type but Bool and the storage-only formats.
public protocol NumericTensorScalar: TensorScalar, Numeric, Comparable, ExpressibleByIntegerLiteral {}

/// Float or Double: the types with elementary functions, linear algebra and gradients.
public protocol FloatingTensorScalar: NumericTensorScalar, BinaryFloatingPoint
where RawSignificand: FixedWidthInteger {}

/// An integer element type.
public protocol IntegerTensorScalar: NumericTensorScalar, FixedWidthInteger {}

extension Float: FloatingTensorScalar {
    /// `float32`
    public static var dtype: DType { .float32 }
    /// 1
    public static var one: Float { 1 }
    /// The value, widened.
    public var doubleValue: Double { Double(self) }
}

extension Double: FloatingTensorScalar {
    /// `float64`
    public static var dtype: DType { .float64 }
    /// 1
    public static var one: Double { 1 }
    /// The value itself.
    public var doubleValue: Double { self }
}

extension Int32: IntegerTensorScalar {
    /// `int32`
    public static var dtype: DType { .int32 }
    /// 1
    public static var one: Int32 { 1 }
    /// The value, widened.
    public var doubleValue: Double { Double(self) }
}

extension Int64: IntegerTensorScalar {
    /// `int64`
    public static var dtype: DType { .int64 }
    /// 1
    public static var one: Int64 { 1 }
    /// The value, rounded beyond 2^53.
    public var doubleValue: Double { Double(self) }
}

extension UInt8: IntegerTensorScalar {
    /// `uint8`
    public static var dtype: DType { .uint8 }
    /// 1
    public static var one: UInt8 { 1 }
    /// The value, widened.
    public var doubleValue: Double { Double(self) }
}

extension Bool: TensorScalar {
    /// `bool`
    public static var dtype: DType { .bool }
    /// `false`
    public static var zero: Bool { false }
    /// `true`
    public static var one: Bool { true }
    /// 1 for true, 0 for false.
    public var doubleValue: Double { self ? 1 : 0 }
}

extension Float16: TensorScalar {
    /// `float16`
    public static var dtype: DType { .float16 }
    /// 1
    public static var one: Float16 { 1 }
    /// The value, widened.
    public var doubleValue: Double { Double(self) }
}
