import StrataTensor

/// y[b, c] = the mean of all elements of a channel: of images [B, C, H, W], sequences [B, C, T], or of any axes behind
/// the second.
///
/// - Shapes: x is [B, C, …], with at least one axis more; y is [B, C].
///
/// # Backward
/// dx = dy / n for each of the n elements of the channel: for x = [1, 2, 6], y = 3, and dy = 3 gives dx = [1, 1, 1].
/// Nothing is cached.
///
/// PyTorch's `nn.AdaptiveAvgPool2d(1)` followed by `nn.Flatten()`; Keras's `GlobalAveragePooling2D`. Lin, Chen and Yan,
/// "Network In Network", 2014.
public struct GlobalAveragePool: Layer, CustomStringConvertible {
  /// The shape of x, and its type.
  public struct Cache: Sendable {
    let shape: Shape
    let dtype: DType
  }

  public init() {}

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let cache = Cache(shape: x.shape, dtype: x.dtype)
    return (self(x), cache)
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let shape = cache.shape
    dy.requireGradient(of: description, [shape[0], shape[1]], cache.dtype)
    let area = shape.lengths.dropFirst(2).reduce(1, *)
    return (dy / Double(area)).reshaped(to: [shape[0], shape[1], 1]).broadcast(to: [shape[0], shape[1], area])
      .reshaped(to: shape)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    let shape = requireFloatingInput(copy x)
    return x.reshaped(to: [shape[0], shape[1], x.shape.lengths.dropFirst(2).reduce(1, *)]).mean(along: 2)
  }

  public func outputShape(for input: Shape) throws -> Shape { try input.poolingAll(description) }

  public var description: String { "GlobalAveragePool()" }
}

extension Shape {
  /// The shape that a pooling of whole channels makes.
  func poolingAll(_ layer: String) throws -> Shape {
    guard rank >= 3, lengths.dropFirst(2).allSatisfy({ $0 > 0 }) else {
      throw ShapeError(
        layer, expected: "[B, C, …] with elements behind the channels", input: self,
        remedy: "give it images or sequences batch first and channels second")
    }
    return [self[0], self[1]]
  }
}
