import StrataTensor

/// A differentiable function of a tensor: two functions that read like the maths, `forward` and `backward`.
///
/// A layer is an immutable value. What it learns it holds in ``Parameter`` properties, which are found by
/// reflection and need no list. What `backward` needs of one call of `forward` is the cache that `forward`
/// returns, so the same layer may run several times before its backward, on several threads.
///
/// ```swift
/// struct Scale: Layer {                       // y = a·x, a learnt
///   let a = Parameter([1], initialValue: 1)
///   func forward(_ x: Tensor) -> (Tensor, (x: Tensor, a: Tensor)) {
///     let a = a.value
///     return (a * x, (x, a))
///   }
///   func backward(
///     _ dy: Tensor, _ cache: (x: Tensor, a: Tensor), _ gradients: inout Gradients
///   ) -> Tensor {
///     gradients.add((dy * cache.x).sum(), to: a)
///     return cache.a * dy
///   }
/// }
/// ```
public protocol Layer: Sendable {
  /// What ``backward(_:_:_:)`` needs of one call of ``forward(_:)``: the cached activations, no more.
  associatedtype Cache: Sendable

  /// The output for training, and what `backward` will need. The same input and random keys give the same
  /// output, and nothing else changes.
  func forward(_ x: consuming Tensor) -> (Tensor, Cache)

  /// The vector-Jacobian product: adds the gradients of the layer's parameters to `gradients` and
  /// returns dL/dx, given dL/dy.
  func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor

  /// ``backward(_:_:_:)`` for callers that do not want dL/dx: the first layer of a model. By default it
  /// calls `backward`.
  func accumulate(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients)

  /// Inference: `layer(x)`. By default the output of `forward`.
  func callAsFunction(_ x: consuming Tensor) -> Tensor

  /// The shape, batch axis included, that this layer makes of `input`. By default the same.
  ///
  /// - Throws: ``ShapeError`` where the layer cannot take such an input.
  func outputShape(for input: Shape) throws -> Shape

  /// Whether each further sample of a batch adds as many bytes to the cache as the one before, so that small
  /// batches tell what a large one takes. By default yes; a layer for which it is not so says no.
  var cacheGrowsEvenly: Bool { get }
}

extension Layer {
  public var cacheGrowsEvenly: Bool { true }

  public func accumulate(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) {
    _ = backward(dy, cache, &gradients)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor { forward(x).0 }

  public func outputShape(for input: Shape) throws -> Shape { input }
}

extension Layer {
  /// One forward and backward pass: the loss, and its gradient for every parameter.
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
    at x: consuming Tensor, of loss: (consuming Tensor) throws -> (value: Double, gradient: Tensor)
  ) rethrows -> (loss: Double, gradients: Gradients) {
    var gradients = Gradients()
    let value = try accumulateGradients(at: x, into: &gradients, of: loss)
    return (value, gradients)
  }

  /// The same, added to gradients that are there already: one micro-batch of several.
  public func accumulateGradients(
    at x: consuming Tensor, into gradients: inout Gradients,
    of loss: (consuming Tensor) throws -> (value: Double, gradient: Tensor)
  ) rethrows -> Double {
    let (y, cache) = forward(x)
    let (value, dy) = try loss(consume y)
    let observed = gradients.observations.count
    // Both are handed on, so that each layer works in place and frees its part of the cache.
    accumulate(consume dy, consume cache, &gradients)
    gradients.closePass(after: observed)
    return value
  }

  /// Checks an input shape, batch axis included, against every layer before anything runs.
  ///
  /// - Returns: The shape of the output.
  /// - Throws: ``ShapeError`` with all mismatches at once.
  @discardableResult
  public func validate(input: Shape) throws -> Shape { try outputShape(for: input) }
}
