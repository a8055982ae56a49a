import StrataTensor

/// y[b, c, h·f + i, w·f + j] = x[b, c·f² + i·f + j, h, w]: f² channels become one of f times the height and width.
///
/// A convolution before it that makes f² times the channels enlarges images without a transposed convolution.
///
/// - Shapes: x is [B, C · f², H, W]; y is [B, C, H · f, W · f].
///
/// # Backward
/// Elements change their places alone, so dx is dy with each element at the place from which it came. For f = 2, four
/// channels 1, 2, 3, 4 of one element become the rows [1, 2] and [3, 4], and a dy of these gives that dx. Nothing is
/// cached.
///
/// PyTorch's `nn.PixelShuffle`. Shi and others, "Real-Time Single Image and Video Super-Resolution Using an Efficient
/// Sub-Pixel Convolutional Neural Network", 2016.
public struct PixelShuffle: Layer, CustomStringConvertible {
  /// f, by which height and width grow.
  public let factor: Int

  /// The shape of x, and its type.
  public struct Cache: Sendable {
    let shape: Shape
    let dtype: DType
  }

  /// A layer that makes images larger by this factor.
  public init(_ factor: Int) {
    require(1...1 << 10 ~= factor, "PixelShuffle(\(factor)): the factor must be from 1 to \(1 << 10)")
    self.factor = factor
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let cache = Cache(shape: x.shape, dtype: x.dtype)
    return (self(x), cache)
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let (shape, f) = (cache.shape, factor)
    dy.requireGradient(of: description, output(of: shape), cache.dtype)
    return dy.reshaped(to: [shape[0], shape[1] / (f * f), shape[2], f, shape[3], f]).permuted(0, 1, 3, 5, 2, 4)
      .reshaped(to: shape)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    let (shape, output, f) = (x.shape, requireFloatingInput(copy x), factor)
    return x.reshaped(to: [shape[0], output[1], f, f, shape[2], shape[3]]).permuted(0, 1, 4, 2, 5, 3)
      .reshaped(to: output)
  }

  public func outputShape(for input: Shape) throws -> Shape {
    guard input.rank == 4, input[1] % (factor * factor) == 0 else {
      throw ShapeError(
        description, expected: "[B, C · \(factor * factor), H, W]", input: input,
        remedy: "give it images batch first and channels second, of a multiple of \(factor * factor) channels")
    }
    return output(of: input)
  }

  public var description: String { "PixelShuffle(\(factor))" }

  private func output(of shape: Shape) -> Shape {
    [shape[0], shape[1] / (factor * factor), shape[2] * factor, shape[3] * factor]
  }
}
