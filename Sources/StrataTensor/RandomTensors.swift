import Foundation

extension Tensor {
  /// Independent numbers, uniform in [lower, upper).
  public init(
    uniform shape: Shape, in range: Range<Double> = 0..<1, dtype: DType = .float32,
    using generator: inout RandomGenerator
  ) {
    let width = range.upperBound - range.lowerBound
    let values = (0..<shape.count).map { _ in range.lowerBound + width * generator.nextUniform() }
    // Rounding to float32 may reach the bound that the range excludes.
    let limit = dtype == .float32 ? Double(Float(range.upperBound).nextDown) : range.upperBound.nextDown
    self = Tensor(values.map { Swift.min($0, limit) }, shape: shape).converted(to: dtype)
  }

  /// Independent numbers of the normal distribution, by the Box–Muller transform.
  public init(
    normal shape: Shape, mean: Double = 0, standardDeviation: Double = 1, dtype: DType = .float32,
    using generator: inout RandomGenerator
  ) {
    var values: [Double] = []
    values.reserveCapacity(shape.count + 1)
    while values.count < shape.count {
      let radius = (-2 * Foundation.log(1 - generator.nextUniform())).squareRoot()
      let angle = 2 * Double.pi * generator.nextUniform()
      values.append(mean + standardDeviation * radius * Foundation.cos(angle))
      values.append(mean + standardDeviation * radius * Foundation.sin(angle))
    }
    self = Tensor(Array(values.prefix(shape.count)), shape: shape).converted(to: dtype)
  }

  /// Numbers uniform in [lower, upper), from a stream of their own of the current seed.
  public init(uniform shape: Shape, in range: Range<Double> = 0..<1, dtype: DType = .float32) {
    var generator = RandomGenerator.next()
    self.init(uniform: shape, in: range, dtype: dtype, using: &generator)
  }

  /// Numbers of the normal distribution, from a stream of their own of the current seed.
  public init(normal shape: Shape, mean: Double = 0, standardDeviation: Double = 1, dtype: DType = .float32) {
    var generator = RandomGenerator.next()
    self.init(normal: shape, mean: mean, standardDeviation: standardDeviation, dtype: dtype, using: &generator)
  }
}
