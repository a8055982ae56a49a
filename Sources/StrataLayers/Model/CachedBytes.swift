import StrataTensor

/// Finds the memory that caches keep alive: each storage once, parameters apart.
package struct CachedStorages {
  private var seen: Set<ObjectIdentifier>

  /// Counting starts from what the model itself holds, which a cache shares at no cost.
  package init(model: any Layer) {
    seen = Set(ModelContents(of: model).boxes.map { ObjectIdentifier($0.value.storage) })
  }

  /// The bytes in `cache` that no cache before it held; what is spilled to a file has none.
  package mutating func newBytes(in cache: Any) -> Int {
    let tensors = newTensors(in: cache)
    for (_, tensor) in tensors { seen.insert(ObjectIdentifier(tensor.storage)) }
    return tensors.reduce(0) { $0 + $1.tensor.storage.residentByteCount }
  }

  /// The tensors in `cache`, one a storage, whose memory no cache before it held, by path.
  package func newTensors(in cache: Any) -> [(path: String, tensor: Tensor)] {
    var tensors: [(path: String, tensor: Tensor)] = []
    var seen = seen
    var walk = ModelWalk { value, path in
      guard let tensor = value as? Tensor else { return false }
      if seen.insert(ObjectIdentifier(tensor.storage)).inserted { tensors.append((path, tensor)) }
      return true
    }
    walk.walk(cache)
    return tensors
  }
}

extension Layer {
  /// The bytes that `forward` keeps for `backward` on an input of this shape: each storage once, the
  /// input included, parameters apart.
  ///
  /// It runs the layer once on zeros.
  public func cachedBytes(for input: Shape, dtype: DType = .float32) -> Int {
    var storages = CachedStorages(model: self)
    let (_, cache) = ModelContents(of: self).restoringStreams {
      forward(Tensor(zeros: input, dtype: dtype))
    }
    return storages.newBytes(in: cache)
  }
}
