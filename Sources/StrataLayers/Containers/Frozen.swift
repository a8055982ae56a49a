import StrataTensor

/// Layers that do not learn: y = fₙ(… f₁(x)), in inference also while the model trains.
///
/// ```swift
/// let model = Sequential {
///   Frozen { features }                         // trained before
///   Linear(512, 10)
/// }
/// ```
///
/// Its parameters receive no gradient and no decay, an optimizer remembers nothing for them, and the running
/// statistics of a ``BatchNorm`` in it stay and are what it normalizes by. They are saved and loaded as all others.
///
/// No gradient passes to what is before it, which so does not learn either, and no backward runs there or in it. Where
/// layers before it are to learn through it (a generator through a frozen discriminator), write
/// `Frozen(passesGradient: true)`.
///
/// - Shapes: each layer takes the output of the one before.
///
/// # Backward
/// dx = 0 by definition, and nothing is cached; passing the gradient, dx is the vector-Jacobian product of the
/// layers in inference, and their caches are kept for it.
public struct Frozen: LayerChain, CustomStringConvertible {
  /// Whether dL/dx passes to the layers before it.
  public let passesGradient: Bool

  private let body: Sequential

  /// What the layers keep where the gradient passes, else the kind of the input.
  public struct Cache: Sendable {
    var body: Sequential.Cache?
    let input: TensorKind
  }

  /// The layers listed in the braces.
  ///
  /// - Parameters:
  ///   - passesGradient: Whether layers before these learn through them.
  ///   - layers: The layers that do not learn.
  public init(passesGradient: Bool = false, @LayerBuilder _ layers: () -> [any Layer]) {
    self.passesGradient = passesGradient
    body = Sequential(layers())
  }

  public var layers: [any Layer] { body.layers }

  var lastStop: Int? { body.lastStop }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let input = TensorKind(of: x)
    guard passesGradient else { return (body(x), Cache(body: nil, input: input)) }
    let (y, cache) = body.inference(x)
    return (y, Cache(body: cache, input: input))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    guard let body = cache.body.take() else { return cache.input.zeros }
    var unwanted = Gradients.discarding
    return self.body.backward(dy, body, &unwanted)
  }

  public func accumulate(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) {}

  public var stopsGradient: Bool { !passesGradient || body.stopsGradient }

  public var ignoresGradient: Bool { stopsGradient }

  public var description: String { "Frozen\(passesGradient ? "(passesGradient: true)" : "") { \(listed(layers)) }" }
}
