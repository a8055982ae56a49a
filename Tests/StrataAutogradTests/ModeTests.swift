import Strata
import StrataTensor
import Testing

/// Differentiation in both modes and beyond the first derivative.
@Suite(.seeded) struct ModeTests {
  /// f(x) = Wx with the rows of W, so that J = W.
  static let w = normal([3, 4], seed: 1)

  @Test func `a pullback may be called repeatedly`() {
    let (y, pullback) = valueWithPullback(of: { x in x * x }, at: [1, 2])
    #expect(y == [1, 4])
    #expect(pullback([1, 0]) == [2, 0])
    #expect(pullback([0, 1]) == [0, 4])
    #expect(pullback([1, 0]) == [2, 0])
  }

  @Test func `an input that is not used has the gradient zero`() {
    #expect(gradient(of: { v in v[1].sum() }, at: [[1, 2], [3]] as [Tensor]) == [[0, 0], [1]])
    #expect(gradient(of: { x in x.constant(of: 7) }, at: [1, 2]) == [0, 0])
    #expect(jvp(of: { x in x.constant(of: 7) }, at: [1, 2], along: [1, 1]).tangent == [0])
    #expect(hessianVectorProduct(of: { x in x.constant(of: 7) }, at: [1, 2], along: [1, 1]) == [0, 0])
  }

  @Test func `the identity has itself as its derivative`() {
    #expect(gradient(of: { x in x }, at: [5]) == [1])
    #expect(jvp(of: { x in x }, at: [5, 6], along: [1, 2]).tangent == [1, 2])
  }

  @Test(arguments: [DifferentiationMode.forward, .reverse])
  func `both modes find the same Jacobian`(mode: DifferentiationMode) {
    let w = Self.w
    let f = { (x: Variable) in matmul(x.reshaped([1, 4]), Variable(w.transposed.tensor)) }
    let found = jacobian(of: f, at: normal([4], seed: 2), by: mode)
    #expect(found.mode == mode && found.passes == (mode == .forward ? 4 : 3))
    #expect(relativeError(found.matrix, w) < 1e-15)
  }

  @Test func `the cheaper mode is taken, reverse where it makes no difference`() {
    func passes(_ inputs: Int, _ outputs: Int) -> (DifferentiationMode, Int) {
      let found = jacobian(of: { x in x[0] * Variable(Tensor(ones: [outputs])) }, at: Tensor(ones: [inputs]))
      #expect(found.matrix.shape == [outputs, inputs])
      return (found.mode, found.passes)
    }
    #expect(passes(2, 3) == (.forward, 2))
    #expect(passes(3, 2) == (.reverse, 2))
    #expect(passes(3, 3) == (.reverse, 3))
  }

  @Test func `the Hessian of a quadratic form is its matrix`() {
    // f = ½ xᵀAx with A symmetric: ∇f = Ax, H = A.
    let root = normal([5, 5], seed: 3)
    let a = matmul(root.transposed, root)
    let f = { (x: Variable) in 0.5 * (matmul(x.reshaped([1, 5]), Variable(a)) * x).sum() }
    let x = normal([5], seed: 4)
    #expect(relativeError(gradient(of: f, at: x), matmul(a, x.reshaped([5, 1])).reshaped([5])) < 1e-14)
    #expect(relativeError(hessian(of: f, at: x), a) < 1e-14)
  }

  @Test func `a Hessian is taken of inputs of any shape`() {
    let h = hessian(of: { x in pow(x, 3).sum() }, at: [[1, 2], [3, 4]])
    #expect(h == [[6, 0, 0, 0], [0, 12, 0, 0], [0, 0, 18, 0], [0, 0, 0, 24]])
  }

  @Test func `stopGradient holds back both directions`() {
    let f = { (x: Variable) in (x * stopGradient(x)).sum() }
    #expect(gradient(of: f, at: [3]) == [3])
    #expect(jvp(of: f, at: [3], along: [1]).tangent == Tensor(3))
  }

  @Test func `equals share the derivative of the largest`() {
    #expect(gradient(of: { x in x.max(along: 0) }, at: [2, 7, 7]) == [0, 0.5, 0.5])
  }

  @Test func `derivatives at kinks are those of the layers`() {
    #expect(gradient(of: { x in relu(x).sum() }, at: [-1, 0, 2]) == [0, 0, 1])
    #expect(gradient(of: { x in abs(x).sum() }, at: [-1, 0, 2]) == [-1, 0, 1])
    let dx = gradient(of: { x in relu(x).sum() }, at: [.nan])
    #expect(dx == [1], "a NaN lets the gradient through, as in ReLU")
  }

  @Test func `logarithms of sums are stable for any finite number`() {
    let x: Tensor = [[1e4, -1e4], [-3e38, -3e38]]
    let (value, dx) = valueWithGradient(of: { logSumExp($0).sum() }, at: x)
    #expect(value == -3e38 || abs(value / -3e38 - 1) < 1e-6)
    #expect(dx == [[1, 0], [0.5, 0.5]])
    #expect(gradient(of: { logSoftmax($0)[0][1] }, at: x)[0] == [-1, 1])
  }

  @Test func `the derivatives of new operations at their kinks`() {
    #expect(gradient(of: { maximum($0, Variable([1, 1, 1])).sum() }, at: [0, 1, 2]) == [0, 0.5, 1])
    #expect(gradient(of: { minimum($0, Variable([1, 1, 1])).sum() }, at: [0, 1, 2]) == [1, 0.5, 0])
    #expect(gradient(of: { $0.clipped(to: 0...1).sum() }, at: [-1, 0, 0.5, 1, 2]) == [0, 1, 1, 1, 0])
    #expect(gradient(of: { $0.norm(along: 0) }, at: [0, 0]) == [0, 0])
    #expect(gradient(of: { $0.prod(along: 0) }, at: [2, 0, 3]) == [0, 6, 0])
    #expect(gradient(of: { $0.cumulativeProduct(along: 0).sum() }, at: [2, 0, 3]) == [1, 8, 0])
    #expect(gradient(of: { (floor($0) + ceil($0) + round($0) + sign($0)).sum() }, at: [0.5, 1]) == [0, 0])
    #expect(gradient(of: { pow($0, Variable([0, 0, 2])).sum() }, at: [0, 3, 0]) == [0, 0, 0])
    #expect(gradient(of: { pow(Variable([0, 1, 2]), $0).sum() }, at: [1, 5, 0])[..<2] == [0, 0])
    #expect(gradient(of: { $0.maxWithIndices(along: 0).values }, at: [2, 7, 7]) == [0, 1, 0])
  }

  @Test func `what is not chosen receives nothing, whatever it is`() {
    let (a, b) = (Variable([1, .nan]), Variable([.infinity, 2]))
    #expect(gradient(of: { Variable.where([1, 0], $0, b).sum() }, at: [2, .nan]) == [1, 0])
    #expect(gradient(of: { Variable.where([1, 0], a, $0).sum() }, at: [2, 3]) == [0, 1])
  }

  @Test func `logSumExp of rows that are −∞ has a derivative of 0`() {
    let dx = gradient(of: { logSumExp($0).sum() }, at: [[-.infinity, -.infinity], [-.infinity, 3]])
    #expect(dx.elements(as: Double.self)[2...] == [0, 1] && dx[0] == [0, 0])
  }

  @Test func `a scalar of shape [] may be summed, averaged and be the operand of a loss`() {
    #expect(gradient(of: { logSumExp($0).sum() }, at: [3]) == [1])
    #expect(gradient(of: { $0[0].mean() }, at: [3, 4]) == [1, 0])
    #expect(gradient(of: { $0.sum() }, at: Tensor(2)) == Tensor(1))
    #expect(hessian(of: { pow($0[0], 3).sum() }, at: [2]) == [[12]])
    let slope = gradient(of: { MeanSquaredError()($0, Tensor(1)) }, at: Tensor(3))
    #expect(slope == Tensor(4) && slope.shape == [])
  }

  @Test func `functions may throw`() {
    struct Refusal: Error {}
    #expect(throws: Refusal.self) { try gradient(of: { _ in throw Refusal() }, at: [1]) }
  }

  @Test func `one differentiation inside another sees values`() {
    // The inner gradient is 2v at v = x's value; as a constant c, d(x·c)/dx = c.
    let f = { (x: Variable) in
      let slope = gradient(of: { v in v * v }, at: x.value)
      return x * Variable(slope)
    }
    #expect(gradient(of: f, at: [3]) == [6])
  }

  @Test func `the same bits come of any number of workers`() {
    let f = { (x: Variable) in (softmax(matmul(x, x.transposed)) * sin(x).sum(along: 0)[0]).mean() }
    let x = normal([200, 300], seed: 9).converted(to: .float32)
    let alone = withWorkers(1) { gradient(of: f, at: x) }
    let shared = WorkerLog.sharing(workers: 4) { gradient(of: f, at: x) }
    #expect(shared.result.isIdentical(to: alone))
    #expect(shared.threads > 1)
  }
}

extension Variable {
  /// A number of shape [1] that does not depend on this variable.
  fileprivate func constant(of number: Double) -> Variable {
    Variable(Tensor(repeating: number, shape: [1], dtype: dtype))
  }
}
