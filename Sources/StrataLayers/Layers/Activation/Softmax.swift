import StrataTensor

/// yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ), along one axis, the last unless said otherwise.
///
/// The largest element of each row along the axis is subtracted first, which changes nothing and keeps any finite x from
/// overflowing. A classifier needs no Softmax: ``SoftmaxCrossEntropy`` takes logits.
///
/// - Shapes: x has that axis, such as [B, K], or [B, K, H, W] with `axis: 1`; y has the shape of x.
///
/// # Backward
/// ∂yᵢ/∂xⱼ = yᵢ(δᵢⱼ − yⱼ), so dxⱼ = Σᵢ dyᵢ yᵢ (δᵢⱼ − yⱼ) = yⱼ (dyⱼ − Σᵢ dyᵢ yᵢ).
/// The cache is y, which the next layer caches too, so it takes no additional memory.
public struct Softmax: Layer, Activation {
  /// The axis; −1 is the last.
  public let axis: Int

  public let function: ActivationFunction

  /// A layer for this axis.
  public init(axis: Int = -1) {
    self.axis = axis
    function = ActivationFunction(.softmax, along: axis)
  }

  public func outputShape(for input: Shape) throws -> Shape {
    guard -input.rank..<input.rank ~= axis else {
      throw ShapeError(description, expected: "[…] with an axis \(axis)", input: input, remedy: "name one that it has")
    }
    return input
  }

  public var description: String { axis == -1 ? "Softmax()" : "Softmax(axis: \(axis))" }
}
