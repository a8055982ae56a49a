import StrataTensor

/// Layers one after the other: y = fₙ(… f₂(f₁(x))).
///
/// ```swift
/// let model = Sequential {
///   Linear(784, 256)
///   ReLU()
///   if isDeep { Linear(256, 256); ReLU() }
///   Linear(256, 10)
/// }
/// ```
///
/// - Shapes: each layer takes the output of the one before.
///
/// # Backward
/// By the chain rule, the vector-Jacobian products of the layers from last to first. Each layer's cache is
/// freed as soon as its backward has used it. Layers before one that stops the gradient keep no cache and run no
/// backward.
public struct Sequential: LayerChain, CustomStringConvertible {
  /// The layers, the first to run first.
  public let layers: [any Layer]

  let lastStop: Int?

  /// The caches of the layers that run backward, and for zeros in the place of a stopped dL/dx the input's kind.
  public struct Cache: Sendable {
    var boxes: [any CacheBox]
    let stopped: TensorKind?
  }

  /// The layers listed in the braces; `if`, `for` and optionals work.
  public init(@LayerBuilder _ layers: () -> [any Layer]) { self.init(layers()) }

  /// The layers of an array.
  public init(_ layers: [any Layer]) {
    self.layers = layers
    lastStop = layers.lastIndex { $0.stopsGradient }
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let stopped = stopsGradient ? TensorKind(of: x) : nil
    let first = first
    var boxes: [any CacheBox] = []
    boxes.reserveCapacity(layers.count - first)
    var x = x
    for (position, layer) in layers.enumerated() {
      let (y, box) = forward(layer, at: .position(position), consume x)
      x = y
      if position >= first { boxes.append(box) }
    }
    return (x, Cache(boxes: boxes, stopped: stopped))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    if let stopped = cache.stopped {
      accumulate(dy, cache, &gradients)
      return stopped.zeros
    }
    return backward(dy, &cache, &gradients, downTo: 0)
  }

  public func accumulate(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) {
    let first = first
    guard first < layers.count else { return }
    let dy = backward(dy, &cache, &gradients, downTo: first + 1)
    accumulate(layers[first], at: .position(first), dy, cache.boxes.removeLast(), &gradients)
  }

  /// Runs the layers backward from the last to number `end`, taking each one's cache.
  private func backward(
    _ dy: consuming Tensor, _ cache: inout Cache, _ gradients: inout Gradients, downTo end: Int
  ) -> Tensor {
    var dy = dy
    for position in (end..<layers.count).reversed() {
      // Not by way of a name, which would hold the box too in debug builds.
      dy = backward(layers[position], at: .position(position), consume dy, cache.boxes.removeLast(), &gradients)
    }
    return dy
  }
}
