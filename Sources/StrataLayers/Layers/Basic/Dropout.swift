import CStrataKernels
import StrataTensor

/// y = x ⊙ m / (1 − rate) in training, where each mᵢ is 0 with probability `rate`, else 1; y = x in
/// inference.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// y is linear in x, so dx = dy ⊙ m / (1 − rate). The division keeps the expectation: E[y] = x.
/// The cache is the key from which the mask is worked out again: no memory. As in PyTorch a dropped NaN or
/// infinity is NaN (0 · NaN), and rate 1 gives zeros.
///
/// Srivastava and others, "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", 2014.
public struct Dropout: Layer, CustomStringConvertible {
  /// The probability with which an element is dropped, from 0 to 1.
  public let rate: Double

  /// Where the masks come from: each forward takes the next key.
  public let stream = RandomStream()

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let key: RandomGenerator?
  }

  /// A layer that drops elements with this probability.
  public init(_ rate: Double = 0.5) {
    require(0...1 ~= rate, "Dropout(\(rate)): the rate is a probability, from 0 to 1")
    self.rate = rate
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let key = rate > 0 ? stream.next() : nil
    return (x.dropping(rate, key), Cache(key: key))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Tensor { dy.dropping(rate, cache.key) }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor { x }

  public func inference(_ x: consuming Tensor) -> (Tensor, Cache) { (x, Cache(key: nil)) }

  public var description: String { "Dropout(\(rate))" }
}

extension Tensor {
  /// The elements times a mask that a key draws: 0 with a probability, else what keeps the expectation.
  consuming func dropping(_ rate: Double, _ key: RandomGenerator?) -> Tensor {
    guard let key else { return self }
    return masked(by: key, droppingWith: rate, scale: rate < 1 ? 1 / (1 - rate) : 0)
  }

  /// scale · x ⊙ m, where each mᵢ is 0 with a probability, else 1; the same for the same key.
  consuming func masked(by key: RandomGenerator, droppingWith rate: Double, scale: Double) -> Tensor {
    let threshold = UInt32(Swift.min((rate * 0x1p32).rounded(), Double(UInt32.max)))
    func run<T: KernelScalar>(_: T.Type, _ x: Tensor, into y: Tensor) {
      let (pack, scale) = (Int(STRATA_PACK), T(scale))
      parallel(over: (x.count + pack - 1) / pack, grain: elementGrain / 4 / pack) { packs in
        let i = packs.lowerBound * pack
        let n = Swift.min(x.count - i, packs.count * pack)
        T.dropout(n, i, key.seed, key.stream, threshold, scale, x.pointer(at: i), y.mutablePointer(at: i))
      }
    }
    overwrite { x, y in x.dtype.withKernels(for: "Dropout") { run($0, x, into: y) } }
    return self
  }
}
