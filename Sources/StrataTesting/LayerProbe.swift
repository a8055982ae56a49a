import StrataLayers
import StrataTensor

/// The checks of a layer. This file creates its inputs and runs it; the checks are in extensions, grouped by file.
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

  /// Returns an input of this shape, different for each number; `float32` unless `values` returns another type.
  func input(_ shape: Shape, _ number: Int = 0) -> Tensor {
    // Of several tensors joined, whole rows change places: each tensor keeps its numbers.
    let isJoined = layer is any JoinedInput && shape.rank == 2
    return Self.input(shape, values, seed, isJoined ? number * shape[1] : number)
  }

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

  /// Returns a random dL/dy, the same for the same shape.
  func cotangent(_ shape: Shape, _ dtype: DType = .float32) -> Tensor {
    var generator = RandomGenerator(seed: seed, stream: cotangentStream)
    return Tensor(normal: shape, using: &generator).converted(to: dtype)
  }

  /// Returns whether neither the layer nor `refusing` rejects an input of this shape.
  func takes(_ shape: Shape) -> Bool { (try? layer.outputShape(for: shape)) != nil && !refuses(shape) }

  /// Runs one forward and backward pass with the given random keys, from a random dL/dy by default.
  func run(_ x: Tensor, _ calls: RandomCalls, from dy: Tensor? = nil) -> Pass {
    let (y, cache) = calls.replayed { layer.forward(x) }
    return backward(dy ?? cotangent(y.shape, y.dtype), cache, y)
  }

  /// Runs one backward pass into new gradients.
  func backward(_ dy: Tensor, _ cache: L.Cache, _ y: Tensor) -> Pass {
    var gradients = Gradients()
    let dx = layer.backward(dy, cache, &gradients)
    return Pass(y: y, dx: dx, gradients: gradients)
  }

  /// Runs `body` with the layer and its input in double precision.
  func inDoublePrecision<R>(_ x: Tensor, _ body: (Tensor) throws -> R) rethrows -> R {
    try withPrecision(.float64, contents.boxes + (surrogate.map { ModelContents(of: $0).boxes } ?? [])) {
      try body(x.dtype.isFloatingPoint ? x.converted(to: .float64) : x)
    }
  }
}

extension Tensor {
  /// Returns the elements rotated by a number of places.
  fileprivate func rotated(by places: Int) -> Tensor {
    guard count > 1, places > 0 else { return self }
    let flat = reshaped(to: [count])
    let cut = places % count
    return cut == 0 ? self : Tensor(concatenating: [flat[cut..<count], flat[0..<cut]]).reshaped(to: shape)
  }
}
