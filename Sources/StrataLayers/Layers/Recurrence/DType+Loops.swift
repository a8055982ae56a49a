import StrataTensor

extension DType {
  /// Calls `body` as `withKernels` does. Being of this module it is inlined, and so a Swift loop in `body` is compiled
  /// for each type of elements: to be called where that is what takes the time.
  @inline(__always)
  func withLoops<R>(for layer: @autoclosure () -> String, _ body: (any KernelScalar.Type) throws -> R) rethrows -> R {
    switch self {
    case .float32: try body(Float.self)
    case .float64: try body(Double.self)
    case .int32: refuseIntegers(layer())
    }
  }
}
