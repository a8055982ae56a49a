import StrataTensor

/// y[b, c] = the largest element of a channel: of images [B, C, H, W], sequences [B, C, T], or of any axes behind the
/// second.
///
/// - Shapes: x is [B, C, …], with at least one axis more; y is [B, C].
///
/// # Backward
/// dx = dy at the place of the largest element, else 0. Of equals the first wins; a NaN wins over any number. For
/// x = [1, 6, 2], y = 6, and dy = 3 gives dx = [0, 3, 0]. The cache is the place of each output, `int32`.
///
/// PyTorch's `nn.AdaptiveMaxPool2d(1)` followed by `nn.Flatten()`; Keras's `GlobalMaxPooling2D`.
public struct GlobalMaxPool: Layer, CustomStringConvertible {
  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let shape: Shape
    let dtype: DType
    /// Where in its channel each output stands.
    package let places: Tensor
  }

  public init() {}

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let (x, shape) = (copy x, requireFloatingInput(copy x))
    let area = x.shape.lengths.dropFirst(2).reduce(1, *)
    let channels = x.reshaped(to: [shape[0], shape[1], 1, area])
    let (y, places) = channels.largest(.one, AxisMap(means: area, 1))
    return (y.reshaped(to: shape), Cache(shape: x.shape, dtype: x.dtype, places: places))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let (shape, places) = (cache.shape, cache.places)
    dy.requireGradient(of: description, [shape[0], shape[1]], cache.dtype)
    let area = shape.lengths.dropFirst(2).reduce(1, *)
    return dy.reshaped(to: [shape[0], shape[1], 1, 1]).added(at: places, of: 1, area).reshaped(to: shape)
  }

  public func outputShape(for input: Shape) throws -> Shape { try input.poolingAll(description) }

  public var description: String { "GlobalMaxPool()" }
}
