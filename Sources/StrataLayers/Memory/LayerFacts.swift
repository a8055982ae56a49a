import StrataTensor

/// What one layer of a chain takes and keeps for one input shape, in bytes of tensors, found by running it.
package struct LayerFacts: Sendable {
  /// One forward.
  struct Forward: Sendable {
    /// The most above what was live before.
    let peakBytes: Int
    /// Whether the output lies in the memory of the input.
    let passesInput: Bool
    /// Whether the cache holds the input.
    let holdsInput: Bool
    /// Whether the cache holds the output.
    let holdsOutput: Bool
    /// What the cache holds besides.
    let ownBytes: Int
  }

  /// Where others hold the input as well.
  let shared: Forward
  /// Where the layer is given the only reference and may work in place.
  let unique: Forward
  /// The most that a backward takes above what was live before; that of the first layer is without dL/dx.
  let backwardPeakBytes: Int
  /// What a backward leaves in the gradients besides gradients.
  let observedBytes: Int
  /// The bytes of dL/dx.
  let inputBytes: Int
  let outputBytes: Int
  /// The arithmetic of a forward.
  package let products: Int
  package let multiplyAdds: Int

  /// What a forward costs: its multiplications, and one for each number of its output.
  var cost: Int { multiplyAdds + outputBytes / 4 }

  /// The facts of each layer of a chain. Each runs by itself, twice forward and once backward, so that little memory
  /// is taken.
  package static func measure(_ layers: [any Layer], input: Shape, dtype: DType) -> [LayerFacts] {
    var x = Tensor(zeros: input, dtype: dtype)
    return ModelContents(of: Sequential(layers)).restoringStreams {
      layers.enumerated().map { position, layer in
        Place.position(position).enter()
        defer { Place.leave() }
        let (facts, y) = measure(layer, at: x, wantsInput: position > 0)
        x = y
        return facts
      }
    }
  }

  /// The facts of a layer, and its output in separate memory.
  private static func measure<L: Layer>(_ layer: L, at x: Tensor, wantsInput: Bool) -> (LayerFacts, Tensor) {
    let unique = forward(layer, x.copied()).facts
    // Gradients that are there already, as they are in all but the first of several passes.
    var gradients = Gradients()
    for (_, parameter) in layer.parameters {
      gradients.add(Tensor(zeros: parameter.shape, dtype: parameter.dtype), to: parameter)
    }
    func shared() -> (facts: Forward, work: WorkMeter.Reading, y: Tensor, dy: Tensor, cache: L.Cache) {
      let run = forward(layer, x)
      return (run.facts, run.work, run.y.copied(), run.y.copied(), run.cache)
    }
    let (facts, work, y, dy, cache) = shared()
    let meter = WorkMeter()
    if wantsInput {
      _ = layer.backward(consume dy, consume cache, &gradients)
    } else {
      layer.accumulate(consume dy, consume cache, &gradients)
    }
    let backwardPeak = meter.reading().peakBytes
    let observed = gradients.observations.reduce(0) { $0 + $1.value.storage.byteCount }
    let result = LayerFacts(
      shared: facts, unique: unique, backwardPeakBytes: backwardPeak, observedBytes: observed,
      inputBytes: wantsInput ? x.byteCount : 0, outputBytes: y.byteCount, products: work.products,
      multiplyAdds: work.multiplyAdds)
    return (result, y)
  }

  /// One forward, of an input that the caller may hold as well.
  private static func forward<L: Layer>(_ layer: L, _ x: consuming Tensor) -> (
    facts: Forward, work: WorkMeter.Reading, y: Tensor, cache: L.Cache
  ) {
    let (input, before) = (x.storage.number, Storage.lastNumber)
    let meter = WorkMeter()
    let (y, cache) = layer.forward(consume x)
    let work = meter.reading()
    var held: [Int: Int] = [:]
    for (_, tensor) in ModelWalk.tensors(in: cache) {
      held[tensor.storage.number] = tensor.storage.residentByteCount
    }
    let output = y.storage.number
    let own = held.filter { $0.key > before && $0.key != output }.values.reduce(0, +)
    let facts = Forward(
      peakBytes: work.peakBytes, passesInput: output == input, holdsInput: held[input] != nil,
      holdsOutput: held[output] != nil, ownBytes: own)
    return (facts, work, y, cache)
  }
}
