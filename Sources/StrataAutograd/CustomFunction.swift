import StrataLayers
import StrataTensor

/// An operation y = f(x) whose backward is given in closed form.
///
/// ```swift
/// struct Square: CustomFunction {                       // y = x²
///   func value(_ x: Tensor) -> Tensor { x * x }
///   func pullback(_ dy: Variable, _ x: Variable, _ y: Variable) -> Variable { 2 * x * dy }
/// }
/// gradient(of: { x in Square()(x) }, at: [3])           // [6]
/// ```
///
/// The pullback alone is enough for every mode, including forward mode and second derivatives.
public protocol CustomFunction: Sendable {
  /// Returns y.
  func value(_ x: Tensor) -> Tensor

  /// Returns the vector-Jacobian product, dL/dx given dL/dy, composed of operations on variables.
  func pullback(_ dy: Variable, _ x: Variable, _ y: Variable) -> Variable
}

extension CustomFunction {
  /// Applies the function.
  public func callAsFunction(_ x: Variable) -> Variable {
    let derivative = Derivative(kept: [x], keepsOutput: true) { dy, kept in
      let dx = pullback(dy, kept[0], kept[1])
      let (found, expected) = (dx.shape, kept[0].shape)
      require(found == expected, "\(Self.self).pullback gives dx of shape \(found) for x of shape \(expected)")
      return dx
    }
    return Variable("\(Self.self)", value(x.value), of: [x], [derivative])
  }
}

/// Returns the loss `SoftmaxCrossEntropy` of logits [B, K] and `int32` class indices [B], computed by a
/// ``CustomFunction``: z̄ = ȳ (softmax(z) − onehot) / B.
public func softmaxCrossEntropy(_ z: Variable, _ labels: Tensor) -> Variable { CrossEntropy(labels: labels)(z) }

private struct CrossEntropy: CustomFunction {
  let labels: Tensor

  func value(_ z: Tensor) -> Tensor { Tensor(repeating: SoftmaxCrossEntropy()(z, labels), shape: [], dtype: z.dtype) }

  func pullback(_ dy: Variable, _ z: Variable, _ y: Variable) -> Variable {
    let onehot = Tensor(oneHot: labels, classes: z.shape[-1], dtype: z.dtype)
    return dy * (softmax(z) - Variable(onehot)) / Double(labels.count)
  }
}
