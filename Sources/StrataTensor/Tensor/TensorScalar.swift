/// A Swift type that a tensor's elements can have.
public protocol TensorScalar: BitwiseCopyable, Sendable, Numeric, Comparable {
  /// The tensor type that holds elements of this type.
  static var dtype: DType { get }

  /// The number as a `Double`.
  var asDouble: Double { get }

  /// The nearest value of this type, as a conversion between tensors makes it.
  init(rounding value: Double)
}

extension Float: TensorScalar {
  public static var dtype: DType { .float32 }
  public var asDouble: Double { Double(self) }
  public init(rounding value: Double) { self.init(value) }
}

extension Double: TensorScalar {
  public static var dtype: DType { .float64 }
  public var asDouble: Double { self }
  public init(rounding value: Double) { self = value }
}

extension Int32: TensorScalar {
  public static var dtype: DType { .int32 }
  public var asDouble: Double { Double(self) }

  /// Rounds toward zero.
  public init(rounding value: Double) {
    let truncated = value.rounded(.towardZero)
    require(
      truncated >= Double(Int32.min) && truncated <= Double(Int32.max),
      "\(value) does not fit an int32 tensor")
    self.init(truncated)
  }
}
