import Foundation

extension Tensor {
  /// Independent numbers, uniform in [lower, upper); integers of `int32`.
  public init(
    uniform shape: Shape, in range: Range<Double> = 0..<1, dtype: DType = .float32,
    using generator: inout RandomGenerator
  ) {
    let width = range.upperBound - range.lowerBound
    requireOption("Tensor(uniform:): the length of the range \(range)", width, .notNegative)
    // Rounding to float32 may reach the bound that the range excludes.
    func limit<T: KernelScalar>(_: T.Type) -> Double { T(range.upperBound).nextDown.asDouble }
    let largest = dtype.isFloatingPoint ? dtype.withKernels(for: "uniform") { limit($0) } : range.upperBound.nextDown
    self.init(shape, dtype) {
      let number = Swift.min(range.lowerBound + width * generator.nextUniform(), largest)
      // Cut toward zero, 0 would be drawn for all between −1 and 1.
      return dtype == .int32 ? number.rounded(.down) : number
    }
  }

  /// Independent numbers of the normal distribution, by the Box–Muller transform.
  public init(
    normal shape: Shape, mean: Double = 0, standardDeviation: Double = 1, dtype: DType = .float32,
    using generator: inout RandomGenerator
  ) {
    requireOption("Tensor(normal:): the mean", mean, .finite)
    requireOption("Tensor(normal:): the standard deviation", standardDeviation, .notNegative)
    var second: Double?
    self.init(shape, dtype) {
      if let number = second.take() { return number }
      let radius = (-2 * Foundation.log(1 - generator.nextUniform())).squareRoot()
      let angle = 2 * Double.pi * generator.nextUniform()
      second = mean + standardDeviation * radius * Foundation.sin(angle)
      return mean + standardDeviation * radius * Foundation.cos(angle)
    }
  }

  /// The numbers that `next` gives, in row-major order.
  private init(_ shape: Shape, _ dtype: DType, next: () -> Double) {
    self.init(uninitialized: shape, dtype: dtype)
    func fill<T: TensorScalar>(_: T.Type) {
      let elements = mutableElements(T.self)
      for index in elements.indices { elements[index] = T(rounding: next()) }
    }
    dtype.withScalar { fill($0) }
  }

  /// Numbers uniform in [lower, upper), from a new stream of the current seed.
  public init(uniform shape: Shape, in range: Range<Double> = 0..<1, dtype: DType = .float32) {
    var generator = RandomGenerator.next()
    self.init(uniform: shape, in: range, dtype: dtype, using: &generator)
  }

  /// Numbers of the normal distribution, from a new stream of the current seed.
  public init(normal shape: Shape, mean: Double = 0, standardDeviation: Double = 1, dtype: DType = .float32) {
    var generator = RandomGenerator.next()
    self.init(normal: shape, mean: mean, standardDeviation: standardDeviation, dtype: dtype, using: &generator)
  }
}
