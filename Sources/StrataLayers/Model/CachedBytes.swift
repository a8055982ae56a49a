import StrataTensor

/// Finds the memory that caches keep alive: each storage once, parameters apart.
package struct CachedStorages {
  private var seen: Set<ObjectIdentifier>

  /// Counting starts from what the model itself holds, which a cache shares at no cost.
  package init(model: any Module) {
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
    var seen = seen
    return ModelWalk.tensors(in: cache).filter { seen.insert(ObjectIdentifier($0.tensor.storage)).inserted }
  }
}

extension Module {
  /// Returns the bytes that `forward` keeps for `backward` on this input: each storage once, the input included,
  /// parameters apart.
  ///
  /// It runs the module once.
  public func cachedBytes(at x: Input) -> Int {
    var storages = CachedStorages(model: self)
    // A copy, for an input that the model itself holds would count nothing.
    let (_, cache) = ModelContents(of: self).restoringStreams { forward(x.mapped { $0.copied() }) }
    return storages.newBytes(in: cache)
  }
}

extension Layer {
  /// Returns the bytes that `forward` keeps for `backward` on an input of this shape: each storage once, the
  /// input included, parameters apart.
  ///
  /// It runs the layer once on zeros, of the type that ``summary(input:dtype:)`` takes.
  public func cachedBytes(for input: Shape, dtype: DType? = nil) -> Int {
    cachedBytes(at: Tensor(zeros: input, dtype: dtype ?? inputType))
  }
}
