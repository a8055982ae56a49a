import StrataTensor

/// What ``GroupNorm`` and ``InstanceNorm`` share: each group of channels of each sample is normalized by itself.
enum GroupNormalization {
  /// What the backward needs of the forward.
  struct Cache: Sendable {
    let x: Tensor
    let weight: Tensor?
    /// Each group's mean and 1/σ, [B, G, 1], in double precision.
    let mean, inverse: Tensor
  }

  /// y, and what its backward needs.
  static func forward(
    _ x: Tensor, groups: Int, _ weight: Tensor?, _ bias: Tensor?, epsilon: Double
  ) -> (Tensor, Cache) {
    let (samples, channels, area) = x.planes
    let grouped: Shape = [samples, groups, channels / groups]
    // About a number of each plane, so that a mean far above the deviation costs no accuracy.
    let (sum, square, first) = x.planeSums()
    let shift = sum / Double(area)
    let means = (first + shift).reshaped(to: grouped)
    let mean = means.mean(along: 2, keepingAxis: true)
    // Where squares overflow the variance is infinite, not NaN.
    let largest = 0...Double.greatestFiniteMagnitude
    let inside = (square / Double(area) - (shift * shift).clipped(to: largest)).reshaped(to: grouped)
    let between = means - mean
    let variance = relu((inside + between * between).mean(along: 2, keepingAxis: true))
    let inverse = rsqrt(variance + epsilon)
    let center = mean.converted(to: x.dtype)
    let scale = factors(weight, grouped) * inverse
    // What x's type cannot hold of the mean goes to the offset.
    let rest = mean - center.converted(to: .float64)
    let offset =
      (bias.map { $0.converted(to: .float64).reshaped(to: [groups, channels / groups]) }
        ?? Tensor(
          zeros: [groups, channels / groups], dtype: .float64)) - scale * rest
    var y = x
    y.overwrite { x, y in
      x.planeAffine(center.broadcast(to: grouped), scale, offset.broadcast(to: grouped), into: y)
    }
    return (y, Cache(x: x, weight: weight, mean: mean, inverse: inverse))
  }

  /// dx; adds dL/dweight = Σ dy·x̂ and dL/dbias = Σ dy.
  static func backward(
    _ layer: @autoclosure () -> String, _ dy: consuming Tensor, _ cache: Cache, groups: Int, _ weight: Parameter?,
    _ bias: Parameter?, _ gradients: inout Gradients
  ) -> Tensor {
    let (x, mean, inverse) = (cache.x, cache.mean, cache.inverse)
    dy.requireGradient(of: layer(), x.shape, x.dtype)
    let (samples, channels, area) = x.planes
    let grouped: Shape = [samples, groups, channels / groups]
    let center = mean.converted(to: x.dtype).broadcast(to: grouped)
    let rest = mean - center.converted(to: .float64)
    let (sums, products, _) = x.planeSums(about: center, of: dy)
    let direct = sums.reshaped(to: grouped)
    // Σ dy x̂ of each plane.
    let slopes = (products.reshaped(to: grouped) - rest * direct) * inverse
    if let weight {
      gradients.add(slopes.sum(along: 0).reshaped(to: [channels]).converted(to: x.dtype), to: weight)
    }
    if let bias { gradients.add(direct.sum(along: 0).reshaped(to: [channels]).converted(to: x.dtype), to: bias) }
    let (gamma, count) = (factors(cache.weight, grouped), Double(area * channels / groups))
    // dx = a dy + b (x − center) + c: directly, through σ and through μ.
    let a = (gamma * inverse).broadcast(to: grouped)
    let b = -(gamma * slopes).sum(along: 2, keepingAxis: true) * inverse * inverse / count
    let c = -(gamma * direct).sum(along: 2, keepingAxis: true) * inverse / count - b * rest
    dy.overwrite { dy, dx in
      x.planeAffine(center, b.broadcast(to: grouped), c.broadcast(to: grouped), adding: (a, dy), into: dx)
    }
    return dy
  }

  /// γ as [1, G, C / G], or 1.
  private static func factors(_ weight: Tensor?, _ grouped: Shape) -> Tensor {
    let shape: Shape = [1, grouped[1], grouped[2]]
    return weight.map { $0.converted(to: .float64).reshaped(to: shape) } ?? Tensor(ones: shape, dtype: .float64)
  }

  /// A layer's refusal of an input whose channels are not those of its parameters.
  static func outputShape(for input: Shape, channels: Int, least rank: Int, _ layer: String) throws -> Shape {
    guard input.rank >= rank, input[1] == channels else {
      throw ShapeError(
        layer, expected: rank == 2 ? "[B, \(channels), …]" : "[B, \(channels), …] with axes behind the channels",
        input: input,
        remedy: input.rank > 2 && input[-1] == channels
          ? "axis 1 is the channels: put them second, or use LayerNorm"
          : input.rank < rank
            ? "give it images or sequences batch first and channels second"
            : "make its channels those of axis 1",
        assumedOutput: input)
    }
    return input
  }
}

// Passes over planes, each of one channel of one sample.
extension Tensor {
  fileprivate var planes: (samples: Int, channels: Int, area: Int) {
    (shape[0], shape[1], shape.lengths.dropFirst(2).reduce(1, *))
  }

  /// Σ u and Σ u (x − center) of every plane, and its center, in double precision.
  ///
  /// - Parameters:
  ///   - center: A number of each plane near its mean; its first element where there is none.
  ///   - dy: u; where there is none, u is x − center.
  fileprivate func planeSums(
    about center: Tensor? = nil, of dy: Tensor? = nil
  ) -> (sum: Tensor, product: Tensor, center: Tensor) {
    let (samples, channels, area) = planes
    let count = samples * channels
    let results = (0..<3).map { _ in Tensor(uninitialized: [count], dtype: .float64) }
    let targets = results.map { $0.mutablePointer(Double.self) }
    let (center, step) = (center ?? self, center == nil ? area : 1)
    func run<T: KernelScalar>(_: T.Type) {
      parallel(over: count, grain: Swift.max(1, elementGrain / Swift.max(1, area))) { range in
        let first = range.lowerBound
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 3 * range.count) { sums in
          T.channelSums(
            1, range.count, area, pointer(at: first * area), center.pointer(at: first * step), step,
            dy?.pointer(at: first * area), sums.baseAddress!)
          for (index, target) in targets.enumerated() {
            (target + first).update(from: sums.baseAddress! + index * range.count, count: range.count)
          }
        }
      }
    }
    if area > 0 { dtype.withKernels(for: "normalization") { run($0) } }
    return (results[0], results[1], results[2])
  }

  /// Into `y`, b (x − center) + c with numbers of each plane, plus a · dy where that is asked for.
  fileprivate func planeAffine(
    _ center: Tensor, _ b: Tensor, _ c: Tensor, adding term: (a: Tensor, dy: Tensor)? = nil, into y: Tensor
  ) {
    let (samples, channels, area) = planes
    let (b, c) = (b.converted(to: dtype), c.converted(to: dtype))
    let (a, dy) = (term?.a.converted(to: dtype), term?.dy)
    func run<T: KernelScalar>(_: T.Type) {
      let count = samples * channels
      parallel(over: count, grain: Swift.max(1, elementGrain / Swift.max(1, area))) { range in
        let (first, start) = (range.lowerBound, range.lowerBound * area)
        T.channelAffine(
          area == 1 ? 1 : range.count, range.count, area, 0, pointer(at: start), center.pointer(at: first),
          b.pointer(at: first), c.pointer(at: first), dy?.pointer(at: start), a?.pointer(at: first),
          y.mutablePointer(at: start))
      }
    }
    if area > 0 { dtype.withKernels(for: "normalization") { run($0) } }
  }
}
