import StrataLayers
import StrataTensor

extension LayerProbe {
  /// ``LayerCheck/checkpoint``
  func checkCheckpoint() throws -> String {
    let calls = layer.callsOfForward(at: x)
    let expected = run(x, calls).tensors(contents)
    let again = LayerProbe<Checkpoint>(Checkpoint { layer }, shape, values, nil, refuses, tolerance, seed)
    try demandSameBits(
      again.run(x, calls).tensors(contents), expected,
      "forward is not the same when run again: it changes the layer, or draws numbers outside a RandomStream")
    return ""
  }
}
