import StrataLayers
import StrataTensor

extension LayerProbe {
  /// ``LayerCheck/gradients``
  func checkGradients() throws -> String {
    try inDoublePrecision(x) { x in
      let calls = layer.callsOfForward(at: x)
      let outputs = calls.replayed { layer.forward(x).0.count }
      let entries = [outputs, x.count] + contents.parameters.map(\.parameter.shape.count)
      let isSmall = entries.allSatisfy { $0 <= Self.smallTensor }
      var comparison = comparison(batch: shape.rank > 0 ? shape[0] : 1)
      try comparison.compare(layer, contents, at: x, takenFor: surrogate, comparesJacobian: isSmall)
      let tensors = comparison.report.entries.map(\.name).joined(separator: ", ")
      return "\(tensors.isEmpty ? "nothing to compare" : tensors), largest error \(comparison.report.error)"
        + (isSmall ? ", every output apart" : "")
    }
  }

  /// The number of entries up to which every output has a backward; more cost more than they reveal.
  private static var smallTensor: Int { 24 }

  func comparison(batch: Int) -> GradientComparison {
    var comparison = GradientComparison(
      layer: name(ofType: layer), batch: batch, tolerance: tolerance, floor: tolerance / 100,
      generator: RandomGenerator(seed: seed, stream: cotangentStream + 1))
    comparison.isBrief = true
    return comparison
  }

  /// ``LayerCheck/singlePrecision``
  func checkSinglePrecision() throws -> String {
    let calls = layer.callsOfForward(at: x)
    let found = run(x, calls).tensors(contents)
    let expected = inDoublePrecision(x) { run($0, calls).tensors(contents) }
    for ((name, a), (_, b)) in zip(found, expected) {
      try demandClose(
        a, b, within: 1e-4, atLeast: 1, name + " in float32",
        "cancellation, an overflow of intermediate results, or a constant of the layer that is not a Constant")
    }
    return ""
  }

  /// ``LayerCheck/addition``
  func checkAddition() throws -> String {
    try inDoublePrecision(x) { x in
      let calls = layer.callsOfForward(at: x)
      let once = run(x, calls)
      let (first, second) = (calls.replayed { layer.forward(x) }, calls.replayed { layer.forward(x) })
      try demandSameBits(
        second.0, first.0, "the output of a second forward",
        "forward changes something that the next forward reads, or draws random numbers outside a RandomStream")
      let stranger = Parameter(Tensor(ones: [3], dtype: .float64))
      let others = Tensor([1, 2, 3] as [Double])
      var twice = Gradients()
      twice.add(others, to: stranger)
      let dy = cotangent(once.y.shape, .float64)
      for cache in [second.1, first.1] {
        let dx = layer.backward(dy, cache, &twice)
        try demandSameBits(
          dx, once.dx, "the gradient of input in a second backward", "backward changes what the next one reads")
      }
      let overwritten = "gradients are overwritten instead of added: let gradients.add do the sum"
      try demand(
        twice[stranger] == others, expected: "\(others)", found: "\(twice[stranger].map { "\($0)" } ?? "none")",
        at: "the gradient of a parameter of another layer", cause: overwritten)
      for (path, parameter) in contents.parameters {
        guard let one = once.gradients[parameter] else { continue }
        let isOverwritten = twice[parameter] == one
        try demandClose(
          twice[parameter] ?? 0 * one, 2 * one, within: 1e-10, "the gradient of \(path) after two backwards",
          isOverwritten ? overwritten : "a gradient depends on those that are there already")
      }
      return "\(once.gradients.receivers.count) parameters"
    }
  }

  /// ``LayerCheck/accumulate``
  func checkAccumulate() throws -> String {
    let (y, cache) = layer.callsOfForward(at: x).replayed { layer.forward(x) }
    let dy = cotangent(y.shape)
    let expected = backward(dy, cache, y)
    var gradients = Gradients()
    layer.accumulate(dy, cache, &gradients)
    try demandSameBits(
      Pass(y: y, dx: expected.dx, gradients: gradients).tensors(contents), expected.tensors(contents),
      "accumulate is written by itself and misses a term: it is backward without dL/dx")
    return ""
  }
}
