import StrataTensor

/// y = x where x > 0, else a·x, with a learnt slope a: one for all, or one for each channel.
///
/// - Shapes: any for a single slope; for C slopes x is [B, C, …], axis 1 being the channels as in PyTorch;
///   y has the shape of x.
///
/// # Backward
/// dx = dy where x > 0, else a·dy, and da = Σ dy · min(x, 0) over all elements that share the slope.
/// The cache is x and a snapshot of a: a may be negative, so y does not tell the sign of x.
///
/// He, Zhang, Ren and Sun, "Delving Deep into Rectifiers", 2015.
public struct PReLU: Layer, CustomStringConvertible {
  /// a, of shape [1] or [C].
  public let weight: Parameter

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let x: Tensor
    let weight: Tensor
  }

  /// A layer whose slopes start at `slope`.
  public init(channels: Int = 1, slope: Double = 0.25) {
    require(channels > 0, "PReLU(channels: \(channels)): it needs at least one slope")
    requireOption("PReLU: slope", slope, .finite)
    weight = Parameter([channels], initialValue: slope)
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let slopes = weight.value
    let y = Tensor.combined(copy x, aligned(slopes, x.shape), by: .prelu)
    return (y, Cache(x: x, weight: slopes))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let (x, shape) = (cache.x, cache.x.shape)
    let below = copy dy * relu(-(copy x))  // −dy · min(x, 0)
    let sum =
      cache.weight.count == 1
      ? below.sum().reshaped(to: cache.weight.shape) : below.sum(along: (0..<shape.rank).filter { $0 != 1 })
    gradients.add(-sum, to: weight)
    return dy * Tensor.combined(x, aligned(cache.weight, shape), by: .preluSlope)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    let slopes = aligned(weight.value, x.shape)
    return Tensor.combined(x, slopes, by: .prelu)
  }

  public func outputShape(for input: Shape) throws -> Shape {
    let channels = weight.shape[0]
    guard channels == 1 || input.rank >= 2 && input[1] == channels else {
      throw ShapeError(
        description, expected: "[B, \(channels), …]", input: input,
        remedy: "give it as many slopes as axis 1 has channels, or a single one", assumedOutput: input)
    }
    return input
  }

  public var description: String { "PReLU(channels: \(weight.shape[0]))" }

  /// The slopes with as many axes of length 1 behind them as x has behind its channels.
  private func aligned(_ slopes: Tensor, _ shape: Shape) -> Tensor {
    guard slopes.count > 1 else { return slopes }
    requireInput(shape)
    return slopes.reshaped(to: Shape([slopes.count] + shape.lengths.dropFirst(2).map { _ in 1 }))
  }
}
