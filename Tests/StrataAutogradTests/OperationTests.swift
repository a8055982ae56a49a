import Strata
import StrataTesting
import Testing

/// Every operation against differences, and its three derivatives against each other.
@Suite(.seeded) struct OperationTests {
  @Test(arguments: operations)
  func `the gradient agrees with differences for every operand`(_ operation: Operation) throws {
    let operands = operation.operands()
    let parameters = operands.dropFirst().map { Parameter($0) }
    // The first operand is the input, the others are parameters of a layer; the check perturbs all of them.
    let layer = Operands(parameters: parameters, function: operation.function)
    try checkGradients(of: layer, input: operands[0])
  }

  @Test(arguments: operations)
  func `the pushforward is the transpose of the pullback`(_ operation: Operation) {
    let (x, v) = (operation.operands(), operation.directions())
    let (y, tangent) = jvp(of: operation.function, at: x, along: v)
    let (value, pullback) = valueWithPullback(of: operation.function, at: x)
    #expect(value.isIdentical(to: y))
    let u = normal(y.shape, seed: 50)
    let (pushed, pulled) = (dot(u, tangent), zip(pullback(u), v).reduce(0) { $0 + dot($1.0, $1.1) })
    let scale = zip(pullback(u), v).reduce(1) { $0 + ($1.0.sumOfSquares * $1.1.sumOfSquares).squareRoot() }
    #expect(abs(pushed - pulled) <= 1e-12 * scale)
  }

  @Test(arguments: operations)
  func `tangents alone of each operand add up to that of all`(_ operation: Operation) {
    let (x, v) = (operation.operands(), operation.directions())
    let all = jvp(of: operation.function, at: x, along: v).tangent
    let parts = x.indices.map { index in
      jvp(of: { operation.function(at: index, $0, x) }, at: x[index], along: v[index]).tangent
    }
    #expect(relativeError(parts.dropFirst().reduce(parts[0], +), all) < 1e-14)
  }

  @Test(arguments: operations)
  func `Hessian-vector products agree with differences of gradients`(_ operation: Operation) {
    let (x, v) = (operation.operands(), operation.directions())
    for index in x.indices {
      // Cubed, so that linear operations have a second derivative too; and the square root.
      let f = { (operand: Variable) in
        let y = operation.function(at: index, operand, x)
        return (y * y * y * Variable(normal(y.shape, seed: 60))).sum()
      }
      let h = 1e-4
      func gradient(_ step: Double) -> Tensor { Strata.gradient(of: f, at: x[index] + step * h * v[index]) }
      let differences = (8 * (gradient(1) - gradient(-1)) - (gradient(2) - gradient(-2))) / (12 * h)
      let product = hessianVectorProduct(of: f, at: x[index], along: v[index])
      #expect(relativeError(product, differences) < 1e-8, "operand \(index)")
    }
  }

  @Test(arguments: operations)
  func `float32 agrees with float64`(_ operation: Operation) {
    let x = operation.operands()
    let (y, pullback) = valueWithPullback(of: operation.function, at: x)
    let single = valueWithPullback(of: operation.function, at: x.map { $0.converted(to: .float32) })
    #expect(single.value.dtype == .float32)
    #expect(relativeError(single.value, y) < 1e-5)
    let u = normal(y.shape, seed: 51)
    for (a, b) in zip(single.pullback(u.converted(to: .float32)), pullback(u)) { #expect(relativeError(a, b) < 1e-5) }
  }
}

extension Operation {
  /// Returns the function of one operand, with the others fixed.
  func function(at index: Int, _ operand: Variable, _ others: [Tensor]) -> Variable {
    function(others.indices.map { $0 == index ? operand : Variable(others[$0]) })
  }
}

/// A function of an input and of parameters.
private struct Operands: DifferentiableLayer {
  let parameters: [Parameter]
  let function: @Sendable ([Variable]) -> Variable

  func forward(_ x: Variable) -> Variable { function([x] + parameters.map(\.variable)) }
}
