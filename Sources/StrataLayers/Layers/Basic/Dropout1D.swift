import StrataTensor

/// y = x ⊙ m / (1 − rate) in training, where m is one number for each channel of each sample, 0 with probability
/// `rate`, else 1; y = x in inference.
///
/// Neighbouring steps of a channel are so alike that dropping some of them drops little; whole channels are dropped
/// instead.
///
/// - Shapes: x is [B, C, T]; y has the shape of x.
///
/// # Backward
/// y is linear in x, so dx = dy ⊙ m / (1 − rate). The cache is the key from which the mask is worked out again: no
/// memory. As in PyTorch a dropped NaN or infinity is NaN (0 · NaN), and rate 1 gives zeros.
///
/// PyTorch's `nn.Dropout1d`. Tompson and others, "Efficient Object Localization Using Convolutional Networks", 2015.
public struct Dropout1D: Layer, ChannelDropout {
  /// The probability with which a channel is dropped, from 0 to 1.
  public let rate: Double

  /// Where the masks come from: each forward takes the next key.
  public let stream = RandomStream()

  /// A layer that drops channels with this probability.
  public init(_ rate: Double = 0.5) {
    require(0...1 ~= rate, "Dropout1D(\(rate)): the rate is a probability, from 0 to 1")
    self.rate = rate
  }

  public static var positions: (axes: [String], name: String) { (["T"], "sequences") }
}
