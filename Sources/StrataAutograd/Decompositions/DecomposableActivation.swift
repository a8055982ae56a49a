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
  /// Returns y = f(x), whose derivative is the slope.
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
  /// Returns max(x, 0).
  public func decomposed(_ x: Variable) -> Variable { relu(x) }
}
extension Sigmoid: DecomposableLayer {
  /// Returns σ(x).
  public func decomposed(_ x: Variable) -> Variable { sigmoid(x) }
}
extension Tanh: DecomposableLayer {
  /// Returns tanh x.
  public func decomposed(_ x: Variable) -> Variable { tanh(x) }
}
extension ELU: DecomposableActivation {
  /// Returns 1 above 0, and α eˣ below.
  public func slope(at x: Variable) -> Variable { x.isAbove(1, else: alpha * x.powerBelow) }
}
extension CELU: DecomposableActivation {
  /// Returns 1 above 0, and e^(x / α) below.
  public func slope(at x: Variable) -> Variable { x.isAbove(1, else: (x / alpha).powerBelow) }
}
extension SELU: DecomposableActivation {
  /// Returns λ above 0, and λ α eˣ below.
  public func slope(at x: Variable) -> Variable {
    x.isAbove(1.0507009873554805, else: 1.7580993408473766 * x.powerBelow)
  }
}
extension GELU: DecomposableActivation {
  /// Returns Φ(x) + x φ(x), of the normal distribution or of its approximation by a tanh.
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
  /// Returns σ(x) + x σ(x) σ(−x).
  public func slope(at x: Variable) -> Variable { sigmoid(x) + x.times { sigmoid($0) * sigmoid(-$0) } }
}
extension Mish: DecomposableActivation {
  /// Returns t + x σ(x) (1 − t²) with t = tanh(softplus(x)).
  public func slope(at x: Variable) -> Variable {
    let gate = { (x: Variable) in tanh(Softplus().decomposed(x)) }
    return gate(x) + x.times { sigmoid($0) * (1 - gate($0) * gate($0)) }
  }
}
extension Softplus: DecomposableActivation {
  /// Returns σ(β x).
  public func slope(at x: Variable) -> Variable { sigmoid(beta * x) }
}
extension LogSigmoid: DecomposableActivation {
  /// Returns σ(−x).
  public func slope(at x: Variable) -> Variable { sigmoid(-x) }
}
extension Softsign: DecomposableActivation {
  /// Returns 1 / (1 + |x|)².
  public func slope(at x: Variable) -> Variable { pow(1 + abs(x), -2) }
}
extension Tanhshrink: DecomposableActivation {
  /// Returns tanh² x.
  public func slope(at x: Variable) -> Variable { tanh(x) * tanh(x) }
}
extension Hardswish: DecomposableActivation {
  /// Returns 0 up to −3, 1 from 3 on, and x / 3 + ½ between.
  public func slope(at x: Variable) -> Variable {
    let isInside = (x.value .> -3) * (x.value .< 3)
    return .where(isInside, x / 3 + 0.5, Variable(x.value .>= 3))
  }
}
extension Softmax: DecomposableLayer {
  /// Returns e to the power of what ``LogSoftmax`` returns.
  public func decomposed(_ x: Variable) -> Variable { exp(LogSoftmax(axis: axis).decomposed(x)) }
}
extension LogSoftmax: DecomposableLayer {
  /// Returns x − log Σ eˣ along the axis.
  public func decomposed(_ x: Variable) -> Variable { x - logSumExp(x, along: axis, keepingAxis: true) }
}
extension PReLU: DecomposableLayer {
  /// Returns x above 0, and a x below.
  public func decomposed(_ x: Variable) -> Variable {
    let slope = weight.variable
    return .where(x.value .> 0, x, (weight.shape[0] == 1 ? slope : slope.byChannel(of: x)) * x)
  }
}
extension Maxout: DecomposableLayer {
  /// Returns the largest of each group of pieces.
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
  /// Returns a σ(b) of the halves a and b.
  public func decomposed(_ x: Variable) -> Variable { gated(x, by: Sigmoid()) }
}
extension ReGLU: DecomposableLayer {
  /// Returns the product of one half and ReLU of the other.
  public func decomposed(_ x: Variable) -> Variable { gated(x, by: ReLU()) }
}
extension GEGLU: DecomposableLayer {
  /// Returns the product of one half and GELU of the other.
  public func decomposed(_ x: Variable) -> Variable { gated(x, by: GELU()) }
}
extension SwiGLU: DecomposableLayer {
  /// Returns the product of one half and SiLU of the other.
  public func decomposed(_ x: Variable) -> Variable { gated(x, by: SiLU()) }
}
