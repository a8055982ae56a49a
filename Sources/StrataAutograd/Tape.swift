import StrataLayers
import StrataTensor

/// The recorded operations of one run of a function, with the tensors that their derivatives read: the cache of a
/// ``DifferentiableLayer``, created by the forward pass and consumed by the backward pass.
///
/// Nodes refer to each other by position, so neither the sweep over a tape nor its deallocation recurses.
public struct Tape: Sendable {
  var nodes: [Node]

  /// The shapes of the inputs, which are the first nodes.
  let inputs: [Shape]

  /// The position of the output; nil if it depends on nothing on the tape.
  let output: Int?

  /// Runs `f` and records its operations. Parameters are recorded as inputs if it learns.
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

  /// Runs the backward pass: returns dL of each input, nil for zero, given dL of the output, and adds those of
  /// parameters to `gradients`. Work that only inputs need is skipped unless they are wanted. Used nodes are freed.
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

  /// Returns dL of each input as tensors, zeros included, and adds those of parameters to `gradients`.
  consuming func gradients(_ dy: Tensor, adding gradients: inout Gradients) -> [Tensor] {
    let shapes = inputs
    return zip((consume self).sweep(Variable(dy), &gradients), shapes).map { dx, shape in
      dx?.value ?? Tensor(zeros: shape, dtype: dy.dtype)
    }
  }

  /// Returns dL of each input, with parameters as constants.
  consuming func gradients(_ dy: Tensor) -> [Tensor] {
    var unused = Gradients()
    return (consume self).gradients(dy, adding: &unused)
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
}
