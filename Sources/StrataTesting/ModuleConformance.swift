import StrataLayers
import StrataTensor

/// Checks everything that Strata requires of a module of any inputs and outputs: what ``LayerCheck`` lists for layers.
///
/// ```swift
/// try checkModule(TwoTowers(…), input: Pair(Tensor(normal: [3, 4]), Tensor(normal: [3, 5])))
/// ```
///
/// Of the input's tensors the floating-point numbers vary, and a message about gradients names the tensor, `input 0` and
/// so on; indices stay those of the example. Where all tensors have one number of rows, other numbers are tried.
///
/// - Parameters:
///   - module: A built-in or custom module.
///   - example: An input. Two to five samples of a few features are best.
///   - refuses: Numbers of rows that the module does not take.
///   - skipping: Checks to skip for this module, each with the reason, which the report repeats.
///   - tolerance: The allowed error of gradients in `float64`, relative to the largest entry of each.
///   - seed: The seed of all random numbers in the checks.
/// - Returns: The checks by name, each with what it covered or why it was skipped.
/// - Throws: ``ConformanceError``, with the expected and the actual result, the place, and the likely cause.
@discardableResult
public func checkModule<M: Module>(
  _ module: M, input example: M.Input, refusing refuses: @escaping @Sendable (_ rows: Int) -> Bool = { _ in false },
  skipping: [LayerCheck: String] = [:], tolerance: Double = 1e-9, seed: UInt64 = 0
) throws -> ConformanceReport {
  let layer = JoinedModule(module, like: example)
  var skipping = skipping
  if try module.outputShapes(for: example.shapes) == nil {
    skipping[.outputShape] = skipping[.outputShape] ?? "the module does not say its output's shapes"
  }
  return try checkLayer(
    layer, input: layer.input.shape, values: { layer.input(rows: $0[0]) }, refusing: { $0.rank == 2 && refuses($0[0]) },
    skipping: skipping, tolerance: tolerance, seed: seed)
}

/// Checks a module's backward against central differences of its forward, for every floating-point tensor of an input
/// and every parameter.
@discardableResult
public func checkGradients<M: Module>(
  of module: M, input: M.Input, tolerance: Double = 1e-9, floor: Double = 1e-11, seed: UInt64 = 0
) throws -> GradientReport {
  let layer = JoinedModule(module, like: input)
  return try checkGradients(of: layer, input: layer.input, tolerance: tolerance, floor: floor, seed: seed)
}
