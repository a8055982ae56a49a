import StrataLayers
import StrataTensor

/// A recorder of the operations that a function performs.
final class TapeRecorder: Sendable {
  /// Nil once the function has ended.
  private let nodes = Lock<[Node]?>([])
  private let isTraced: Bool

  /// Whether parameters receive gradients.
  let learns: Bool

  init(learns: Bool = false, isTraced: Bool = false) { (self.learns, self.isTraced) = (learns, isTraced) }

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
    require(
      areOwn,
      "\(operation): operands of two differentiations; take those of the outer one by stopGradient, or the inner gradient at "
        + "a Variable, which the outer one differentiates too")
    let (parents, kept) = (links.map(\.position), kept.map { $0.map(\.kept) })
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

  /// Returns dL of inputs, given dL of a y that was computed of them, all on this tape: what is computed in between is
  /// recorded here too.
  func pullback(_ dy: Variable, of y: Variable, to inputs: [Variable]) -> [Variable] {
    let places = inputs.map { $0.link!.position }
    guard let first = places.min(), let last = y.link?.position, last >= first else { return inputs.map(\.zeros) }
    let nodes = nodes.withLock { Array($0![first...last]) }
    var (depends, cotangents) = (nodes.map { _ in false }, [Variable?](repeating: nil, count: nodes.count))
    for place in places where place <= last { depends[place - first] = true }
    func isReached(_ place: Int) -> Bool { place >= first && depends[place - first] }
    for (index, node) in nodes.enumerated() where !depends[index] {
      depends[index] = node.parents.contains(where: isReached)
    }
    cotangents[last - first] = dy
    for (index, node) in nodes.enumerated().reversed() where depends[index] && !places.contains(first + index) {
      guard let dy = cotangents[index] else { continue }
      var (node, unused) = (node, Gradients.discarding)
      node.kept = node.kept.map { $0.map { $0.linked(to: self, keptBy: first + index) } }
      let parts = node.pullback(dy, &node, isReached, &unused)
      for case (let parent, let part?) in zip(node.parents, parts) where isReached(parent) {
        cotangents[parent - first] = cotangents[parent - first].map { $0 + part } ?? part
      }
    }
    return zip(inputs, places).map { ($1 <= last ? cotangents[$1 - first] : nil) ?? $0.zeros }
  }

  func name(_ position: Int, _ name: String) { nodes.withLock { $0?[position].step?.name = name } }

  /// Returns the nodes and ends the recording; later operations are refused.
  func finish() -> [Node] { nodes.withLock { $0.take() }! }
}
