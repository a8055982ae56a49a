import StrataTensor

/// w = g v / ‖v‖: a weight whose norm g, one for each output, is learnt apart from its direction.
///
/// ```swift
/// let layer = Linear(784, 256).weightNormalized()
/// ```
///
/// - Shapes: v and w have any shape of two axes or more; g has length 1 but along `axis`; the norm is taken along all
///   others.
///
/// # Backward
/// With n = ‖v‖ and s = Σ dw ⊙ v along the other axes, dg = s / n. From d(v / n) = dv / n − v (v · dv) / n³ follows dv
/// = g / n (dw − v s / n²): the part of dw along v changes the norm alone, and what is left turns v. The cache is v, n
/// and g.
///
/// Salimans and Kingma, "Weight Normalization: A Simple Reparameterization to Accelerate Training of Deep Neural
/// Networks", 2016. PyTorch's `parametrizations.weight_norm`.
public struct WeightNorm: Layer, CustomStringConvertible {
  /// g, the norms.
  public let scale: Parameter

  /// The axis of which each place has its own norm.
  public let axis: Int

  private let dimensions: [Int]

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let v, norms, scale: Tensor
  }

  /// A function of weights of this shape, with the norms that these have.
  public init(of weight: Tensor, axis: Int) {
    require(
      weight.rank >= 2 && 0..<weight.rank ~= axis,
      "WeightNorm: norms along the axes besides \(axis) are those of no weight of shape \(weight.shape); give a weight of "
        + "two axes or more, and one of them")
    self.axis = axis
    dimensions = weight.shape.lengths
    scale = Parameter(weight.norms(but: axis))
  }

  public func forward(_ v: consuming Tensor) -> (Tensor, Cache) {
    let v = v
    requireInput(v.shape)
    let (norms, scale) = (v.norms(but: axis), scale.value)
    return (v * (scale / norms), Cache(v: v, norms: norms, scale: scale))
  }

  public func backward(_ dw: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let dw = dw
    let along = (dw * cache.v).sum(along: cache.v.axes(but: axis), keepingAxes: true) / cache.norms
    gradients.add(along, to: scale)
    return (dw - cache.v * (along / cache.norms)) * (cache.scale / cache.norms)
  }

  public func outputShape(for input: Shape) throws -> Shape {
    try input.ofWeights(dimensions, for: description)
  }

  public var description: String { "WeightNorm(\(Shape(dimensions)), axis: \(axis))" }
}

extension WeightNorm: PyTorchNamed {
  /// PyTorch has the norms of a transposed matrix as a column.
  public var pytorchNames: [String: PyTorchName] { ["scale": .transposed("original0")] }
}

extension Shape {
  /// This shape, which must be that of the weights which a function was made for.
  func ofWeights(_ dimensions: [Int], for function: String) throws -> Shape {
    if lengths == dimensions { return self }
    throw ShapeError(
      function, expected: "\(Shape(dimensions))", input: self, remedy: "make it for the weight that it is given")
  }
}

extension Tensor {
  /// All axes but one.
  package func axes(but axis: Int) -> [Int] { Array(0..<rank).filter { $0 != axis } }

  /// ‖x‖ along all axes but one.
  fileprivate func norms(but axis: Int) -> Tensor { sqrt((self * self).sum(along: axes(but: axis), keepingAxes: true)) }
}
