import StrataTensor

/// A module from one tensor to one tensor: what a ``Sequential`` is made of.
///
/// ```swift
/// struct Scale: Layer {                       // y = a·x, a learnt
///   let a = Parameter([], initialValue: 1)
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
///
/// A layer that keeps the shape of its input writes these two functions and nothing else.
public protocol Layer: Module where Input == Tensor, Output == Tensor {
  /// Returns the shape, batch axis included, that this layer makes of `input`. By default the same.
  ///
  /// - Throws: ``ShapeError`` where the layer cannot take such an input.
  func outputShape(for input: Shape) throws -> Shape
}

extension Layer {
  public func outputShape(for input: Shape) throws -> Shape { input }

  public func outputShapes(for input: [Shape]) throws -> [Shape]? {
    guard input.count == 1 else {
      throw ShapeError("\(self)", expected: "one tensor", input: input, remedy: "give it one of them, or join them")
    }
    return [try outputShape(for: input[0])]
  }

  /// Checks an input shape, batch axis included, against every layer before anything runs.
  ///
  /// - Returns: The shape of the output.
  /// - Throws: ``ShapeError`` with all mismatches at once.
  @discardableResult
  public func validate(input: Shape) throws -> Shape { try outputShape(for: input) }
}
