import Foundation
import StrataTensor

/// How the elements of a fresh weight are drawn.
///
/// Fan-in and fan-out are the numbers of inputs and outputs that each unit is connected to. Give one to a
/// layer: `Linear(784, 256, initializer: .xavierUniform)`.
public struct Initializer: Sendable {
  /// From shape, fan-in and fan-out to the elements.
  public typealias Draw =
    @Sendable (_ shape: Shape, _ fanIn: Int, _ fanOut: Int, _ generator: inout RandomGenerator) -> Tensor

  private let draw: Draw

  /// An initializer that draws by a function.
  public init(_ draw: @escaping Draw) { self.draw = draw }

  /// A fresh tensor, from the next stream of the current seed.
  public func tensor(_ shape: Shape, fanIn: Int, fanOut: Int) -> Tensor {
    var generator = RandomGenerator.next()
    let tensor = draw(shape, fanIn, fanOut, &generator)
    require(
      tensor.shape == shape,
      "Initializer: drew a tensor of shape \(tensor.shape) where \(shape) was asked for")
    return tensor
  }

  /// Variance 2 / fan-in, uniform: keeps the scale of activations through ReLU layers.
  ///
  /// He, Zhang, Ren and Sun, "Delving Deep into Rectifiers", 2015.
  public static let heUniform = uniform { fanIn, _ in 2 / fanIn }

  /// Variance 2 / fan-in, normal.
  public static let heNormal = normal { fanIn, _ in 2 / fanIn }

  /// Variance 2 / (fan-in + fan-out), uniform: for layers with sigmoid or tanh.
  ///
  /// Glorot and Bengio, "Understanding the Difficulty of Training Deep Feedforward Neural Networks", 2010.
  public static let xavierUniform = uniform { fanIn, fanOut in 2 / (fanIn + fanOut) }

  /// Variance 2 / (fan-in + fan-out), normal.
  public static let xavierNormal = normal { fanIn, fanOut in 2 / (fanIn + fanOut) }

  /// Variance 1 / fan-in, uniform.
  ///
  /// LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998.
  public static let lecunUniform = uniform { fanIn, _ in 1 / fanIn }

  /// Variance 1 / fan-in, normal.
  public static let lecunNormal = normal { fanIn, _ in 1 / fanIn }

  /// Every element the same.
  public static func constant(_ value: Double) -> Initializer {
    requireOption("Initializer.constant: the value", value, .finite)
    return Initializer { shape, _, _, _ in Tensor(repeating: value, shape: shape) }
  }

  /// Uniform in a range.
  public static func uniform(in range: Range<Double>) -> Initializer {
    Initializer { shape, _, _, generator in Tensor(uniform: shape, in: range, using: &generator) }
  }

  /// Normal with mean 0.
  public static func normal(standardDeviation: Double) -> Initializer {
    Initializer { shape, _, _, generator in
      Tensor(normal: shape, standardDeviation: standardDeviation, using: &generator)
    }
  }

  /// A matrix with orthonormal rows or columns, whichever are fewer, times `gain`: a product of many
  /// such matrices neither grows nor shrinks. Axes after the first count as one.
  ///
  /// Saxe, McClelland and Ganguli, "Exact Solutions to the Nonlinear Dynamics of Learning in Deep
  /// Linear Neural Networks", 2013.
  public static func orthogonal(gain: Double = 1) -> Initializer {
    requireOption("Initializer.orthogonal: the gain", gain, .finite)
    return Initializer { shape, _, _, generator in
      require(shape.rank >= 2, "orthogonal needs a shape of two axes or more, not \(shape)")
      let (rows, columns) = (shape[0], shape.rowShape.count)
      let (count, length) = (min(rows, columns), max(rows, columns))
      let vectors = qr(Tensor(normal: [count, length], dtype: .float64, using: &generator).transposed.tensor).q
      let matrix = rows <= columns ? vectors.transposed.tensor : vectors
      return (matrix * gain).converted(to: .float32).reshaped(to: shape)
    }
  }

  private static func uniform(
    variance: @escaping @Sendable (_ fanIn: Double, _ fanOut: Double) -> Double
  ) -> Initializer {
    Initializer { shape, fanIn, fanOut, generator in
      let bound = (3 * variance(Double(fanIn), Double(fanOut))).squareRoot()
      return Tensor(uniform: shape, in: -bound..<bound, using: &generator)
    }
  }

  private static func normal(
    variance: @escaping @Sendable (_ fanIn: Double, _ fanOut: Double) -> Double
  ) -> Initializer {
    Initializer { shape, fanIn, fanOut, generator in
      let deviation = variance(Double(fanIn), Double(fanOut)).squareRoot()
      return Tensor(normal: shape, standardDeviation: deviation, using: &generator)
    }
  }
}
