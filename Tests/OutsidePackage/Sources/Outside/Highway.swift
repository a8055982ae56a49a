import Strata

/// y = t ⊙ f(x) + (1 − t) ⊙ x with t = g(x): a container that runs two children on the same input.
///
/// # Backward
/// df = t ⊙ dy, dt = (f(x) − x) ⊙ dy, and dx = (1 − t) ⊙ dy + f.backward(df) + g.backward(dt).
///
/// Srivastava, Greff and Schmidhuber, "Highway Networks", 2015.
public struct Highway: Container, Layer, CustomStringConvertible {
  /// f, then g.
  public let children: [any Module]
  private let body, gate: any Layer

  public struct Cache: Sendable {
    let body, gate: any CacheBox
    let f, t, x: Tensor
  }

  public init(_ body: any Layer, gate: any Layer) {
    (self.body, self.gate) = (body, gate)
    children = [body, gate]
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let x = x
    let (f, bodyCache) = forward(body, at: 0, x)
    let (t, gateCache) = forward(gate, at: 1, x)
    return (t * f + (1 - t) * x, Cache(body: bodyCache, gate: gateCache, f: f, t: t, x: x))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let dy = dy
    let dt = (cache.f - cache.x) * dy
    let past = (1 - cache.t) * dy
    let throughGate = backward(gate, at: 1, dt, cache.gate, &gradients)
    return past + throughGate + backward(body, at: 0, cache.t * dy, cache.body, &gradients)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    let x = x
    let t = infer(gate, at: 1, x)
    return t * infer(body, at: 0, x) + (1 - t) * x
  }

  public func outputShape(for input: Shape) throws -> Shape {
    for (position, child) in [body, gate].enumerated() {
      let output = try ShapeError.locating("\(position)") { try child.outputShape(for: input) }
      guard output == input else {
        throw ShapeError(
          "\(self)", expected: "what its layers keep", input: input, remedy: "let layer \(position) restore the shape")
      }
    }
    return input
  }

  public var description: String { "Highway" }
}

/// PyTorch has it with attributes.
extension Highway: PyTorchNamed {
  public var pytorchNames: [String: PyTorchName] { ["0": "body", "1": "gate"] }
}
