import StrataTensor

/// y = x ⊙ m / (1 − rate) in training, where m is one number for each channel of each sample, 0 with probability
/// `rate`, else 1; y = x in inference.
///
/// Neighbouring pixels of a channel are so alike that dropping some of them drops little; whole channels are dropped
/// instead.
///
/// - Shapes: x is [B, C, H, W]; y has the shape of x.
///
/// # Backward
/// y is linear in x, so dx = dy ⊙ m / (1 − rate). The cache is the key from which the mask is worked out again: no
/// memory. As in PyTorch a dropped NaN or infinity is NaN (0 · NaN), and rate 1 gives zeros.
///
/// PyTorch's `nn.Dropout2d`. Tompson and others, "Efficient Object Localization Using Convolutional Networks", 2015.
public struct Dropout2D: Layer, CustomStringConvertible {
  /// The probability with which a channel is dropped, from 0 to 1.
  public let rate: Double

  /// Where the masks come from: each forward takes the next key.
  public let stream = RandomStream()

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let key: RandomGenerator?
  }

  /// A layer that drops channels with this probability.
  public init(_ rate: Double = 0.5) {
    require(0...1 ~= rate, "Dropout2D(\(rate)): the rate is a probability, from 0 to 1")
    self.rate = rate
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    _ = requireFloatingInput(copy x)
    let key = rate > 0 ? stream.next() : nil
    return (x.droppingChannels(rate, key), Cache(key: key))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Tensor { dy.droppingChannels(rate, cache.key) }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    _ = requireFloatingInput(copy x)
    return x
  }

  public func inference(_ x: consuming Tensor) -> (Tensor, Cache) { (self(x), Cache(key: nil)) }

  public func outputShape(for input: Shape) throws -> Shape {
    guard input.rank == 4 else {
      throw ShapeError(
        description, expected: "[B, C, H, W]", input: input, remedy: "give it images batch first and channels second",
        assumedOutput: input)
    }
    return input
  }

  public var description: String { "Dropout2D(\(rate))" }
}

extension Tensor {
  /// The elements times the mask of their channel and sample.
  consuming func droppingChannels(_ rate: Double, _ key: RandomGenerator?) -> Tensor {
    guard let key else { return self }
    let mask = Tensor(ones: [shape[0], shape[1]], dtype: dtype).dropping(rate, key)
    return self * mask.reshaped(to: Shape([shape[0], shape[1]] + Array(repeating: 1, count: rank - 2)))
  }
}
