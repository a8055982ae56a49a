import StrataTensor

/// y = min(max(x, least), most), elementwise. ``ReLU6`` is the one from 0 to 6.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// dx = dy where least < y < most, else 0.
/// The cache is y, which the next layer caches too, so it takes no additional memory.
public struct Hardtanh: Layer, Activation {
  /// What y lies in.
  public let range: ClosedRange<Double>

  public let function: ActivationFunction

  /// A layer for this range, −1 to 1 unless said otherwise.
  public init(_ range: ClosedRange<Double> = -1...1) {
    self.range = range
    function = .clipping(to: range)
  }

  public var description: String { "Hardtanh(\(range))" }
}

extension ActivationFunction {
  static func clipping(to range: ClosedRange<Double>) -> ActivationFunction {
    ActivationFunction(keeping: .output) { x in
      x.clipped(to: range)
    } pullback: { dy, y in
      dy.replacing(with: 0, where: (y .<= range.lowerBound) + (y .>= range.upperBound))
    }
  }
}
