import StrataLayers
import StrataTensor

extension LayerProbe {
  /// ``LayerCheck/order``
  func checkOrder() throws -> String {
    let xs = (0..<3).map { input(shape, $0) }
    let calls = layer.callsOfForward(at: xs[0])
    let expected = xs.map { run($0, calls).tensors(contents) }
    for order in [[0, 1, 2], [1, 2, 0]] {
      let forwards = xs.map { x in calls.replayed { layer.forward(x) } }
      for index in order {
        let (y, cache) = forwards[index]
        let found = backward(cotangent(y.shape), cache, y).tensors(contents)
        try demandSameBits(
          found, expected[index],
          "the cache is stale: backward reads what the last forward left, not the cache it is given")
      }
    }
    let (y, cache) = calls.replayed { layer.forward(xs[0]) }
    for _ in 0..<2 {
      try demandSameBits(
        backward(cotangent(y.shape), cache, y).tensors(contents), expected[0],
        "the cache changes when backward reads it: make it a struct of tensors")
    }
    return ""
  }

  /// ``LayerCheck/snapshot``
  func checkSnapshot() throws -> String {
    if contents.parameters.isEmpty { throw Checklist.Skip("the layer has no parameters") }
    if recomputes {
      throw Checklist.Skip("its backward reads weights again, and stops the program where they have changed")
    }
    let (y, cache) = layer.callsOfForward(at: x).replayed { layer.forward(x) }
    let dy = cotangent(y.shape)
    let expected = backward(dy, cache, y).tensors(contents)
    let values = contents.parameters.map(\.parameter.value)
    for (_, parameter) in contents.parameters { parameter.value = parameter.value * 1.5 + 0.25 }
    defer { for ((_, parameter), value) in zip(contents.parameters, values) { parameter.value = value } }
    try demandSameBits(
      backward(dy, cache, y).tensors(contents), expected,
      "backward reads parameter.value: the weight may have moved since; keep what forward read in the cache")
    return ""
  }

  private var recomputes: Bool {
    var found = false
    ModelWalk.walk(layer) { value, _ in found = found || value is any Recomputing }
    return found
  }

  /// ``LayerCheck/inference``
  func checkInference() throws -> String {
    _ = layer(x)  // values that are computed once and kept are not leaks
    let (y, log) = StorageLog.recording { layer(x.copied()) }
    let bytes = log.liveBytes(except: [y])
    try demand(
      bytes == 0, expected: "0 bytes besides the output", found: "\(bytes) bytes alive", at: "layer(x)",
      cause: "the layer keeps activations in one of its properties; what backward needs belongs in the cache")
    try demandClose(
      layer.inference(x.copied()).0, y, within: 1e-4, "the output of inference(x)",
      "layer(x) and inference(x), which is differentiated, are written apart: what one leaves out, such as dropout, the "
        + "other must leave out too")
    return ""
  }

  /// ``LayerCheck/cachedBytes``
  func checkCachedBytes() throws -> String {
    let predicted = layer.cachedBytes(for: shape, dtype: x.dtype)
    _ = cache(of: x)
    let (cache, log) = StorageLog.recording { self.cache(of: x.copied()) }
    let measured = withExtendedLifetime(cache) { log.liveBytes() }
    try demand(
      predicted == measured, expected: "\(predicted) bytes, as cachedBytes(for: \(shape)) says",
      found: "\(measured) bytes alive", at: "the cache",
      cause: predicted < measured
        ? "the cache, or the layer, keeps tensors where no walk sees them: in a closure or a separate object"
        : "what is cached depends on the values of the input")
    return "\(measured) bytes"
  }

  private func cache(of x: consuming Tensor) -> L.Cache { layer.forward(x).1 }

  /// ``LayerCheck/cacheIsRead``
  ///
  /// Each tensor that only the cache holds is overwritten with other numbers, which must change the gradients.
  func checkCacheIsRead() throws -> String {
    let (y, cache) = layer.callsOfForward(at: x).replayed { layer.forward(x.copied()) }
    let dy = cotangent(y.shape)
    // Copies, since the results of backward may share memory with the cache.
    let expected = backward(dy, cache, y).tensors(contents).map { $0.tensor.copied() }
    if expected.dropFirst().allSatisfy({ $0.sumOfSquares == 0 }) { throw Checklist.Skip("all gradients are zeros") }
    var looked = 0
    for (path, tensor) in CachedStorages(model: layer).newTensors(in: cache) {
      guard tensor.dtype.isFloatingPoint, tensor.count > 0 else { continue }
      looked += 1
      let original = tensor.copied()
      // Twice, since a comparison with NaN may give the same result as with the original number.
      let isRead = [Double.nan, -3.7].contains { poison in
        tensor.fill { poison.isNaN ? poison : poison * $0 + 0.3 }
        defer { tensor.fill(from: original) }
        let found = backward(dy, cache, y).tensors(contents).dropFirst()
        return !zip(found, expected.dropFirst()).allSatisfy { $0.tensor.isIdentical(to: $1) }
      }
      try demand(
        isRead, expected: "backward to read every tensor of the cache",
        found: "\(tensor.storage.byteCount) bytes that change no gradient", at: "\(path.isEmpty ? "the cache" : path)",
        cause: "the cache keeps too much: memory that a training step holds for nothing")
    }
    return "\(looked) tensors"
  }

  /// ``LayerCheck/parameters``
  func checkParameters() throws -> String {
    let paths = contents.parameters.map(\.path)
    try demandNoPlainTensor()
    let gradients = run(x, layer.callsOfForward(at: x)).gradients
    for parameter in gradients.receivers {
      try demand(
        contents.parameters.contains { $0.parameter === parameter },
        expected: "every parameter with a gradient among \(paths)",
        found: "one of shape \(parameter.shape) that is not found", at: "gradients.receivers",
        cause: "a closure captures it, or an object outside the layer holds it: keep it in a stored property")
    }
    for observation in gradients.observations {
      try demand(
        contents.statistics.contains { $0.statistic === observation.statistic },
        expected: "every observed statistic among \(contents.statistics.map(\.path))",
        found: "one of shape \(observation.statistic.shape) that is not found", at: "gradients.observe",
        cause: "a closure captures it: keep it in a stored property, or it is not saved with the model")
    }
    let again = ModelContents(of: layer).parameters
    try demand(
      again.map(\.path) == paths && zip(again, contents.parameters).allSatisfy { $0.parameter === $1.parameter },
      expected: "\(paths)", found: "\(again.map(\.path))", at: "a second walk",
      cause: "a computed or lazy property makes new parameters each time: keep them in stored ones")
    try demand(
      Set(paths).count == paths.count, expected: "one path a parameter", found: "\(paths)", at: "the walk",
      cause: "two properties have names that differ by a leading underscore alone")
    return paths.isEmpty ? "none" : paths.joined(separator: ", ")
  }
}

extension LayerProbe {
  /// A tensor in a plain property keeps its precision when the model's precision changes.
  private func demandNoPlainTensor() throws {
    let plain = ModelWalk.tensors(in: layer).filter { $0.tensor.dtype.isFloatingPoint }.map(\.path)
    try demand(
      plain.isEmpty, expected: "floating-point tensors in Parameter, Statistic or Constant",
      found: "a Tensor in a stored property", at: plain.joined(separator: ", "),
      cause: "its precision does not follow the model's: hold it in a Constant")
  }
}

extension Tensor {
  /// Writes into the memory directly, bypassing copy on write.
  fileprivate func fill(_ number: (Double) -> Double) {
    func fill<T: TensorScalar>(_: T.Type) {
      let elements = mutableElements(T.self)
      for index in elements.indices { elements[index] = T(rounding: number(elements[index].asDouble)) }
    }
    dtype.withScalar { fill($0) }
  }

  fileprivate func fill(from original: Tensor) {
    storage.bytes.copyMemory(from: original.storage.bytes, byteCount: byteCount)
  }
}
