import StrataTensor

/// x = [a, b], and each layer f in the braces in turn: (a, b) ← (b, a + f(b)); y = [a, b] of the last. Memory does
/// not grow with depth, for what goes into a step is worked out from what came out of it.
///
/// ```swift
/// let model = Sequential {
///   Linear(784, 512)
///   Reversible { for _ in 0..<64 { Sequential { Linear(256, 256); Tanh() } } }
///   Linear(512, 10)
/// }
/// ```
///
/// Two steps are a coupling block: a′ = a + f(b), b′ = b + g(a′).
///
/// - Shapes: the halves are cut along an axis of even length, the last unless said otherwise (1 is an image's
///   channels); each layer keeps the shape of a half, and y has the shape of x.
///
/// # Backward
/// A step (a, b) ↦ (p, q) = (b, a + f(b)) is undone by b = p and a = q − f(p), for any f. With (dp, dq) the
/// gradients by what came out, those by what went in are da = dq and db = dp + f.backward(dq). One forward of f
/// in the backward pass serves both: its output takes a back, its cache serves the product. Random layers draw the
/// keys of the first pass, and a parameter that has changed since stops the program.
///
/// The cache is y. a comes back with the rounding of one sum and one difference a step; gradients differ from those of
/// ``Sequential`` as much. Where a is exactly 0 it comes back as 0, as a slope may jump there: a ReLU would let a
/// gradient through, or not, by the sign of a rounding error. Of each step where some of a are 0, the cache keeps one bit
/// an element for that. Other kinks, such as two equal elements under a maximum, are not met again.
///
/// Dinh, Krueger and Bengio, "NICE: Non-linear Independent Components Estimation", 2015; Gomez, Ren, Urtasun and
/// Grosse, "The Reversible Residual Network: Backpropagation Without Storing Activations", 2017.
public struct Reversible: Container, Layer, Recomputing, CustomStringConvertible {
  /// The layers, the first to run first.
  public let layers: [any Layer]

  /// The axis along which the halves are cut; −1 is the last.
  public let axis: Int

  private let watched: [WatchedTensors]

  /// y, and what it takes to run each layer again.
  public struct Cache: Sendable {
    var halves: Halves
    let replays: [Replay]
    /// Where each step's a was 0.
    let zeros: [ZeroMask?]
  }

  /// The two tensors that the layers work on in turn.
  struct Halves: Sendable {
    var a: Tensor
    var b: Tensor
  }

  /// The layers listed in the braces, each of which keeps the shape of a half.
  public init(axis: Int = -1, @LayerBuilder _ layers: () -> [any Layer]) {
    self.axis = axis
    self.layers = layers()
    watched = self.layers.map { WatchedTensors(in: $0) }
  }

  public var children: [any Module] { layers }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    var (replays, zeros) = ([Replay](), [ZeroMask?]())
    var halves = split(x)
    for (position, layer) in layers.enumerated() {
      let b = halves.b
      let (f, replay) = watched[position].recording { forward(layer, at: .position(position), b).0 }
      replays.append(replay)
      zeros.append(ZeroMask(of: halves.a))
      step(&halves, adding: f, position)
    }
    let y = Tensor(concatenating: [halves.a, halves.b], along: axis)
    return (y, Cache(halves: halves, replays: replays, zeros: zeros))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    var d = split(dy)
    var halves = cache.halves
    for (position, layer) in layers.enumerated().reversed() {
      let (b, place) = (halves.a, Place.position(position))
      let (f, box) = watched[position].replaying(cache.replays[position], for: "Reversible") {
        forward(layer, at: place, b)
      }
      halves = Halves(a: halves.b - f, b: b)
      cache.zeros[position]?.restore(&halves.a)
      if layer.stopsGradient {
        accumulate(layer, at: place, d.b, consume box, &gradients)
        d = Halves(a: d.b, b: d.a)
      } else {
        let db = d.a + backward(layer, at: place, d.b, consume box, &gradients)
        d = Halves(a: d.b, b: db)
      }
    }
    return Tensor(concatenating: [d.a, d.b], along: axis)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    var halves = split(x)
    for (position, layer) in layers.enumerated() {
      step(&halves, adding: infer(layer, at: .position(position), halves.b), position)
    }
    return Tensor(concatenating: [halves.a, halves.b], along: axis)
  }

  public func outputShape(for input: Shape) throws -> Shape {
    guard canSplit(input) else {
      throw ShapeError(
        name, expected: "[…] with axis \(axis) of even length", input: input,
        remedy: "add or drop a feature, or split another axis: Reversible(axis:)", assumedOutput: input)
    }
    let half = input.replacing(axis, by: input[axis] / 2)
    var mismatches: [ShapeError.Mismatch] = []
    for (position, layer) in layers.enumerated() {
      do {
        let output = try layer.outputShape(for: half)
        if output != half { mismatches.append(.init(path: "\(position)", message: mismatch(layer, output, half))) }
      } catch let error as ShapeError {
        mismatches += error.prefixed("\(position)")
      }
    }
    if !mismatches.isEmpty { throw ShapeError(mismatches, assumedOutput: input) }
    return input
  }

  public var description: String { "\(name) { \(listed(layers)) }" }

  private var name: String { axis == -1 ? "Reversible" : "Reversible(axis: \(axis))" }

  private func canSplit(_ shape: Shape) -> Bool { shape.rank > max(axis, -1 - axis) && shape[axis] % 2 == 0 }

  private func split(_ x: Tensor) -> Halves {
    if !canSplit(x.shape) { requireInput(x.shape) }
    let length = x.shape[axis] / 2
    let halves = x.split([length, length], along: axis)
    return Halves(a: halves[0], b: halves[1])
  }

  private func step(_ halves: inout Halves, adding f: Tensor, _ position: Int) {
    require(f.shape == halves.a.shape, mismatch(layers[position], f.shape, halves.a.shape))
    halves = Halves(a: halves.b, b: halves.a + f)
  }

  private func mismatch(_ layer: any Layer, _ output: Shape, _ half: Shape) -> String {
    "\(name) adds what each layer makes to a half of its input, \(half), and \(layer) makes \(output) of it; let "
      + "it keep the shape"
  }
}
