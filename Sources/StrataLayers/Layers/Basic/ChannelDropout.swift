import StrataTensor

/// Dropout of whole channels, for inputs of one number of axes: y = x ⊙ m / (1 − rate) in training, where m is one number
/// for each channel of each sample, 0 with probability `rate`, else 1; y = x in inference.
public protocol ChannelDropout: Layer, CustomStringConvertible where Cache == ChannelDropoutCache {
  /// The probability with which a channel is dropped, from 0 to 1.
  var rate: Double { get }

  /// Where the masks come from: each forward takes the next key.
  var stream: RandomStream { get }

  /// What the layer takes: the names of the axes behind batch and channels, and what such inputs are called.
  static var positions: (axes: [String], name: String) { get }
}

/// What a layer of ``ChannelDropout`` keeps of one forward: the key from which the mask is worked out again.
public struct ChannelDropoutCache: Sendable {
  let key: RandomGenerator?
}

extension ChannelDropout {
  public func forward(_ x: consuming Tensor) -> (Tensor, ChannelDropoutCache) {
    _ = requireFloatingInput(copy x)
    let key = rate > 0 ? stream.next() : nil
    return (x.droppingChannels(rate, key), ChannelDropoutCache(key: key))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming ChannelDropoutCache, _ gradients: inout Gradients
  ) -> Tensor { dy.droppingChannels(rate, cache.key) }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    _ = requireFloatingInput(copy x)
    return x
  }

  public func inference(_ x: consuming Tensor) -> (Tensor, ChannelDropoutCache) {
    (self(x), ChannelDropoutCache(key: nil))
  }

  public func outputShape(for input: Shape) throws -> Shape {
    let (axes, name) = Self.positions
    guard input.rank == 2 + axes.count else {
      throw ShapeError(
        description, expected: "[\((["B", "C"] + axes).joined(separator: ", "))]", input: input,
        remedy: "give it \(name) batch first and channels second", assumedOutput: input)
    }
    return input
  }

  public var description: String { "\(Self.self)(\(rate))" }
}

extension Tensor {
  /// The elements times the mask of their channel and sample.
  fileprivate consuming func droppingChannels(_ rate: Double, _ key: RandomGenerator?) -> Tensor {
    guard let key else { return self }
    let mask = Tensor(ones: [shape[0], shape[1]], dtype: dtype).dropping(rate, key)
    return self * mask.reshaped(to: Shape([shape[0], shape[1]] + Array(repeating: 1, count: rank - 2)))
  }
}
