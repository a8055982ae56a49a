import StrataLayers
import StrataTensor

/// A layer under examination: makes its inputs and runs it. The checks are in extensions, one idea a file.
struct LayerProbe<L: Layer> {
  let layer: L
  let contents: ModelContents
  let shape: Shape
  let values: (@Sendable (Shape) -> Tensor)?
  let surrogate: (any Layer)?
  let refuses: @Sendable (Shape) -> Bool
  let tolerance: Double
  let seed: UInt64

  /// The input of most checks.
  let x: Tensor

  init(
    _ layer: L, _ shape: Shape, _ values: (@Sendable (Shape) -> Tensor)?, _ surrogate: (any Layer)?,
    _ refuses: @escaping @Sendable (Shape) -> Bool, _ tolerance: Double, _ seed: UInt64
  ) {
    self.layer = layer
    contents = ModelContents(of: layer)
    self.shape = shape
    self.values = values
    self.surrogate = surrogate
    self.refuses = refuses
    self.tolerance = tolerance
    self.seed = seed
    x = Self.input(shape, values, seed, 0)
  }

  /// An input of this shape: `float32` unless the values say otherwise; another one for each number.
  func input(_ shape: Shape, _ number: Int = 0) -> Tensor { Self.input(shape, values, seed, number) }

  private static func input(
    _ shape: Shape, _ values: (@Sendable (Shape) -> Tensor)?, _ seed: UInt64, _ number: Int
  ) -> Tensor {
    guard let values else {
      var generator = RandomGenerator(seed: seed, stream: inputStream + UInt64(number) << 8)
      return Tensor(normal: shape, using: &generator)
    }
    let x = values(shape)
    return x.dtype.isFloatingPoint ? x.converted(to: .float32).rotated(by: number) : x.rotated(by: number)
  }

  /// A random dL/dy, the same for the same shape.
  func cotangent(_ shape: Shape, _ dtype: DType = .float32) -> Tensor {
    var generator = RandomGenerator(seed: seed, stream: cotangentStream)
    return Tensor(normal: shape, using: &generator).converted(to: dtype)
  }

  /// Whether an input of this shape can be tried: neither the layer nor its author refuses it.
  func takes(_ shape: Shape) -> Bool { (try? layer.outputShape(for: shape)) != nil && !refuses(shape) }

  /// One forward and backward under given random keys; from a random dL/dy unless one is given.
  func run(_ x: Tensor, _ calls: RandomCalls, from dy: Tensor? = nil) -> Pass {
    let (y, cache) = calls.replayed { layer.forward(x) }
    return backward(dy ?? cotangent(y.shape, y.dtype), cache, y)
  }

  /// One backward into new gradients.
  func backward(_ dy: Tensor, _ cache: L.Cache, _ y: Tensor) -> Pass {
    var gradients = Gradients()
    let dx = layer.backward(dy, cache, &gradients)
    return Pass(y: y, dx: dx, gradients: gradients)
  }

  /// Runs `body` with the layer in double precision, given the input in it.
  func inDoublePrecision<R>(_ x: Tensor, _ body: (Tensor) throws -> R) rethrows -> R {
    try withPrecision(.float64, contents.cells + (surrogate.map { ModelContents(of: $0).cells } ?? [])) {
      try body(x.dtype.isFloatingPoint ? x.converted(to: .float64) : x)
    }
  }
}

extension Tensor {
  /// The elements moved round by so many places.
  fileprivate func rotated(by places: Int) -> Tensor {
    guard count > 1, places > 0 else { return self }
    let flat = reshaped(to: [count])
    let cut = places % count
    return cut == 0 ? self : Tensor(concatenating: [flat[cut..<count], flat[0..<cut]]).reshaped(to: shape)
  }
}
