/// The type of a tensor's elements, decided when the program runs.
public enum DType: String, Sendable, CaseIterable {
  /// IEEE single precision: what training uses.
  case float32
  /// IEEE double precision: what gradient checks use.
  case float64
  /// 32-bit integers: indices and class labels.
  case int32

  /// The bytes of one element.
  public var byteCount: Int {
    switch self {
    case .float32, .int32: 4
    case .float64: 8
    }
  }

  /// Whether elements are floating-point numbers.
  public var isFloatingPoint: Bool { self != .int32 }
}
