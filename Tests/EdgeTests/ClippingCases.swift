import Strata
import StrataTensor

/// Norms that exceed the range of the gradients' type, or whose squares do.
let clippingCases: [EdgeCase] = DType.precisions.flatMap { dtype in
  EdgeReferences.cases(of: "clip.\(dtype)", with: "g").flatMap { name in
    [
      // One parameter for all numbers, and one for each: the norm is the same.
      EdgeCase("\(name), norm", .ulps(4, .float64)) {
        ([try clipped(name, dtype, apart: false).norm], EdgeReferences.numbers(name + ".norm"))
      },
      EdgeCase("\(name), gradients", .ulps(2, dtype)) {
        (try clipped(name, dtype, apart: false).gradients, EdgeReferences.numbers(name + ".clipped"))
      },
      EdgeCase("\(name), gradients of several parameters", .ulps(2, dtype)) {
        (try clipped(name, dtype, apart: true).gradients, EdgeReferences.numbers(name + ".clipped"))
      },
    ]
  }
}

private func clipped(_ name: String, _ dtype: DType, apart: Bool) throws -> (norm: Double, gradients: [Double]) {
  let numbers = EdgeReferences.numbers(name + ".g")
  var gradients = Gradients()
  for part in apart ? numbers.map({ [$0] }) : [numbers] {
    let gradient = Tensor(part).converted(to: dtype)
    gradients.add(gradient, to: Parameter(Tensor(zeros: gradient.shape, dtype: dtype)))
  }
  let norm = try gradients.clip(globalNorm: EdgeReferences.numbers(name + ".limit")[0])
  return (norm, gradients.receivers.flatMap { gradients[$0]!.elements(as: Double.self) })
}
