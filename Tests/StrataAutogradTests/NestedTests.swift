import Strata
import StrataTensor
import Testing

/// Gradients inside gradients, by hand and against differences.
@Suite(.seeded) struct NestedTests {
  @Test func `derivatives of x⁵ to the fourth order`() {
    typealias Function = @Sendable (Variable) -> Variable
    func derivative(_ f: @escaping Function) -> Function { { x in gradient(of: { f($0).sum() }, at: x) } }
    let fourth = (0..<3).reduce({ pow($0, 5) } as Function) { f, _ in derivative(f) }
    #expect(gradient(of: { fourth($0).sum() }, at: [1, 2]) == [120, 240])
  }

  @Test func `the inner gradient is differentiated by the variables of the outer function`() {
    // d/dx x²w = 2xw at x = 3w, so 6w², whose derivative is 12w.
    let f = { (w: Variable) in gradient(of: { x in x * x * w }, at: 3 * w) }
    #expect(gradient(of: f, at: [2]) == [24])
    // At a constant x = 5 it is 10w.
    #expect(gradient(of: { w in gradient(of: { x in x * x * w }, at: Variable([5])) }, at: [2]) == [10])
  }

  @Test func `what the inner function does not depend on has the gradient 0`() {
    #expect(gradient(of: { w in gradient(of: { _ in w }, at: w) + w }, at: [2]) == [1])
    #expect(gradient(of: { w in gradient(of: { _ in Variable([7]) }, at: w) + w }, at: [2]) == [1])
    let both = { (w: [Variable]) in
      let slopes = gradient(of: { x in x[1] * x[1] }, at: [w[0], w[1]])
      return slopes[0] + slopes[1] * w[0]
    }
    #expect(gradient(of: both, at: [[3], [5]]) == [[10], [6]])
  }

  @Test func `values come with gradients`() {
    let f = { (w: Variable) in
      let (value, slope) = valueWithGradient(of: { x in pow(x, 3) }, at: w)
      return value * slope  // 3w⁵
    }
    #expect(gradient(of: f, at: [2]) == [240])
  }

  @Test func `outside of a differentiation the result is a constant`() {
    let slope = gradient(of: { x in (x * x).sum() }, at: Variable([1, 2]))
    #expect(slope.value == [2, 4])
    #expect(gradient(of: { $0 * slope[1] }, at: [1]) == [4])
  }

  @Test func `products with Jacobians inside gradients`() {
    // f = x² ⊙ x reversed; J v by forward mode, by two passes in reverse, and their derivatives.
    let f = { (x: Variable) in x * x * x.flipped(along: 0) }
    let (x, v, u) = (normal([4], seed: 1), normal([4], seed: 2), normal([4], seed: 3))
    let expected = jvp(of: f, at: x, along: v)
    let found = jvp(of: f, at: Variable(x), along: Variable(v))
    #expect(relativeError(found.value.value, expected.value) == 0)
    #expect(relativeError(found.tangent.value, expected.tangent) < 1e-14)
    // ∂⟨J(x) v, u⟩/∂x is the Hessian of ⟨f, u⟩ times v.
    let slope = gradient(of: { x in (jvp(of: f, at: x, along: Variable(v)).tangent * Variable(u)).sum() }, at: x)
    #expect(relativeError(slope, hessianVectorProduct(of: { (f($0) * Variable(u)).sum() }, at: x, along: v)) < 1e-14)
    // And forward mode over a gradient.
    let product = jvp(of: { x in gradient(of: { (f($0) * Variable(u)).sum() }, at: x) }, at: x, along: v).tangent
    #expect(relativeError(slope, product) < 1e-14)
  }

  @Test func `a third derivative by forward mode over a nested gradient`() {
    let (x, v) = (normal([5], seed: 1), normal([5], seed: 2))
    let f = { (x: Variable) in (sin(x) * x.cumulativeSum(along: 0)).sum() }
    let energy = { (x: Variable) in pow(gradient(of: f, at: x), 2).sum() }
    let h = 1e-4
    let differences = (gradient(of: energy, at: x + h * v) - gradient(of: energy, at: x - h * v)) / (2 * h)
    #expect(relativeError(hessianVectorProduct(of: energy, at: x, along: v), differences) < 1e-7)
  }

  @Test func `the gradient penalty of a critic has gradients by all of its parameters`() throws {
    let critic = withSeed(1) {
      Sequential {
        Linear(3, 6); BatchNorm(6); Tanh(); Linear(6, 4); SiLU(); Linear(4, 1)
      }
    }
    critic.convert(to: .float64)
    let x = normal([5, 3], seed: 2)
    let penalty = { () -> Variable in
      let slopes = gradient(of: { critic($0).sum() }, at: Variable(x))
      return pow(slopes.norm(along: 1) - 1, 2).mean() + critic(Variable(x)).mean()
    }
    let (_, found) = gradients(of: penalty)
    #expect(found.observations.count == 2 * 2, "the statistics of both runs, each once")
    for (path, parameter) in critic.parameters {
      let v = normal(parameter.shape, seed: 3)
      let value = parameter.value
      func loss(_ step: Double) -> Double {
        parameter.value = value + step * v
        defer { parameter.value = value }
        return gradients(of: penalty).value
      }
      let slope = (8 * (loss(1e-4) - loss(-1e-4)) - (loss(2e-4) - loss(-2e-4))) / 12e-4
      let own = path.contains("3.bias") || path.contains("5.bias") ? found[parameter]! : try #require(found[parameter])
      #expect(abs(dot(own, v) - slope) < 1e-8, "\(path)")
    }
  }

  @Test func `meta-learning differentiates through a step of training`() {
    let model = withSeed(1) {
      Sequential {
        Linear(2, 5); Tanh(); Linear(5, 1)
      }
    }
    model.convert(to: .float64)
    let parameters = model.parameters.map(\.parameter)
    let (x, y) = (normal([6, 2], seed: 1), normal([6, 1], seed: 2))
    let loss = { (w: [Variable], rows: Range<Int>) in
      withParameters(parameters, as: w) { MeanSquaredError()(model(Variable(x[rows])), y[rows]) }
    }
    let meta = { (w: [Variable]) in
      let slopes = gradient(of: { loss($0, 0..<3) }, at: w)
      return loss(zip(w, slopes).map { $0 - 0.3 * $1 }, 3..<6)
    }
    let w = parameters.map(\.value)
    let v = w.map { normal($0.shape, seed: 9) }
    func value(_ step: Double) -> Double { valueWithGradient(of: meta, at: zip(w, v).map { $0 + step * $1 }).value }
    let slope = (8 * (value(1e-3) - value(-1e-3)) - (value(2e-3) - value(-2e-3))) / 12e-3
    let found = zip(gradient(of: meta, at: w), v).reduce(0) { $0 + dot($1.0, $1.1) }
    #expect(abs(found - slope) < 1e-9 * abs(slope))
    let first = zip(gradient(of: { w in loss(w, 3..<6) }, at: w), v).reduce(0) { $0 + dot($1.0, $1.1) }
    #expect(abs(found - first) > 1e-3 * abs(slope), "the step matters")
  }

  @Test func `Hessian-vector products through an MLP with BatchNorm and through an LSTM agree with differences`() {
    let perceptron = withSeed(1) {
      Sequential {
        Linear(4, 6); BatchNorm(6); GELU(); Linear(6, 3)
      }
    }
    let recurrent = withSeed(2) {
      Sequential {
        Recurrent(LSTMCell(4, 5), returning: .lastStep); LayerNorm(5); Linear(5, 3)
      }
    }
    for (model, x) in [(perceptron, normal([5, 4], seed: 1)), (recurrent, normal([5, 3, 4], seed: 1))] {
      model.convert(to: .float64)
      let (parameters, labels) = (model.parameters.map(\.parameter), Tensor(labels: [0, 2, 1, 1, 0]))
      let w = parameters.map(\.value)
      let v = w.enumerated().map { normal($1.shape, seed: UInt64(20 + $0)) }
      // The gradient of the layers' backward passes.
      func slopes(_ step: Double) -> [Tensor] {
        for (index, parameter) in parameters.enumerated() { parameter.value = w[index] + step * v[index] }
        defer { for (index, parameter) in parameters.enumerated() { parameter.value = w[index] } }
        let (_, found) = model.gradients(at: x) { SoftmaxCrossEntropy().evaluate($0, labels) }
        return parameters.map { found[$0]! }
      }
      let h = 2e-4
      let (a, b, c, d) = (slopes(h), slopes(-h), slopes(2 * h), slopes(-2 * h))
      let loss = { (w: [Variable]) in
        withParameters(parameters, as: w) { SoftmaxCrossEntropy()(model.forward(Variable(x)) as Variable, labels) }
      }
      let products = hessianVectorProduct(of: loss, at: w, along: v)
      for index in w.indices {
        let differences = (8 * (a[index] - b[index]) - (c[index] - d[index])) / (12 * h)
        #expect((products[index] - differences).sumOfSquares.squareRoot() < 1e-8, "\(model) parameter \(index)")
      }
    }
  }

  @Test func `layers and activations of a user are decomposed by what they say`() {
    let model = Sequential {
      Linear(2, 2); Cube(); Doubled()
    }
    model.convert(to: .float64)
    let x = normal([3, 2], seed: 1)
    let f = { (x: Variable) in model(x).sum() }
    let h = 1e-4
    let v = normal([3, 2], seed: 2)
    let differences = (gradient(of: f, at: x + h * v) - gradient(of: f, at: x - h * v)) / (2 * h)
    #expect(relativeError(hessianVectorProduct(of: f, at: x, along: v), differences) < 1e-8)
  }

  @Test func `constants need no decomposition`() {
    let features = Lambda(forward: { x in (x * x, x) }, backward: { dy, x in 2 * dy * x })
    #expect(gradient(of: { w in gradient(of: { $0 * $0 * features(Variable([3])) }, at: w) }, at: [2]) == [18])
  }

  @Test func `in float32 too`() {
    let norm = LayerNorm(4)
    let x = normal([3, 4], seed: 1)
    let f = { (x: Variable) in pow(norm(x), 3).sum() }
    let v = normal([3, 4], seed: 2)
    let single = hessianVectorProduct(of: f, at: x.converted(to: .float32), along: v.converted(to: .float32))
    #expect(single.dtype == .float32)
    norm.convert(to: .float64)
    #expect(relativeError(single, hessianVectorProduct(of: f, at: x, along: v)) < 1e-4)
  }
}

/// y = x³.
private struct Cube: DecomposableActivation {
  let function = ActivationFunction(keeping: .input) { x in
    pow(x, 3)
  } pullback: {
    3 * $0 * $1 * $1
  }
  func slope(at x: Variable) -> Variable { 3 * x * x }
}

/// y = 2x.
private struct Doubled: DecomposableLayer {
  func forward(_ x: Tensor) -> (Tensor, Bool) { (2 * x, true) }
  func backward(_ dy: Tensor, _ cache: Bool, _ gradients: inout Gradients) -> Tensor { 2 * dy }
  func decomposed(_ x: Variable) -> Variable { 2 * x }
}
