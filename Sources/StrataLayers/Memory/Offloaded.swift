import StrataTensor

/// y = fₙ(… f₂(f₁(x))), the layers in the braces one after the other, with their caches in a temporary file
/// instead of in memory.
///
/// ```swift
/// let model = Sequential {
///   Offloaded { for _ in 0..<64 { Linear(1024, 1024); ReLU() } }
///   Linear(1024, 10)
/// }
/// ```
///
/// When a layer has run, what the layers so far have cached is written to a file without a name and its memory
/// given back, but for the tensor that goes on to the next layer. The file takes no name in its directory and is
/// gone with the cache, however the program ends. What was not made in this very pass (the input, parameters)
/// and tensors smaller than a page stay. A child that is itself a container runs as a whole.
///
/// - Shapes: each layer takes the output of the one before.
///
/// # Backward
/// The vector-Jacobian products of the layers from last to first, as in ``Sequential``, of the same bits. While a
/// layer runs backward, the caches of the one before it are read back on another thread.
///
/// The cache in memory is the input, and the output where the last layer keeps it.
///
/// If the file cannot be written, a full disk above all, the tensors stay in memory and the gradients carry the
/// `SpillError`: the optimizer's update throws it, and no parameter has changed.
///
/// Rhu, Gimelshein, Clemons, Zulfiqar and Keckler, "vDNN: Virtualized Deep Neural Networks for Scalable,
/// Memory-Efficient Neural Network Design", 2016.
public struct Offloaded: LayerChain, UnevenCache, CustomStringConvertible {
  /// The layers, the first to run first.
  public let layers: [any Layer]

  /// Where the files are; nil for the directory of temporary files, which `TMPDIR` names.
  public let directory: String?

  /// Tensors of fewer bytes stay in memory.
  public let smallest: Int

  /// The caches of the layers, and where what is not in memory is.
  public struct Cache: Sendable {
    var boxes: [any CacheBox] = []
    /// By layer, the storages of its cache that this pass made.
    var storages: [Storages] = []
    var file: SpillFile?
    var failure: SpillError?
    var prefetch: Prefetch?
    let input: TensorKind
  }

  /// The memory of one layer's cache.
  ///
  /// Its mirror is empty: the boxes hold the same, and count it.
  struct Storages: Sendable, CustomReflectable {
    let all: [Storage]
    var customMirror: Mirror { Mirror(self, children: []) }
  }

  /// The layers listed in the braces.
  ///
  /// - Parameters:
  ///   - directory: Where the files are; by default the directory of temporary files.
  ///   - smallest: The bytes from which a tensor is worth a file.
  ///   - layers: The layers.
  public init(directory: String? = nil, smallest: Int = 4096, @LayerBuilder _ layers: () -> [any Layer]) {
    require(smallest >= 0, "Offloaded: a smallest tensor of \(smallest) bytes is not possible")
    self.directory = directory
    self.smallest = smallest
    self.layers = layers()
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let lastBefore = Storage.lastNumber
    var cache = Cache(input: TensorKind(of: x))
    do throws(SpillError) { cache.file = try SpillFile(in: directory) } catch { cache.failure = error }
    var x = x
    var waiting: [Storage] = []
    for (position, layer) in layers.enumerated() {
      let (y, box) = forward(layer, at: .position(position), consume x)
      x = y
      let storages = storages(of: box, after: lastBefore)
      cache.storages.append(Storages(all: storages))
      cache.boxes.append(box)
      // The tensor on its way to the next layer waits until that has run.
      waiting += storages
      if let file = cache.file, file.failure == nil {
        for storage in waiting where storage !== x.storage { storage.spill(to: file) }
      }
      waiting.removeAll { $0 !== x.storage }
    }
    return (x, cache)
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    if stopsGradient {
      let zeros = cache.input.zeros
      accumulate(dy, cache, &gradients)
      return zeros
    }
    return backward(dy, &cache, &gradients, downTo: 0)
  }

  public func accumulate(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) {
    let first = first
    guard first < layers.count else { return }
    let dy = backward(dy, &cache, &gradients, downTo: first + 1)
    let box = nextBox(&cache, &gradients)
    accumulate(layers[first], at: .position(first), dy, consume box, &gradients)
  }

  public var description: String { "Offloaded { \(listed(layers)) }" }

  private func backward(
    _ dy: consuming Tensor, _ cache: inout Cache, _ gradients: inout Gradients, downTo first: Int
  ) -> Tensor {
    var dy = dy
    for position in (first..<layers.count).reversed() {
      let box = nextBox(&cache, &gradients)
      dy = backward(layers[position], at: .position(position), consume dy, consume box, &gradients)
    }
    return dy
  }

  /// Takes the last layer's cache, back in memory, and has that of the layer before it read meanwhile.
  private func nextBox(_ cache: inout Cache, _ gradients: inout Gradients) -> any CacheBox {
    cache.prefetch?.finish()
    for storage in cache.storages.removeLast().all { storage.fetch() }
    if let failure = cache.failure ?? cache.file?.failure { gradients.fail(failure) }
    let ahead = (cache.storages.last?.all ?? []).filter { $0.residentByteCount == 0 && $0.byteCount > 0 }
    cache.prefetch = ahead.isEmpty ? nil : Prefetch(ahead)
    return cache.boxes.removeLast()
  }

  /// What a cache holds that was made after a storage of this number and is worth a file.
  private func storages(of box: any CacheBox, after number: Int) -> [Storage] {
    ModelWalk.tensors(in: box).map(\.tensor.storage).filter { $0.number > number && $0.byteCount >= smallest }
  }
}
