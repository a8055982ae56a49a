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

  /// Normal with mean 0, drawn again where it is more than `limit` deviations away, as PyTorch's `trunc_normal_` of a
  /// deviation of 1 and ±2 is; the deviation is that of the numbers before.
  public static func truncatedNormal(standardDeviation: Double, limit: Double = 2) -> Initializer {
    requireOption("Initializer.truncatedNormal: the standard deviation", standardDeviation, .notNegative)
    requireOption("Initializer.truncatedNormal: the limit", limit, .positive)
    return Initializer { shape, _, _, generator in
      var numbers = Tensor(normal: shape, using: &generator)
      while numbers.count > 0, abs(numbers).max().item > limit {
        numbers = Tensor.where(abs(numbers) .<= limit, numbers, Tensor(normal: shape, using: &generator))
      }
      return numbers * standardDeviation
    }
  }

  /// Normal with mean 0, but for a share of each column, the weights of one output, which is 0.
  ///
  /// Martens, "Deep Learning via Hessian-Free Optimization", 2010.
  public static func sparse(sparsity: Double, standardDeviation: Double = 0.01) -> Initializer {
    requireOption("Initializer.sparse: sparsity", sparsity, .fraction)
    requireOption("Initializer.sparse: the standard deviation", standardDeviation, .notNegative)
    return Initializer { shape, _, _, generator in
      require(shape.rank == 2, "Initializer.sparse needs a matrix, not a shape \(shape)")
      let zeros = (sparsity * Double(shape[0])).rounded(.up)
      // The rows of a column in a random order: the first are 0.
      let order = Tensor(uniform: shape, using: &generator).argsort(along: 0).argsort(along: 0)
      let numbers = Tensor(normal: shape, standardDeviation: standardDeviation, using: &generator)
      return numbers.replacing(with: 0, where: order .< zeros)
    }
  }

  /// Ones on the diagonal of a matrix, else 0: a layer that hands on its input.
  public static let identity = Initializer { shape, _, _, _ in
    require(shape.rank == 2, "Initializer.identity needs a matrix, not a shape \(shape)")
    return Tensor(eye: shape[0], shape[1])
  }

  /// Kernels [out, in, …] that are an orthogonal matrix in the middle and 0 around it: a convolution that neither lengthens
  /// nor shortens its input.
  ///
  /// Xiao, Bahri, Sohl-Dickstein, Schoenholz and Pennington, "Dynamical Isometry and a Mean Field Theory of CNNs", 2018.
  public static func deltaOrthogonal(gain: Double = 1) -> Initializer {
    let matrix = orthogonal(gain: gain)
    return Initializer { shape, fanIn, fanOut, generator in
      require(
        shape.rank > 2 && shape.lengths.dropFirst(2).allSatisfy { $0 % 2 == 1 },
        "Initializer.deltaOrthogonal needs kernels [out, in, …] with a middle, not a shape \(shape)")
      let size = shape.lengths.dropFirst(2).reduce(1, *)
      let middle = matrix.draw([shape[0], shape[1]], fanIn, fanOut, &generator).expanded(at: -1)
      return middle.padded(before: size / 2, after: size / 2, along: 2).reshaped(to: shape)
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
