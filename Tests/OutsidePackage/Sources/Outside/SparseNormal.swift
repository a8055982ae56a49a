import Strata

extension Initializer {
  /// Normal of variance 1 / count, with all but `count` inputs of each output 0.
  ///
  /// Martens, "Deep Learning via Hessian-Free Optimization", 2010.
  public static func sparseNormal(inputs count: Int) -> Initializer {
    Initializer { shape, fanIn, fanOut, generator in
      let normal = Tensor(normal: shape, using: &generator)
      let drawn = Tensor(uniform: shape, in: 0..<1, using: &generator)
      let share = min(1, Double(count) / Double(fanIn))
      return normal * (drawn .< share) * (1 / Double(count).squareRoot())
    }
  }
}
