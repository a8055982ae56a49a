import StrataLayers
import StrataTensor

/// An activation whose slope is given as operations on variables, which is all that it takes to be decomposable.
///
/// ```swift
/// extension SiLU: DecomposableActivation {
///   func slope(at x: Variable) -> Variable { sigmoid(x) * (1 + x * (1 - sigmoid(x))) }
/// }
/// ```
public protocol DecomposableActivation: Activation, DecomposableLayer {
  /// Returns dy/dx of each element.
  func slope(at x: Variable) -> Variable
}

extension DecomposableActivation {
  public func decomposed(_ x: Variable) -> Variable {
    x.mapped("\(Self.self)", { self($0) }, byInput: { slope(at: $0) })
  }
}

// Where x σ'(x) is ∞ · 0 far from 0, it is taken from an x at which it has long been 0.
extension Variable {
  private var moderate: Variable { clipped(to: -800...800) }

  /// Returns eˣ of what is not above 0, and 1 of the rest.
  fileprivate var powerBelow: Variable { exp(replacing(with: 0, where: value .> 0)) }

  /// Returns one number above 0 and another number's multiple elsewhere.
  fileprivate func isAbove(_ number: Double, else other: Variable) -> Variable {
    .where(value .> 0, constant(number), other)
  }

  fileprivate func times(_ factor: (Variable) -> Variable) -> Variable { moderate * factor(moderate) }
}

extension ReLU: DecomposableLayer {
  public func decomposed(_ x: Variable) -> Variable { relu(x) }
}
extension Sigmoid: DecomposableLayer {
  public func decomposed(_ x: Variable) -> Variable { sigmoid(x) }
}
extension Tanh: DecomposableLayer {
  public func decomposed(_ x: Variable) -> Variable { tanh(x) }
}
extension ELU: DecomposableActivation {
  public func slope(at x: Variable) -> Variable { x.isAbove(1, else: alpha * x.powerBelow) }
}
extension CELU: DecomposableActivation {
  public func slope(at x: Variable) -> Variable { x.isAbove(1, else: (x / alpha).powerBelow) }
}
extension SELU: DecomposableActivation {
  public func slope(at x: Variable) -> Variable {
    x.isAbove(1.0507009873554805, else: 1.7580993408473766 * x.powerBelow)
  }
}
extension GELU: DecomposableActivation {
  public func slope(at x: Variable) -> Variable {
    if form == .exact {
      let density = x.times { exp(-0.5 * $0 * $0) } / (2 * Double.pi).squareRoot()
      return 0.5 * (1 + erf(0.5.squareRoot() * x)) + density
    }
    let (scale, cubic) = ((2 / Double.pi).squareRoot(), 0.044715)
    let gate = { (x: Variable) in tanh(scale * (x + cubic * x * x * x)) }
    let slope = x.times { x in (1 - gate(x) * gate(x)) * (scale * (1 + 3 * cubic * x * x)) }
    return 0.5 * (1 + gate(x) + slope)
  }
}
extension SiLU: DecomposableActivation {
  public func slope(at x: Variable) -> Variable { sigmoid(x) + x.times { sigmoid($0) * sigmoid(-$0) } }
}
extension Mish: DecomposableActivation {
  public func slope(at x: Variable) -> Variable {
    let gate = { (x: Variable) in tanh(Softplus().decomposed(x)) }
    return gate(x) + x.times { sigmoid($0) * (1 - gate($0) * gate($0)) }
  }
}
extension Softplus: DecomposableActivation {
  public func slope(at x: Variable) -> Variable { sigmoid(beta * x) }
}
extension LogSigmoid: DecomposableActivation {
  public func slope(at x: Variable) -> Variable { sigmoid(-x) }
}
extension Softsign: DecomposableActivation {
  public func slope(at x: Variable) -> Variable { pow(1 + abs(x), -2) }
}
extension Tanhshrink: DecomposableActivation {
  public func slope(at x: Variable) -> Variable { tanh(x) * tanh(x) }
}
extension Hardswish: DecomposableActivation {
  public func slope(at x: Variable) -> Variable {
    let isInside = (x.value .> -3) * (x.value .< 3)
    return .where(isInside, x / 3 + 0.5, Variable(x.value .>= 3))
  }
}
extension Softmax: DecomposableLayer {
  public func decomposed(_ x: Variable) -> Variable { exp(LogSoftmax(axis: axis).decomposed(x)) }
}
extension LogSoftmax: DecomposableLayer {
  public func decomposed(_ x: Variable) -> Variable { x - logSumExp(x, along: axis, keepingAxis: true) }
}
extension PReLU: DecomposableLayer {
  public func decomposed(_ x: Variable) -> Variable {
    let slope = weight.variable
    return .where(x.value .> 0, x, (weight.shape[0] == 1 ? slope : slope.byChannel(of: x)) * x)
  }
}
extension Maxout: DecomposableLayer {
  public func decomposed(_ x: Variable) -> Variable {
    x.reshaped(to: [x.shape.count / pieces, pieces]).maxWithIndices(along: 1).values.reshaped(
      to: x.shape.withTrailing(x.shape[-1] / pieces))
  }
}

extension GatedRows {
  fileprivate func gated(_ x: Variable, by gate: some DecomposableLayer) -> Variable {
    let half = x.shape[-1] / 2
    let (a, b) = (x.sliced(0..<half, along: -1), x.sliced(half..<2 * half, along: -1))
    return gateIsFirst ? gate.decomposed(a) * b : a * gate.decomposed(b)
  }
}
extension GLU: DecomposableLayer {
  public func decomposed(_ x: Variable) -> Variable { gated(x, by: Sigmoid()) }
}
extension ReGLU: DecomposableLayer {
  public func decomposed(_ x: Variable) -> Variable { gated(x, by: ReLU()) }
}
extension GEGLU: DecomposableLayer {
  public func decomposed(_ x: Variable) -> Variable { gated(x, by: GELU()) }
}
extension SwiGLU: DecomposableLayer {
  public func decomposed(_ x: Variable) -> Variable { gated(x, by: SiLU()) }
}
