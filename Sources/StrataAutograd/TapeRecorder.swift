import StrataLayers
import StrataTensor

/// A recorder of the operations that a function performs.
final class TapeRecorder: Sendable {
  /// The recorder of the innermost function being recorded.
  @TaskLocal static var current: TapeRecorder?

  /// Nil once the function has ended.
  private let nodes = Lock<[Node]?>([])
  private let learns: Bool
  private let isTraced: Bool

  /// Whether modules run in inference.
  let infers: Bool

  init(learns: Bool, infers: Bool, isTraced: Bool) {
    (self.learns, self.infers, self.isTraced) = (learns, infers, isTraced)
  }

  /// Returns a variable for a parameter; each use adds its part to the gradient.
  func variable(of parameter: Parameter) -> Variable {
    let x = Variable(parameter.value)
    guard learns else { return x }
    let node = Node(learns: true) { dy, _, _, gradients in
      gradients.add(dy.value, to: parameter)
      return []
    }
    return append("", [], x, node, name: parameter.path)
  }

  /// Records an operation on its operands' tape, or on that of `recorder`, and returns its output linked to the tape.
  static func note(
    _ operation: String, _ operands: [Variable], _ y: Variable, keeping kept: [[Variable]],
    on recorder: TapeRecorder? = nil, cache: (any CacheBox)? = nil, outputs: [TensorKind] = [],
    _ pullback: @escaping Node.Pullback
  ) -> Variable {
    let links = operands.compactMap(\.link)
    guard let recorder = recorder ?? links.first?.recorder else { return y }
    let areOwn = links.allSatisfy { $0.recorder === recorder }
    require(areOwn, "\(operation): operands of two differentiations; take those of the outer one by stopGradient")
    let (parents, kept) = (links.map(\.position), kept.map { $0.map(\.unlinked) })
    var node = Node(parents: parents, kept: kept, cache: cache, learns: cache != nil, pullback: pullback)
    node.outputs = outputs
    return recorder.append(operation, operands, y, node)
  }

  /// Appends a node and returns its output linked to the tape.
  func append(
    _ operation: String, _ operands: [Variable], _ y: Variable, _ node: Node, name: String? = nil
  ) -> Variable {
    let position = nodes.withLock { nodes in
      require(nodes != nil, "\(operation): an operand has outlived the function that it was made for")
      var node = node
      node.learns = node.learns || node.parents.contains { nodes![$0].learns }
      if isTraced { node.step = (name, operation, operands.map { ($0.link?.position, $0.value) }, y.value) }
      nodes!.append(node)
      return nodes!.count - 1
    }
    return Variable(y.value, tangent: y.tangent, link: (self, position))
  }

  func name(_ position: Int, _ name: String) { nodes.withLock { $0?[position].step?.name = name } }

  /// Returns the nodes and ends the recording; later operations are refused.
  func finish() -> [Node] { nodes.withLock { $0.take() }! }
}
