import Strata
import StrataTensor

/// ReLU, where only the sign matters: max(x, 0) forward and [x > 0] backward; NaN is kept.
let reluCases: [EdgeCase] = DType.precisions.flatMap { dtype in
  let least = dtype == .float32 ? Double(Float.leastNonzeroMagnitude) : .leastNonzeroMagnitude
  let normal = dtype == .float32 ? Double(Float.leastNormalMagnitude) : .leastNormalMagnitude
  let largest = dtype == .float32 ? Double(Float.greatestFiniteMagnitude) : .greatestFiniteMagnitude
  let numbers: [(String, Double)] = [
    ("0", 0), ("-0", -0.0), ("the least denormal", least), ("minus the least denormal", -least),
    ("the least normal number", normal), ("minus the least normal number", -normal), ("the largest", largest),
    ("minus the largest", -largest), ("infinity", .infinity), ("minus infinity", -.infinity), ("NaN", .nan),
  ]
  return numbers.flatMap { name, x in
    // In an array long enough for the vector loop and its remainder.
    let input: @Sendable () -> Tensor = { Tensor(repeating: x, shape: [37], dtype: dtype) }
    let value = x.isNaN ? x : x > 0 ? x : 0
    let slope: Double = x.isNaN || x > 0 ? 3 : 0
    return [
      EdgeCase("ReLU of \(name), \(dtype)", .exact) {
        (ReLU()(input()).elements(), Array(repeating: value, count: 37))
      },
      EdgeCase("ReLU backward at \(name), \(dtype)", .exact) {
        var gradients = Gradients()
        let dy = Tensor(repeating: 3, shape: [37], dtype: dtype)
        let dx = ReLU().backward(dy, ReLU().forward(input()).1, &gradients)
        return (dx.elements(), Array(repeating: slope, count: 37))
      },
    ]
  }
}
