import StrataTensor

/// A layer that multiplies one half of each row, element by element, with a function of the other half, the gate.
public protocol GatedRows: Layer, CustomStringConvertible where Cache == GatedRowsCache {
  /// The function of the gate.
  var gate: ActivationFunction { get }

  /// Whether the gate is the first half of a row.
  var gateIsFirst: Bool { get }
}

/// What a layer of ``GatedRows`` keeps of one forward: the halves of the rows, and the gate's own cache.
public struct GatedRowsCache: Sendable {
  let gate: Tensor
  let other: Tensor
}

extension GatedRows {
  public func forward(_ x: consuming Tensor) -> (Tensor, GatedRowsCache) {
    let shape = x.shape
    requireInput(shape)
    let rows = x.asMatrix()
    let (count, half) = (rows.shape[0], rows.shape[1] / 2)
    let (a, b) = (rows[0..<count, 0..<half], rows[0..<count, half..<2 * half])
    let (input, other) = gateIsFirst ? (a, b) : (b, a)
    let y = (gate.value(copy input) * other).reshaped(to: shape.withTrailing(half))
    return (y, GatedRowsCache(gate: input, other: other))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming GatedRowsCache, _ gradients: inout Gradients
  ) -> Tensor {
    let (input, other, shape) = (cache.gate, cache.other, dy.shape)
    require(
      shape[-1] == input.shape[1] && dy.count == input.count,
      "\(description).backward: dy has shape \(shape), and the output had rows of \(input.shape[1])")
    let rows = dy.asMatrix()
    let function = gate
    let value = function.value(copy input)
    let dInput = function.pullback(rows * other, function.kept == .input ? input : value)
    let dOther = value * rows
    let parts = gateIsFirst ? [dInput, dOther] : [dOther, dInput]
    return Tensor(concatenating: parts, along: 1).reshaped(to: shape.withTrailing(2 * input.shape[1]))
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor { forward(x).0 }

  public func outputShape(for input: Shape) throws -> Shape {
    guard input.rank >= 2, input[-1] % 2 == 0 else {
      throw ShapeError(
        description, expected: "[…, 2D]", input: input, remedy: "give it rows of an even length, of two halves")
    }
    return input.withTrailing(input[-1] / 2)
  }

  public var gateIsFirst: Bool { true }

  public var description: String { "\(Self.self)()" }
}
