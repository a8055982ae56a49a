import StrataTensor

/// y = a (x ⊙ m + α (1 − m)) + b in training, where each mᵢ is 0 with probability `rate`, else 1; y = x in inference.
///
/// What is dropped becomes α = −1.7581, the floor of ``SELU``, and a = 1 / √((1 − rate)(1 + rate · α²)) and b = −a α · rate
/// are such that numbers of mean 0 and variance 1 keep both.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// dx = a dy ⊙ m. The cache is the key from which the mask is worked out again: no memory.
///
/// Klambauer, Unterthiner, Mayr and Hochreiter, "Self-Normalizing Neural Networks", 2017.
public struct AlphaDropout: Layer, CustomStringConvertible {
  /// The probability with which an element is dropped, below 1.
  public let rate: Double

  /// Where the masks come from: each forward takes the next key.
  public let stream = RandomStream()

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let key: RandomGenerator?
  }

  /// A layer that drops elements with this probability.
  public init(_ rate: Double = 0.5) {
    require(0..<1 ~= rate, "AlphaDropout(\(rate)): the rate is a probability, from 0 to below 1")
    self.rate = rate
  }

  private static let floor = -1.7580993408473766
  private var scale: Double { 1 / ((1 - rate) * (1 + rate * Self.floor * Self.floor)).squareRoot() }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    guard rate > 0 else { return (x, Cache(key: nil)) }
    let (key, scale, floor) = (stream.next(), scale, Self.floor)
    let kept = (x - floor).masked(by: key, droppingWith: rate, scale: scale)
    return (kept + scale * floor * (1 - rate), Cache(key: key))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Tensor {
    guard let key = cache.key else { return dy }
    return dy.masked(by: key, droppingWith: rate, scale: scale)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor { x }

  public func inference(_ x: consuming Tensor) -> (Tensor, Cache) { (x, Cache(key: nil)) }

  public var description: String { "AlphaDropout(\(rate))" }
}
