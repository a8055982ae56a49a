import StrataLayers
import StrataTensor

/// The recorded operations of one run of a function, with the tensors that their derivatives read: the cache of a
/// ``DifferentiableModule``, created by the forward pass and consumed by the backward pass.
///
/// Nodes refer to each other by position, so neither the sweep over a tape nor its deallocation recurses.
struct Tape: Sendable {
  var nodes: [Node]

  /// The kinds of the inputs, which are the first nodes.
  let inputs: [TensorKind]

  /// The positions of the outputs; nil for one that depends on nothing on the tape.
  let outputs: [Int?]

  /// Runs `f` and records its operations. Parameters are recorded as inputs if it learns; modules run in inference if
  /// it infers, else in training.
  static func record<Y: VariableGroup>(
    learns: Bool = false, infers: Bool = true, names: [String]? = nil, at x: [Variable], _ f: ([Variable]) throws -> Y
  ) rethrows -> (y: Y, tape: Tape) {
    let recorder = TapeRecorder(learns: learns, isTraced: names != nil)
    let inputs = x.enumerated().map { recorder.append("", [], $1, Node(), name: names?[$0]) }
    let y = try Differentiation.recording(on: recorder, infers: infers) { try f(inputs) }
    let (nodes, links) = (recorder.finish(), y.variables.map(\.link))
    let areOwn = links.allSatisfy { $0 == nil || $0!.recorder === recorder }
    require(
      areOwn, "autograd: the function returned a variable of another differentiation; return one that it made itself")
    return (y, Tape(nodes: nodes, inputs: x.map { TensorKind(of: $0.value) }, outputs: links.map { $0?.position }))
  }

  /// Runs the backward pass: returns dL of each input, nil for zero, given dL of each output, and adds those of
  /// parameters to `gradients`. Work that only inputs need is skipped unless they are wanted. Used nodes are freed.
  consuming func sweep(
    _ dy: [Variable], _ gradients: inout Gradients, wantsInputs: Bool = true,
    visit: ((_ position: Int, _ node: Node, _ dy: Variable) -> Void)? = nil
  ) -> [Variable?] {
    var cotangents = [Variable?](repeating: nil, count: nodes.count)
    for case (let output?, let dy) in zip(outputs, dy) { cotangents[output] = cotangents[output].map { $0 + dy } ?? dy }
    while nodes.count > inputs.count {
      var node = nodes.removeLast()
      var dy = cotangents.removeLast()
      if let output = node.output {
        nodes[node.parents[0]].further[output] = dy
        continue
      }
      if dy == nil && !node.further.isEmpty { dy = Variable(node.outputs[0].zeros) }
      guard let dy else { continue }
      visit?(nodes.count, node, dy)
      let parts = node.pullback(dy, &node, { wantsInputs || nodes[$0].learns }, &gradients)
      for case (let parent, let part?) in zip(node.parents, parts) {
        cotangents[parent] = cotangents[parent].map { $0 + part } ?? part
      }
    }
    return cotangents
  }

  /// Returns dL of each input as tensors, zeros included, and adds those of parameters to `gradients`.
  consuming func gradients(_ dy: [Tensor], adding gradients: inout Gradients) -> [Tensor] {
    let kinds = inputs
    return zip((consume self).sweep(dy.map { Variable($0) }, &gradients), kinds).map { $0?.value ?? $1.zeros }
  }

  /// Returns dL of each input, with parameters as constants.
  consuming func gradients(_ dy: Tensor) -> [Tensor] {
    var unused = Gradients.discarding
    return (consume self).gradients([dy], adding: &unused)
  }
}

/// One operation on a tape, or an input.
struct Node: Sendable {
  /// Returns dL of each wanted parent, given dL of the output.
  typealias Pullback =
    @Sendable (Variable, _ node: inout Node, _ isWanted: (_ parent: Int) -> Bool, inout Gradients) -> [Variable?]

  /// The operands that are on the tape.
  var parents: [Int] = []
  /// The variables that the pullback reads, by parent; stored here rather than captured so that bytes can be counted.
  var kept: [[Variable]] = []
  /// The cache of a layer's forward.
  var cache: (any CacheBox)?
  /// Whether a parameter's gradient passes through it.
  var learns = false
  /// Its entry in a ``Trace``, if one is recorded.
  var step: Trace.Step?
  var pullback: Pullback = { _, _, _, _ in [] }

  /// The outputs of a module. The first is this node's; each other has a node, which says which one it is.
  var outputs: [TensorKind] = []
  var output: Int?
  /// dL of the other outputs, which a sweep meets before the module.
  var further: [Int: Variable] = [:]

  /// dL of all outputs of a module, given that of the first.
  func cotangents(_ dy: Variable) -> [Tensor] {
    [dy.value] + outputs.indices.dropFirst().map { further[$0]?.value ?? outputs[$0].zeros }
  }
}
