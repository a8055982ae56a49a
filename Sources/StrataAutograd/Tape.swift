import StrataLayers
import StrataTensor

/// The operations of one run of a function in order, and what their derivatives need: made by a forward pass,
/// used up by the backward one. It is what a ``DifferentiableLayer`` caches.
///
/// Nodes refer to each other by position, so neither the sweep over a tape nor its end recurses.
public struct Tape: Sendable {
  var nodes: [Node]

  /// The shapes of the inputs, which are the first nodes.
  let inputs: [Shape]

  /// The place of the output; nil where it depends on nothing on the tape.
  let output: Int?

  /// Runs `f` and notes what it does. Parameters count as inputs if it learns.
  static func record(
    _ f: ([Variable]) throws -> Variable, at points: [Variable], learns: Bool = false, names: [String]? = nil
  ) rethrows -> (y: Variable, tape: Tape) {
    let recorder = TapeRecorder(learns: learns, isTraced: names != nil)
    let inputs = points.enumerated().map { recorder.append("", [], $1, Node(), name: names?[$0]) }
    let y = try TapeRecorder.$current.withValue(recorder) { try f(inputs) }
    let nodes = recorder.finish()
    let isOwn = y.link == nil || y.link!.recorder === recorder
    require(isOwn, "autograd: the function returned a variable of another differentiation; return one of its own")
    return (y.unlinked, Tape(nodes: nodes, inputs: points.map(\.shape), output: y.link?.position))
  }

  /// The backward pass: dL of each input, nil for zero, given dL of the output; adds those of parameters to
  /// `gradients`. What only inputs need is left out unless they are wanted. A node is freed once it is used.
  consuming func sweep(
    _ dy: Variable, _ gradients: inout Gradients, wantsInputs: Bool = true,
    visit: ((_ position: Int, _ node: Node, _ dy: Variable) -> Void)? = nil
  ) -> [Variable?] {
    var cotangents = [Variable?](repeating: nil, count: nodes.count)
    if let output { cotangents[output] = dy }
    while nodes.count > inputs.count {
      var node = nodes.removeLast()
      guard let dy = cotangents.removeLast() else { continue }
      visit?(nodes.count, node, dy)
      let parts = node.pullback(dy, &node, { wantsInputs || nodes[$0].learns }, &gradients)
      for case (let parent, let part?) in zip(node.parents, parts) {
        cotangents[parent] = cotangents[parent].map { $0 + part } ?? part
      }
    }
    return cotangents
  }

  /// The same with tensors, zeros included.
  consuming func gradients(_ dy: Tensor, adding gradients: inout Gradients) -> [Tensor] {
    let shapes = inputs
    return zip((consume self).sweep(Variable(dy), &gradients), shapes).map { dx, shape in
      dx?.value ?? Tensor(zeros: shape, dtype: dy.dtype)
    }
  }

  /// The same where parameters are constants.
  consuming func gradients(_ dy: Tensor) -> [Tensor] {
    var unused = Gradients()
    return (consume self).gradients(dy, adding: &unused)
  }
}

/// One operation on a tape, or an input.
struct Node: Sendable {
  /// Given dL of the output, dL of each parent that is wanted.
  typealias Pullback =
    @Sendable (Variable, _ node: inout Node, _ isWanted: (_ parent: Int) -> Bool, inout Gradients) -> [Variable?]

  /// The operands that are on the tape.
  var parents: [Int] = []
  /// What the pullback reads, by parent: in the open, so that its bytes can be counted.
  var kept: [[Variable]] = []
  /// The cache of a layer's forward.
  var cache: (any CacheBox)?
  /// Whether a parameter's gradient comes by it.
  var learns = false
  /// What a ``Trace`` shows of it, where one is made.
  var step: Trace.Step?
  var pullback: Pullback = { _, _, _, _ in [] }
}
