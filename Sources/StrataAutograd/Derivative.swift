import StrataTensor

/// The derivative of an operation by an operand, as the linear map J that it is. Each operation is written once
/// with it and serves every mode: reverse mode pulls a cotangent back, x̄ = Jᵀȳ, forward mode pushes a tangent
/// through, ẏ = Jẋ. As both maps are made of operations on variables, forward mode runs through the reverse one.
struct Derivative: Sendable {
  typealias Map = @Sendable (_ d: Variable, _ kept: [Variable]) -> Variable
  typealias Function = @Sendable (Variable) -> Variable

  /// What the maps read besides their argument, the output y last where it is one of them.
  var kept: [Variable] = []
  var keepsOutput = false

  /// ẏ = Jẋ; nil where it is to be found by differentiating ⟨Jᵀȳ, ẋ⟩, which is linear in ȳ, by ȳ.
  var push: Map?
  let pull: Map

  /// J = 1, as of a sum. Of an operand that was broadcast, Jᵀ sums.
  static func one(_ x: Variable) -> Derivative {
    Derivative(push: { dx, _ in dx }, pull: { [shape = x.shape] dy, _ in dy.summed(to: shape) })
  }

  /// J is diagonal, ẏ = d ⊙ ẋ, with d a function of what is kept.
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
  /// The output of an operation: with its tangent where an operand has one, noted where one is on a tape.
  init(_ operation: String, _ value: Tensor, of operands: [Variable], _ derivatives: [Derivative]) {
    let parts = zip(operands, derivatives).compactMap { x, derivative in
      x.tangent.map { derivative.tangent($0, value) }
    }
    let tangent = parts.isEmpty ? nil : parts.dropFirst().reduce(parts[0], +).value.broadcast(to: value.shape)
    let y = Variable(value, tangent: tangent)
    let linked = zip(operands, derivatives).filter { $0.0.link != nil }.map(\.1)
    let pulls = linked.map(\.pull)
    self = TapeRecorder.note(operation, operands, y, keeping: linked.map { $0.keeping(y) }) { dy, node, isWanted, _ in
      pulls.indices.map { isWanted(node.parents[$0]) ? pulls[$0](dy, node.kept[$0]) : nil }
    }
  }

  /// A function of each element whose derivative is known from x.
  func mapped(_ operation: String, _ f: (Tensor) -> Tensor, byInput d: @escaping Derivative.Function) -> Variable {
    Variable(operation, f(value), of: [self], [.factor(self, keeping: [self]) { d($0[0]) }])
  }

  /// A function of each element whose derivative is known from y.
  func mapped(_ operation: String, _ f: (Tensor) -> Tensor, byOutput d: @escaping Derivative.Function) -> Variable {
    let map: Derivative.Map = { $0 * d($1[0]) }
    return Variable(operation, f(value), of: [self], [Derivative(keepsOutput: true, push: map, pull: map)])
  }

  /// A linear operation, which is its own derivative, with its transpose.
  func mapped(
    _ operation: String, _ map: @escaping @Sendable (Tensor) -> Tensor, transposed: @escaping Derivative.Function
  ) -> Variable {
    let derivative = Derivative(push: { dx, _ in Variable(map(dx.value)) }, pull: { dy, _ in transposed(dy) })
    return Variable(operation, map(value), of: [self], [derivative])
  }
}
