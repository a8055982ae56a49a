import Strata
import StrataTensor
import Testing

/// Compares what a module says of itself in operations on variables with its forward and backward, in double precision.
///
/// The inputs of the function under test are the module's input and all its parameters.
struct DecompositionCheck<M: DecomposableModule> {
  let module: M
  let x: M.Input
  let infers: Bool

  private let parameters: [Parameter]
  private let contents: ModelContents
  private let kind: GroupKind<M.Input>

  /// How many of the inputs are the module's.
  private let count: Int
  /// A factor of each element of the output.
  private let weights: [Tensor]

  init(_ module: M, _ input: M.Input, infers: Bool = false) {
    module.convert(to: .float64)
    (self.module, self.infers) = (module, infers)
    x = input.mapped { $0.dtype == .int32 ? $0 : $0.converted(to: .float64) }
    (contents, parameters) = (ModelContents(of: module), module.parameters.map(\.parameter))
    (kind, count) = (GroupKind(of: x), x.tensors.count)
    let shapes = contents.restoringStreams { [x] in module.forward(x).0.shapes }
    weights = shapes.map { Tensor(normal: $0, dtype: .float64) }
  }

  /// Runs all checks; without `isTwice` those of first derivatives alone.
  func run(isTwice: Bool, _ name: String) {
    let inputs = x.tensors + parameters.map(\.value)
    let (y, expected) = derivatives(at: inputs, along: weights)
    let found = outputs(inputs.map { Variable($0) })
    for (a, b) in zip(found, y) { #expect(relativeError(a.value, b) < 1e-12, "\(name): value") }

    let slopes = gradient(of: { zip(outputs($0), weights).total { ($0 * Variable($1)).sum() } }, at: inputs)
    for (index, pair) in zip(slopes, expected).enumerated() where inputs[index].dtype != .int32 {
      #expect(relativeError(pair.0, pair.1) < 1e-9, "\(name): gradient by input \(index)")
    }
    let v = inputs.map { $0.dtype == .int32 ? Tensor(zeros: $0.shape) : Tensor(normal: $0.shape, dtype: .float64) }
    let pushed = jvp(
      of: { zip(outputs($0), weights).total { ($0 * Variable($1)).sum() } }, at: inputs, along: v
    ).tangent.item
    let products = zip(expected, v).filter { $0.1.dtype == .float64 }.map { ($0.0 * $0.1).sum().item }
    let scale = products.reduce(1) { $0 + abs($1) }
    #expect(abs(pushed - products.reduce(0, +)) < 1e-9 * scale, "\(name): the JVP is the transpose of the backward")
    if isTwice { checkSecondDerivative(inputs, v, name) }
  }

  /// The Hessian of ½ Σ w y² times v, against differences of the backward's gradients.
  private func checkSecondDerivative(_ inputs: [Tensor], _ v: [Tensor], _ name: String) {
    let h = 1e-4
    func gradients(_ step: Double) -> [Tensor] {
      let moved = zip(inputs, v).map { $0.dtype == .int32 ? $0 : $0 + step * h * $1 }
      let y = derivatives(at: moved, along: weights).y
      return derivatives(at: moved, along: zip(weights, y).map { $0 * $1 }).gradients
    }
    let (a, b, c, d) = (gradients(1), gradients(-1), gradients(2), gradients(-2))
    let loss = { (v: [Variable]) in zip(outputs(v), weights).total { 0.5 * ($0 * $0 * Variable($1)).sum() } }
    let products = hessianVectorProduct(of: loss, at: inputs, along: v)
    let nested = gradient(
      of: { x in
        let slopes = gradient(of: loss, at: x)
        return zip(slopes, v).filter { $0.1.dtype == .float64 }.total { ($0 * Variable($1)).sum() }
      }, at: inputs)
    for index in inputs.indices where inputs[index].dtype != .int32 {
      let differences = (8 * (a[index] - b[index]) - (c[index] - d[index])) / (12 * h)
      let size = 1e-4 + differences.sumOfSquares.squareRoot()
      #expect((products[index] - differences).sumOfSquares.squareRoot() < 1e-6 * size, "\(name): H·v, input \(index)")
      #expect(
        (nested[index] - products[index]).sumOfSquares.squareRoot() < 1e-9 * size, "\(name): nested, input \(index)")
    }
  }

  /// The output of the decomposition, of variables in the place of the input and of the parameters.
  private func outputs(_ variables: [Variable]) -> [Variable] {
    let input = M.VariableInput(Array(variables.prefix(count)), like: kind.shell)
    return contents.restoringStreams {
      withParameters(parameters, as: Array(variables.dropFirst(count))) {
        let y: M.VariableOutput = infers ? module(input) : module.forward(input)
        return y.variables
      }
    }
  }

  /// The output of forward, and dL of the inputs by backward.
  private func derivatives(at inputs: [Tensor], along dy: [Tensor]) -> (y: [Tensor], gradients: [Tensor]) {
    contents.restoringAll {
      for (parameter, value) in zip(parameters, inputs.dropFirst(count)) { parameter.value = value }
      let x = kind.group(of: Array(inputs.prefix(count)))
      let (y, cache) = infers ? module.inference(x) : module.forward(x)
      var (gradients, cotangent) = (Gradients(), y)
      cotangent.tensors = dy
      let dx = module.backward(cotangent, cache, &gradients)
      return (y.tensors, dx.tensors + parameters.map { gradients[$0] ?? $0.value.zeros })
    }
  }
}

extension Sequence {
  /// The sum of a number for each element.
  fileprivate func total(_ part: (Element) -> Variable) -> Variable {
    let parts = map(part)
    return parts.dropFirst().reduce(parts.first ?? Variable(Tensor(zeros: [], dtype: .float64)), +)
  }
}
