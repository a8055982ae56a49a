import StrataTensor

/// A differentiable function of one or several tensors: two functions that read like the maths, `forward` and
/// `backward`.
///
/// ``Layer`` is a module from one tensor to one tensor. A module of several inputs or outputs says what they are,
/// and runs its parts by ``forward(_:at:_:)`` and its siblings, which know each part by its place:
///
/// ```swift
/// struct TwoTowers: Module {                             // [B, users] and [B, items] to a score [B, 1] each
///   let user, item: Sequential
///   typealias Cache = (user: any CacheBox, item: any CacheBox, u: Tensor, v: Tensor)
///
///   func forward(_ x: Pair<Tensor, Tensor>) -> (Tensor, Cache) {
///     let (u, userCache) = forward(user, at: "user", x.first)
///     let (v, itemCache) = forward(item, at: "item", x.second)
///     return ((u * v).sum(along: 1, keepingAxis: true), (userCache, itemCache, u, v))
///   }
///
///   func backward(_ dy: Tensor, _ cache: Cache, _ gradients: inout Gradients) -> Pair<Tensor, Tensor> {
///     Pair(
///       backward(user, at: "user", dy * cache.v, cache.user, &gradients),
///       backward(item, at: "item", dy * cache.u, cache.item, &gradients))
///   }
/// }
/// ```
///
/// What a module learns it holds in ``Parameter`` properties, its own or those of modules in it, which are found by
/// reflection and need no list. A module is immutable and holds handles: a copy of a model is the same model, and
/// two modules that hold one parameter are tied. What `backward` needs of one call of `forward` is the cache that
/// `forward` returns, so one module may run several times before its backward, on several threads.
public protocol Module<Input, Output>: Sendable {
  /// What the module takes.
  associatedtype Input: TensorGroup

  /// What the module gives.
  associatedtype Output: TensorGroup

  /// What ``backward(_:_:_:)`` needs of one call of ``forward(_:)``: the cached activations, no more.
  associatedtype Cache: Sendable

  /// Returns the output for training, and what `backward` will need. The same input and random keys give the same
  /// output, and nothing else changes.
  func forward(_ x: consuming Input) -> (Output, Cache)

  /// Adds the gradients of the module's parameters to `gradients` and returns dL/dx, given dL/dy: the
  /// vector-Jacobian product.
  func backward(_ dy: consuming Output, _ cache: consuming Cache, _ gradients: inout Gradients) -> Input

  /// Does what ``backward(_:_:_:)`` does for callers that do not want dL/dx: the first layer of a model. By default
  /// it calls `backward`.
  func accumulate(_ dy: consuming Output, _ cache: consuming Cache, _ gradients: inout Gradients)

  /// Returns the output in inference: `module(x)`. By default that of `forward`, with the modules that it runs by
  /// ``forward(_:at:_:)`` in inference.
  func callAsFunction(_ x: consuming Input) -> Output

  /// Returns the output in inference, and what `backward` needs to differentiate inference itself: a saliency map,
  /// an adversarial example. By default `forward`, with the modules that it runs by ``forward(_:at:_:)`` in inference.
  func inference(_ x: consuming Input) -> (Output, Cache)

  /// Returns the shapes, batch axis included, of the output's tensors for an input of these shapes; nil where that
  /// cannot be known without running, as by default.
  ///
  /// - Throws: ``ShapeError`` where the module cannot take such an input.
  func outputShapes(for input: [Shape]) throws -> [Shape]?

  /// Whether no gradient passes from the output to the input, so that what runs before this module receives nothing
  /// and need not run backward. By default false.
  var stopsGradient: Bool { get }

  /// Whether the module stops the gradient and does not learn either, so that what runs after it need not work out
  /// dL/dy for it. By default false.
  var ignoresGradient: Bool { get }
}

extension Module {
  public func accumulate(_ dy: consuming Output, _ cache: consuming Cache, _ gradients: inout Gradients) {
    _ = backward(dy, cache, &gradients)
  }

  public func callAsFunction(_ x: consuming Input) -> Output {
    var x = Optional(x)
    return Inference.running { forward(x.take()!).0 }
  }

  public func inference(_ x: consuming Input) -> (Output, Cache) {
    var x = Optional(x)
    return Inference.running { forward(x.take()!) }
  }

  public func outputShapes(for input: [Shape]) throws -> [Shape]? { nil }

  public var stopsGradient: Bool { false }

  public var ignoresGradient: Bool { false }
}

extension Module {
  /// Runs one forward and one backward pass and returns the loss, and its gradient for every parameter.
  ///
  /// ```swift
  /// let (loss, gradients) = model.gradients(at: batch.inputs) { logits in
  ///   SoftmaxCrossEntropy().evaluate(logits, batch.labels)
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - x: The model's input.
  ///   - loss: From the model's output to the loss and its gradient, dL/doutput.
  public func gradients(
    at x: consuming Input, of loss: (consuming Output) throws -> (value: Double, gradient: Output)
  ) rethrows -> (loss: Double, gradients: Gradients) {
    var gradients = Gradients()
    let value = try accumulateGradients(at: x, into: &gradients, of: loss)
    return (value, gradients)
  }

  /// Does the same, and adds to gradients that are there already: one micro-batch of several.
  public func accumulateGradients(
    at x: consuming Input, into gradients: inout Gradients,
    of loss: (consuming Output) throws -> (value: Double, gradient: Output)
  ) rethrows -> Double {
    let (y, cache) = forward(x)
    let (value, dy) = try loss(consume y)
    let observed = gradients.observations.count
    // Both are handed on, so that each layer works in place and frees its part of the cache.
    accumulate(consume dy, consume cache, &gradients)
    gradients.closePass(after: observed)
    return value
  }

  /// Checks the shapes of an input, batch axis included, against every layer before anything runs.
  ///
  /// - Returns: The shapes of the output's tensors, nil where they cannot be known without running.
  /// - Throws: ``ShapeError`` with all mismatches at once.
  @discardableResult
  public func validate(input: [Shape]) throws -> [Shape]? { try outputShapes(for: input) }
}
