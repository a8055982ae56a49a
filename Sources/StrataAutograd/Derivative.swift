import StrataTensor

/// The derivative of an operation with respect to an operand: the linear map J. It serves every mode: reverse mode
/// pulls a cotangent back, x̄ = Jᵀȳ, and forward mode pushes a tangent forward, ẏ = Jẋ. Both maps are composed of
/// operations on variables, so forward mode can run over reverse mode.
struct Derivative: Sendable {
  typealias Map = @Sendable (_ d: Variable, _ kept: [Variable]) -> Variable
  typealias Function = @Sendable (Variable) -> Variable

  /// The variables that the maps read besides their argument; the output y, if kept, comes last.
  var kept: [Variable] = []
  var keepsOutput = false

  /// ẏ = Jẋ; if nil, ẏ is computed as the derivative of ⟨Jᵀȳ, ẋ⟩, which is linear in ȳ, with respect to ȳ.
  var push: Map?
  let pull: Map

  /// Returns J = 1, as for a sum. If the operand was broadcast, Jᵀ sums.
  static func one(_ x: Variable) -> Derivative {
    Derivative(push: { dx, _ in dx }, pull: { [shape = x.shape] dy, _ in dy.summed(to: shape) })
  }

  /// Returns a diagonal J, ẏ = d ⊙ ẋ, where d is a function of the kept variables.
  static func factor(
    _ x: Variable, keeping kept: [Variable], _ d: @escaping @Sendable (_ kept: [Variable]) -> Variable
  ) -> Derivative {
    let shape = x.shape
    return Derivative(kept: kept, push: { $0 * d($1) }, pull: { ($0 * d($1)).summed(to: shape) })
  }

  fileprivate func keeping(_ y: Variable) -> [Variable] { keepsOutput ? kept + [y] : kept }

  fileprivate func tangent(_ dx: Tensor, _ y: Tensor) -> Variable {
    let kept = keeping(Variable(y)).map { Variable($0.value) }
    if let push { return push(Variable(dx), kept) }
    let f = { (dy: Variable) in (pull(dy, kept) * Variable(dx)).sum() }
    return Variable(gradient(of: f, at: Tensor(zeros: y.shape, dtype: y.dtype)))
  }
}

extension Variable {
  /// Creates the output of an operation: with a tangent if an operand has one, recorded if an operand is on a tape.
  init(_ operation: String, _ value: Tensor, of operands: [Variable], _ derivatives: [Derivative]) {
    let parts = zip(operands, derivatives).compactMap { x, derivative in
      x.tangent.map { derivative.tangent($0, value) }
    }
    let tangent = parts.isEmpty ? nil : parts.dropFirst().reduce(parts[0], +).value.broadcast(to: value.shape)
    let y = Variable(value, tangent: tangent)
    let linked = zip(operands, derivatives).filter { $0.0.link != nil }.map(\.1)
    let pulls = linked.map(\.pull)
    self = TapeRecorder.note(operation, operands, y, keeping: linked.map { $0.keeping(y.ofItsNode) }) {
      dy, node, isWanted, _ in
      pulls.indices.map { isWanted(node.parents[$0]) ? pulls[$0](dy, node.kept[$0]) : nil }
    }
  }

  /// Returns an elementwise function of this variable, whose derivative is computed from x.
  func mapped(_ operation: String, _ f: (Tensor) -> Tensor, byInput d: @escaping Derivative.Function) -> Variable {
    Variable(operation, f(value), of: [self], [.factor(self, keeping: [self]) { d($0[0]) }])
  }

  /// Returns an elementwise function of this variable, whose derivative is computed from y.
  func mapped(_ operation: String, _ f: (Tensor) -> Tensor, byOutput d: @escaping Derivative.Function) -> Variable {
    let map: Derivative.Map = { $0 * d($1[0]) }
    return Variable(operation, f(value), of: [self], [Derivative(keepsOutput: true, push: map, pull: map)])
  }

  /// Returns a linear function of this variable: it is its own derivative, and its pullback is its transpose.
  func mapped(
    _ operation: String, _ map: @escaping @Sendable (Tensor) -> Tensor, transposed: @escaping Derivative.Function
  ) -> Variable {
    let derivative = Derivative(push: { dx, _ in Variable(map(dx.value)) }, pull: { dy, _ in transposed(dy) })
    return Variable(operation, map(value), of: [self], [derivative])
  }
}
