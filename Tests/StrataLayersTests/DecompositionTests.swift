import LayerRegistry
import Strata
import StrataTensor
import Testing

/// Every layer, module and loss of the catalogue in operations on variables, against its own forward and backward: the
/// values, the gradients by input and parameters, the JVP as the transpose of the backward, Hessian-vector products
/// against differences of the backward's gradients, and nested gradients.
@Suite(.seeded) struct DecompositionTests {
  /// What has no decomposition, and why.
  static let without: [String: String] = [
    "Lambda": "its functions are of tensors",
    "Recurrent(LeakyCell)": "a cell of the tests, without",
    "TwoTowers": "a module of the tests, without", "WithAuxiliary": "a module of the tests, without",
    "Chain": "its first module is TwoTowers", "Recomputed": "its base is TwoTowers",
    "Parametrized": "its base is TwoTowers",
  ]

  @Test(arguments: layerRegistry)
  func `every layer is a function of variables`(_ entry: LayerEntry) throws {
    let fitting = entry.shapes.filter { 8...150 ~= $0.count && !entry.refuses($0) }
    let shape = fitting.first { $0[0] > 1 } ?? fitting.first ?? entry.shapes[0]
    let layer = withSeed(7) { entry.make(shape) }
    guard let module = layer as? any DecomposableModule else {
      #expect(Self.without.keys.contains { entry.name.contains($0) }, "\(entry.name) is not decomposable")
      return
    }
    // What a backward takes the forward for, truncation, and vectors that count as constants while they are looked for, are
    // no derivatives of the values.
    let isSpectral = entry.name.contains("SpectralNorm")
    let isTwice = entry.takenFor == nil && !entry.name.contains("truncat") && !isSpectral
    check(module, entry.example(shape), isTwice: isTwice, isTwiceInInference: isSpectral, entry.name)
  }

  @Test(arguments: moduleRegistry)
  func `every module is a function of variables`(_ entry: ModuleEntry) {
    let (module, input) = entry.example(2)
    guard let module = module as? any DecomposableModule else {
      #expect(Self.without[entry.description] ?? Self.without[entry.type] != nil, "\(entry) is not decomposable")
      return
    }
    check(module, input, isTwice: true, entry.description)
  }

  @Test(arguments: lossRegistry + classAxisLosses)
  func `every loss is a function of variables`(_ entry: LossEntry) {
    let shape: Shape = entry.description.contains("axis") ? [3, lossClasses, 2] : [4, lossClasses]
    let output = entry.output(Tensor(normal: shape, dtype: .float64)).converted(to: .float64)
    let target = entry.target(shape)
    compare(
      entry.loss, output, target.dtype == .int32 ? target : target.converted(to: .float64), entry.type,
      entry.description)
  }

  @Test(arguments: objectiveRegistry)
  func `every objective is a function of variables`(_ entry: ObjectiveEntry) {
    let (objective, output, target) = entry.example(4)
    compare(objective, output, target, entry.type, entry.description)
  }

  private func check<M: DecomposableModule>(
    _ module: M, _ input: Any, isTwice: Bool, isTwiceInInference: Bool = false, _ name: String
  ) {
    DecompositionCheck(module, input as! M.Input).run(isTwice: isTwice, name)
    DecompositionCheck(module, input as! M.Input, infers: true).run(isTwice: isTwiceInInference, name + " in inference")
  }

  private func compare(_ objective: any Objective, _ output: Any, _ target: Any, _ type: String, _ name: String) {
    guard let objective = objective as? any DecomposableObjective else {
      #expect(
        Self.without.keys.contains { type.contains($0) } || type.hasPrefix("WeightedSum"), "\(name) is not decomposable"
      )
      return
    }
    compare(objective, output, target, name)
  }

  private func compare<Goal: DecomposableObjective>(
    _ objective: Goal, _ output: Any, _ target: Any, _ name: String
  ) {
    let output = (output as! Goal.Output).mapped { $0.converted(to: .float64) }
    let target = (target as! Goal.Target).mapped { $0.dtype == .int32 ? $0 : $0.converted(to: .float64) }
    let shell = GroupKind(of: output).shell
    let loss = { (x: [Variable]) in
      withParameters([], as: []) { objective(Goal.VariableOutput(x, like: shell), target) }
    }
    let (value, expected) = objective.evaluate(output, target)
    let found = valueWithGradient(of: loss, at: output.tensors)
    #expect(abs(found.value - value) < 1e-11 * max(1, abs(value)), "\(name): value")
    for (a, b) in zip(found.gradient, expected.tensors) { #expect(relativeError(a, b) < 1e-9, "\(name): gradient") }
    let (h, v) = (1e-4, output.tensors.map { Tensor(normal: $0.shape, dtype: .float64) })
    func gradients(_ step: Double) -> [Tensor] {
      var moved = output
      moved.tensors = zip(output.tensors, v).map { $0 + step * h * $1 }
      return objective.evaluate(moved, target).gradient.tensors
    }
    let (a, b, c, d) = (gradients(1), gradients(-1), gradients(2), gradients(-2))
    let products = hessianVectorProduct(of: loss, at: output.tensors, along: v)
    for index in v.indices {
      let differences = (8 * (a[index] - b[index]) - (c[index] - d[index])) / (12 * h)
      let size = 1e-4 + differences.sumOfSquares.squareRoot()
      #expect((products[index] - differences).sumOfSquares.squareRoot() < 1e-6 * size, "\(name): H·v")
    }
  }
}
