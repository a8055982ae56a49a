import StrataTensor

/// y = x + f(x), or y = x + s ⊙ f(x) with a learnt scale s, where f is the layers in the braces.
///
/// ```swift
/// Residual { Linear(64, 64); ReLU(); Linear(64, 64) }
/// Residual(scale: Parameter([1], initialValue: 0)) { … }        // ReZero: starts as the identity
/// Residual(scale: Parameter([64], initialValue: 1e-4)) { … }    // LayerScale: one factor a feature
/// ```
///
/// - Shapes: f(x) has the shape of x; s has any shape that broadcasts to it ([C, 1, 1] scales an image's channels).
///
/// # Backward
/// dy reaches x along both ways: dx = dy + f.backward(s ⊙ dy), and ds is dy ⊙ f(x), summed over the axes
/// along which s was repeated. The cache is that of f, and with a scale f(x) and s.
///
/// He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", 2015; Bachlechner and others,
/// "ReZero is All You Need", 2020; Touvron and others, "Going Deeper with Image Transformers" (LayerScale),
/// 2021.
public struct Residual: Container, Layer, CustomStringConvertible {
  /// s, where there is one.
  public let scale: Parameter?

  private let body: Sequential

  /// The cache of f, and with a scale f(x) and s.
  public struct Cache: Sendable {
    var body: Sequential.Cache?
    let f: Tensor?
    let scale: Tensor?
  }

  /// A connection past the layers listed in the braces.
  public init(scale: Parameter? = nil, @LayerBuilder _ layers: () -> [any Layer]) {
    self.scale = scale
    body = Sequential(layers())
  }

  public var children: [any Module] { body.layers }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let (f, cache) = body.forward(copy x)
    let scale = scale?.value
    return (joined(x, f, scale), Cache(body: cache, f: scale == nil ? nil : f, scale: scale))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let df = scaledGradient(dy, cache, &gradients)
    if body.stopsGradient {
      body.accumulate(df, cache.body.take()!, &gradients)
      return dy
    }
    return body.backward(df, cache.body.take()!, &gradients) + dy
  }

  public func accumulate(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) {
    let df = scaledGradient(dy, cache, &gradients)
    body.accumulate(df, cache.body.take()!, &gradients)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    let f = body(copy x)
    return joined(x, f, scale?.value)
  }

  public func outputShape(for input: Shape) throws -> Shape {
    let output = try body.outputShape(for: input)
    if output != input || scale?.shape.broadcasts(to: input) == false {
      throw ShapeError([.init(path: "", message: mismatch(output, input))], assumedOutput: input)
    }
    return input
  }

  public var description: String { "\(name) { \(listed(body.layers)) }" }

  private var name: String { "Residual" + (scale.map { "(scale: \($0.shape))" } ?? "") }

  private func joined(_ x: consuming Tensor, _ f: consuming Tensor, _ scale: Tensor?) -> Tensor {
    let (input, output) = (x.shape, f.shape)
    require(output == input && scale?.shape.broadcasts(to: input) != false, mismatch(output, input))
    return scale == nil ? x + f : x + scale! * f
  }

  /// dL/df of dL/dy; adds the gradient of the scale.
  private func scaledGradient(_ dy: Tensor, _ cache: borrowing Cache, _ gradients: inout Gradients) -> Tensor {
    guard let parameter = scale, let f = cache.f, let scale = cache.scale else { return dy }
    gradients.add((dy * f).summed(to: scale.shape), to: parameter)
    return dy * scale
  }

  private func mismatch(_ output: Shape, _ input: Shape) -> String {
    "\(name) adds what its layers make, \(output), to its input, \(input); end them in the shape of the input"
      + (scale == nil ? "" : ", and let the scale broadcast to it")
  }
}
