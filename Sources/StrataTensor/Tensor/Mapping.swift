import CStrataKernels

/// A vector loop y = f(x) in both precisions.
package struct UnaryKernel: Sendable {
  package typealias Loop<T> = @Sendable (Int, UnsafePointer<T>, UnsafeMutablePointer<T>) -> Void
  let name: String
  let float32: Loop<Float>
  let float64: Loop<Double>

  package init(_ name: String, _ float32: @escaping Loop<Float>, _ float64: @escaping Loop<Double>) {
    self.name = name
    self.float32 = float32
    self.float64 = float64
  }

  package static let exp = UnaryKernel("exp", strata_exp_f32, strata_exp_f64)
  package static let log = UnaryKernel("log", strata_log_f32, strata_log_f64)
  package static let tanh = UnaryKernel("tanh", strata_tanh_f32, strata_tanh_f64)
  package static let sigmoid = UnaryKernel("sigmoid", strata_sigmoid_f32, strata_sigmoid_f64)
  package static let sin = UnaryKernel("sin", strata_sin_f32, strata_sin_f64)
  package static let cos = UnaryKernel("cos", strata_cos_f32, strata_cos_f64)
  package static let sqrt = UnaryKernel("sqrt", strata_sqrt_f32, strata_sqrt_f64)
  package static let rsqrt = UnaryKernel("rsqrt", strata_rsqrt_f32, strata_rsqrt_f64)
  package static let abs = UnaryKernel("abs", strata_abs_f32, strata_abs_f64)
  package static let negate = UnaryKernel("-", strata_negate_f32, strata_negate_f64)
  package static let relu = UnaryKernel("relu", strata_relu_f32, strata_relu_f64)
}

/// A vector loop y = a ∘ b in both precisions; a step of 0 holds an operand at its first element.
package struct BinaryKernel: Sendable {
  package typealias Loop<T> =
    @Sendable (Int, UnsafePointer<T>, Int, UnsafePointer<T>, Int, UnsafeMutablePointer<T>) -> Void
  let name: String
  let float32: Loop<Float>
  let float64: Loop<Double>

  init(_ name: String, _ float32: @escaping Loop<Float>, _ float64: @escaping Loop<Double>) {
    self.name = name
    self.float32 = float32
    self.float64 = float64
  }

  static let add = BinaryKernel("+", strata_add_f32, strata_add_f64)
  static let subtract = BinaryKernel("-", strata_subtract_f32, strata_subtract_f64)
  static let multiply = BinaryKernel("*", strata_multiply_f32, strata_multiply_f64)
  static let divide = BinaryKernel("/", strata_divide_f32, strata_divide_f64)
  static let power = BinaryKernel("pow", strata_power_f32, strata_power_f64)
  static let minimum = BinaryKernel("minimum", strata_minimum_f32, strata_minimum_f64)
  static let maximum = BinaryKernel("maximum", strata_maximum_f32, strata_maximum_f64)
  static let equal = BinaryKernel(".==", strata_equal_f32, strata_equal_f64)
  static let notEqual = BinaryKernel(".!=", strata_not_equal_f32, strata_not_equal_f64)
  static let less = BinaryKernel(".<", strata_less_f32, strata_less_f64)
  static let lessEqual = BinaryKernel(".<=", strata_less_equal_f32, strata_less_equal_f64)
  static let greater = BinaryKernel(".>", strata_greater_f32, strata_greater_f64)
  package static let prelu = BinaryKernel("PReLU", strata_prelu_f32, strata_prelu_f64)
  package static let preluSlope = BinaryKernel("PReLU.backward", strata_prelu_slope_f32, strata_prelu_slope_f64)
  static let greaterEqual = BinaryKernel(".>=", strata_greater_equal_f32, strata_greater_equal_f64)
}

/// A loop dx = dy · f'(x) with f' in terms of what a layer keeps, y = f(x) or x itself, in both precisions.
package struct ActivationBackwardKernel: Sendable {
  package typealias Loop<T> =
    @Sendable (Int, UnsafePointer<T>, UnsafePointer<T>, UnsafeMutablePointer<T>) -> Void
  let name: String
  let float32: Loop<Float>
  let float64: Loop<Double>

  package init(_ name: String, _ float32: @escaping Loop<Float>, _ float64: @escaping Loop<Double>) {
    self.name = name
    self.float32 = float32
    self.float64 = float64
  }

  package static let relu = ActivationBackwardKernel("ReLU", strata_relu_backward_f32, strata_relu_backward_f64)
  package static let tanh = ActivationBackwardKernel("Tanh", strata_tanh_backward_f32, strata_tanh_backward_f64)
  package static let sigmoid = ActivationBackwardKernel(
    "Sigmoid", strata_sigmoid_backward_f32, strata_sigmoid_backward_f64)
}

extension Tensor {
  /// f of every element, in this tensor's memory where nobody else holds it.
  package consuming func mapped(by kernel: UnaryKernel) -> Tensor {
    switch dtype {
    case .float32: overwrite(by: kernel.float32)
    case .float64: overwrite(by: kernel.float64)
    case .int32: refuseIntegers(kernel.name)
    }
    return self
  }

  private mutating func overwrite<T: TensorScalar>(by loop: UnaryKernel.Loop<T>) {
    overwrite { old, new in
      let (x, y) = (old.pointer(T.self), new.mutablePointer(T.self))
      parallel(overElements: old.count) { range in
        loop(range.count, x + range.lowerBound, y + range.lowerBound)
      }
    }
  }

  /// dy · f'(x), given what the kernel is written in, y = f(x) or x, in the memory of dy (this tensor) where
  /// nobody else holds it.
  package consuming func multiplied(byDerivative kernel: ActivationBackwardKernel, at y: Tensor) -> Tensor {
    let found = "\(shape) (\(dtype))"
    require(
      shape == y.shape && dtype == y.dtype,
      "\(kernel.name).backward: dy has shape \(found), the output had \(y.shape) (\(y.dtype))")
    switch dtype {
    case .float32: overwrite(by: kernel.float32, y)
    case .float64: overwrite(by: kernel.float64, y)
    case .int32: refuseIntegers(kernel.name)
    }
    return self
  }

  private mutating func overwrite<T: TensorScalar>(by loop: ActivationBackwardKernel.Loop<T>, _ y: Tensor) {
    overwrite { dy, dx in
      let count = y.count
      let (dy, y, dx) = (dy.pointer(T.self), y.pointer(T.self), dx.mutablePointer(T.self))
      parallel(overElements: count) { range in
        let start = range.lowerBound
        loop(range.count, dy + start, y + start, dx + start)
      }
    }
  }
}
