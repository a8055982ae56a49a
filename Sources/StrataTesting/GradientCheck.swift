import StrataLayers
import StrataTensor

/// Checks a layer's backward against central differences of its forward, in double precision.
///
/// With a random cotangent r, L = ⟨r, layer(x)⟩ is a scalar, and `backward(r)` must give its gradient for the
/// input and for every parameter. Each entry is compared with the fourth-order central difference
/// (−L(+2h) + 8L(+h) − 8L(−h) + L(−2h)) / 12h. Tensors of up to 400 entries are checked entry by entry, larger ones
/// along random directions. If a kink, such as that of a ReLU, lies within the step, smaller steps avoid it.
///
/// ```swift
/// @Test func swish() throws { try checkGradients(of: Swish(), input: [3, 5]) }
/// ```
///
/// The layer's parameters, statistics and constants are `float64` during the check and restored bit for bit
/// afterwards; nothing else may use the layer meanwhile.
///
/// - Parameters:
///   - layer: A built-in or custom layer.
///   - input: The shape of an input, batch axis included, drawn from the normal distribution.
///   - tolerance: The allowed error, relative to the largest entry of each tensor.
///   - floor: An additional absolute error allowed, for tensors whose gradients are tiny or zero.
///   - seed: The seed of the input, the cotangent and the directions.
/// - Returns: The number of comparisons and the largest error of each tensor.
/// - Throws: ``GradientMismatch`` for the first tensor that differs.
@discardableResult
public func checkGradients(
  of layer: some Layer, input: Shape, tolerance: Double = 1e-9, floor: Double = 1e-11, seed: UInt64 = 0
) throws -> GradientReport {
  var generator = RandomGenerator(seed: seed, stream: inputStream)
  let x = Tensor(normal: input, dtype: .float64, using: &generator)
  return try checkGradients(of: layer, input: x, tolerance: tolerance, floor: floor, seed: seed)
}

/// Checks a layer's backward at a given input; for an `int32` input (indices), only the gradients of parameters.
@discardableResult
public func checkGradients(
  of layer: some Layer, input: Tensor, tolerance: Double = 1e-9, floor: Double = 1e-11, seed: UInt64 = 0
) throws -> GradientReport {
  let contents = ModelContents(of: layer)
  return try withPrecision(.float64, contents.boxes) {
    var comparison = GradientComparison(
      layer: name(ofType: layer), batch: input.shape.rank > 0 ? input.shape[0] : 1, tolerance: tolerance,
      floor: floor, generator: RandomGenerator(seed: seed, stream: cotangentStream))
    let x = input.dtype.isFloatingPoint ? input.converted(to: .float64) : input
    try comparison.compare(layer, contents, at: x)
    return comparison.report
  }
}

/// Checks the gradient of an objective by every tensor of the output against central differences of its value, in double
/// precision.
@discardableResult
public func checkGradients<Goal: Objective>(
  of objective: Goal, output: Goal.Output, target: Goal.Target, tolerance: Double = 1e-9, floor: Double = 1e-11,
  seed: UInt64 = 0
) throws -> GradientReport {
  try checkGradients(
    of: objective, output: output, target: target, tolerance: tolerance, floor: floor, seed: seed, isBrief: false)
}

func checkGradients<Goal: Objective>(
  of objective: Goal, output: Goal.Output, target: Goal.Target, tolerance: Double, floor: Double, seed: UInt64,
  isBrief: Bool
) throws -> GradientReport {
  let output = output.mapped { $0.converted(to: .float64) }
  let target = target.mapped { $0.dtype.isFloatingPoint ? $0.converted(to: .float64) : $0 }
  var comparison = GradientComparison(
    layer: "\(type(of: objective))", batch: output.rowCount ?? 1, tolerance: tolerance, floor: floor,
    generator: RandomGenerator(seed: seed, stream: cotangentStream))
  comparison.isBrief = isBrief
  let gradients = objective.evaluate(output, target).gradient.tensors
  for (index, point) in output.tensors.enumerated() {
    try comparison.compare(
      .init(
        name: gradients.count == 1 ? "output" : "output \(index)", point: point, gradient: gradients[index],
        cotangent: Tensor([1] as [Double])
      ) { moved in
        var output = output
        output.tensors[index] = moved
        return Tensor([objective(output, target)] as [Double])
      })
  }
  return comparison.report
}

/// The random streams of a check, distinct from those of initializers, which count from 0.
let inputStream: UInt64 = 1 << 40
let cotangentStream: UInt64 = 1 << 40 + 1

extension GradientComparison {
  /// Compares all gradients of a layer whose tensors are in `float64`.
  ///
  /// - Parameters:
  ///   - layer: The layer whose backward is checked.
  ///   - contents: The layer's parameters and statistics.
  ///   - x: The input.
  ///   - surrogate: The layer whose forward is differentiated instead, if the backward is defined as the
  ///     derivative of another function.
  ///   - comparesJacobian: Whether to check the backward of every output separately too.
  mutating func compare(
    _ layer: some Layer, _ contents: ModelContents, at x: Tensor, takenFor surrogate: (any Layer)? = nil,
    comparesJacobian: Bool = false
  ) throws {
    let differentiated: any Layer = surrogate ?? layer
    let joined = layer as? any JoinedInput
    let other = joined == nil ? x.withReversedElements : x.gathered(rows: Array((0..<x.shape[0]).reversed()))
    // Forwards of another input before and after reveal a cache that does not belong to this forward.
    contents.restoringStreams { _ = layer.forward(other) }
    let ((y, cache), calls) = contents.restoringStreams { RandomCalls.recording { layer.forward(x) } }
    calls.replayed { _ = layer.forward(other) }
    let surrogateCalls = surrogate.map { $0.callsOfForward(at: x) } ?? calls
    func output(_ x: Tensor) -> Tensor { surrogateCalls.replayed { differentiated.forward(x).0 } }

    let cotangent = Tensor(normal: y.shape, dtype: .float64, using: &generator)
    var gradients = Gradients()
    let dx = layer.backward(cotangent, cache, &gradients)
    var rows: [(dx: Tensor, gradients: Gradients)] = []
    if comparesJacobian {
      for index in 0..<y.count {
        var gradients = Gradients()
        let dx = layer.backward(Tensor(oneAt: index, shape: y.shape), cache, &gradients)
        rows.append((dx, gradients))
      }
    }
    for (path, parameter) in contents.parameters {
      let value = parameter.value
      defer { parameter.value = value }
      func moved(at x: Tensor) -> (Tensor) -> Tensor {
        { value in
          parameter.value = value
          return output(x)
        }
      }
      try compare(
        .init(
          name: path, point: value, gradient: gradients[parameter], rows: rows.map { $0.gradients[parameter] },
          cotangent: cotangent, elsewhere: moved(at: other), function: moved(at: x)))
    }
    guard x.dtype.isFloatingPoint else { return }
    for part in joined?.parts ?? [] {
      try compare(
        .init(
          name: part.name, point: part.of(x), gradient: part.of(dx), rows: rows.map { part.of($0.dx) },
          cotangent: cotangent, elsewhere: { output(part.replaced(in: other, by: $0)) },
          function: { output(part.replaced(in: x, by: $0)) }))
    }
    if joined != nil { return }
    try compare(
      .init(
        name: "input", point: x, gradient: dx, rows: rows.map(\.dx), cotangent: cotangent,
        elsewhere: { output($0 + (other - x)) }, function: output))
  }
}

/// Returns the type of a layer or of the module that it stands for.
func name(ofType layer: some Layer) -> String { (layer as? any JoinedInput)?.moduleName ?? "\(type(of: layer))" }

extension Tensor {
  /// Returns zeros with a one at a position in memory.
  fileprivate init(oneAt index: Int, shape: Shape) {
    self.init(zeros: shape, dtype: .float64)
    withUnsafeMutableElements(as: Double.self) { $0[index] = 1 }
  }

  /// Another input of the same kind: the elements in reverse order.
  var withReversedElements: Tensor {
    reshaped(to: [count]).gathered(rows: (0..<count).reversed()).reshaped(to: shape)
  }
}

extension Layer {
  /// Returns the random keys that a forward draws, and restores the streams.
  func callsOfForward(at x: Tensor) -> RandomCalls {
    ModelContents(of: self).restoringStreams { RandomCalls.recording { _ = forward(x) }.calls }
  }
}
