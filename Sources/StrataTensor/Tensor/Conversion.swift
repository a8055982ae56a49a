import CStrataKernels

extension Tensor {
  /// The same numbers in another type, rounded to nearest; to `int32`, toward zero.
  ///
  /// A number that `int32` cannot hold stops the program.
  public func converted(to type: DType) -> Tensor {
    let result = Tensor(uninitialized: shape, dtype: type)
    func convert<From: TensorScalar, To: TensorScalar>(
      _ kernel: @Sendable (Int, UnsafePointer<From>, UnsafeMutablePointer<To>) -> Int32
    ) {
      let (x, y) = (pointer(From.self), result.mutablePointer(To.self))
      parallel(overElements: count) { range in
        let start = range.lowerBound
        guard kernel(range.count, x + start, y + start) == 0 else { return }
        for element in elements(From.self)[range] { _ = To(rounding: element.asDouble) }
      }
    }
    switch (dtype, type) {
    case (.float32, .float64): convert(strata_convert_f32_f64)
    case (.float64, .float32): convert(strata_convert_f64_f32)
    case (.int32, .float32): convert(strata_convert_i32_f32)
    case (.int32, .float64): convert(strata_convert_i32_f64)
    case (.float32, .int32): convert(strata_convert_f32_i32)
    case (.float64, .int32): convert(strata_convert_f64_i32)
    case (.float32, .float32), (.float64, .float64), (.int32, .int32): return self
    }
    return result
  }
}
