import StrataLayers
import StrataTensor

/// Checks a layer's backward against central differences of its forward, in double precision.
///
/// With a random cotangent r, L = ⟨r, layer(x)⟩ is a scalar, and `backward(r)` must give its gradient for the
/// input and for every parameter. Each entry is compared with the fourth-order central difference
/// (−L(+2h) + 8L(+h) − 8L(−h) + L(−2h)) / 12h. Tensors of up to 400 entries are checked entry by entry,
/// larger ones along random directions. Where a kink (of a ReLU, say) lies within the step, a smaller
/// step passes beside it.
///
/// ```swift
/// @Test func swish() throws { try checkGradients(of: Swish(), input: [3, 5]) }
/// ```
///
/// The layer's parameters, statistics and constants are switched to `float64` meanwhile, and back with their
/// very bits afterwards: nothing else may use the layer during the check.
///
/// - Parameters:
///   - layer: Any layer, built in or your own.
///   - input: The shape of an input, batch axis included, drawn from the normal distribution.
///   - tolerance: The error allowed, relative to the largest entry of the tensor checked.
///   - floor: The error allowed besides, absolute, for tensors whose gradients are tiny or zero.
///   - seed: Of the input, the cotangent and the directions.
/// - Returns: What was compared, and the largest error of each tensor.
/// - Throws: ``GradientMismatch`` for the first tensor that differs.
@discardableResult
public func checkGradients(
  of layer: some Layer, input: Shape, tolerance: Double = 1e-9, floor: Double = 1e-11, seed: UInt64 = 0
) throws -> GradientReport {
  var generator = RandomGenerator(seed: seed, stream: inputStream)
  let x = Tensor(normal: input, dtype: .float64, using: &generator)
  return try checkGradients(of: layer, input: x, tolerance: tolerance, floor: floor, seed: seed)
}

/// The same at a given input; of an `int32` input (indices) only the parameters' gradients are checked.
@discardableResult
public func checkGradients(
  of layer: some Layer, input: Tensor, tolerance: Double = 1e-9, floor: Double = 1e-11, seed: UInt64 = 0
) throws -> GradientReport {
  let contents = ModelContents(of: layer)
  return try withDoublePrecision(contents.cells) {
    let x = input.dtype.isFloatingPoint ? input.converted(to: .float64) : input
    let ((y, cache), calls) = contents.restoringStreams { RandomCalls.recording { layer.forward(x) } }
    let output: (Tensor) -> Tensor = { x in calls.replayed { layer.forward(x).0 } }
    var generator = RandomGenerator(seed: seed, stream: cotangentStream)
    let cotangent = Tensor(normal: y.shape, dtype: .float64, using: &generator)
    var gradients = Gradients()
    let dx = layer.backward(cotangent, cache, &gradients)

    var comparison = GradientComparison(
      layer: "\(type(of: layer))", batch: input.shape.rank > 0 ? input.shape[0] : 1, tolerance: tolerance,
      floor: floor, generator: generator)
    for (path, parameter) in contents.parameters {
      let value = parameter.value
      defer { parameter.value = value }
      try comparison.compare(gradients[parameter], at: value, named: path) { moved in
        parameter.value = moved
        return output(x)
      } against: {
        ($0 * cotangent).sum().item
      }
    }
    if x.dtype.isFloatingPoint {
      try comparison.compare(dx, at: x, named: "input") {
        output($0)
      } against: {
        ($0 * cotangent).sum().item
      }
    }
    return comparison.report
  }
}

/// Checks the gradient that a loss gives against central differences of its value, in double precision.
@discardableResult
public func checkGradients(
  of loss: some Loss, output: Tensor, target: Tensor, tolerance: Double = 1e-9, floor: Double = 1e-11,
  seed: UInt64 = 0
) throws -> GradientReport {
  let output = output.converted(to: .float64)
  let target = target.dtype.isFloatingPoint ? target.converted(to: .float64) : target
  var comparison = GradientComparison(
    layer: "\(type(of: loss))", batch: output.shape.rank > 0 ? output.shape[0] : 1, tolerance: tolerance,
    floor: floor, generator: RandomGenerator(seed: seed, stream: cotangentStream))
  let gradient = loss.evaluate(output, target).gradient
  try comparison.compare(gradient, at: output, named: "output") { moved in
    Tensor([loss(moved, target)] as [Double])
  } against: {
    $0.item
  }
  return comparison.report
}

/// Streams of the check's seed, apart from those that initializers count from 0.
private let inputStream: UInt64 = 1 << 40
private let cotangentStream: UInt64 = 1 << 40 + 1

/// Runs `body` with every cell in `float64`, then gives each its old bits back.
private func withDoublePrecision<R>(_ cells: [TensorCell], _ body: () throws -> R) rethrows -> R {
  let originals = cells.map(\.value)
  for (cell, value) in zip(cells, originals) where value.dtype.isFloatingPoint {
    cell.update { $0 = value.converted(to: .float64) }
  }
  defer {
    for (cell, value) in zip(cells, originals) { cell.update { $0 = value } }
  }
  return try body()
}
