import Foundation
import StrataLayers
import StrataTensor

extension Gradients {
  /// √ Σ g², the Euclidean norm of all gradients as one vector, summed in double precision in a fixed order.
  ///
  /// Squares that double precision cannot hold are taken of scaled elements, so that it is right for any finite
  /// gradients; it is infinite only where the norm itself is beyond a double.
  ///
  /// - Throws: ``NonFiniteGradientError`` where an element is not finite.
  public func globalNorm() throws -> Double { try scaledNorm().value }

  /// Scales all gradients down by one factor so that their ``globalNorm()`` is at most `limit`.
  ///
  /// PyTorch's divides by the norm + 10⁻⁶ and ends a little below: see the article "Differences from PyTorch".
  ///
  /// Pascanu, Mikolov and Bengio, "On the Difficulty of Training Recurrent Neural Networks", 2013.
  ///
  /// - Returns: The norm before.
  /// - Throws: ``NonFiniteGradientError`` where an element is not finite; nothing has changed then.
  @discardableResult
  public mutating func clip(globalNorm limit: Double) throws -> Double {
    require(limit > 0, "clip(globalNorm:): the limit must be positive, not \(limit)")
    let norm = try scaledNorm()
    if norm.value > limit {
      let factor = limit / norm.value
      if factor >= Double(Float.leastNormalMagnitude) {
        scale(by: factor)
      } else {
        // The factor would lose digits, or vanish: a power of two, which rounds nothing, goes first.
        let power = norm.powerOfTwo
        scale(by: 1 / power)
        scale(by: limit / (norm.root * (norm.scale / power)))
      }
    }
    markAsFinite()  // a factor below 1 leaves them so, and the update need not look again
    return norm.value
  }

  /// (Σ |g|ᵖ)^(1/p) of all gradients as one vector, or of those of some parameters: p = ∞ gives the largest |g|. Taken in
  /// double precision.
  ///
  /// - Parameters:
  ///   - p: The order of the norm, positive or infinite.
  ///   - parameters: Those whose gradients count; nil for all.
  /// - Throws: ``NonFiniteGradientError`` where an element that counts is not finite.
  public func globalNorm(order p: Double, of parameters: [Parameter]? = nil) throws -> Double {
    require(p > 0, "globalNorm(order:): the order must be positive, not \(p)")
    let norms = try gradients(of: parameters).map { parameter, gradient in
      try requireFinite(parameter)
      return gradient.converted(to: .float64).norm(p).item
    }
    return Tensor(norms).norm(p).item
  }

  /// Scales the gradients, or those of some parameters, down by one factor so that their norm of any order is at most
  /// `limit`.
  ///
  /// ```swift
  /// try gradients.clip(norm: 0.5, order: .infinity)
  /// try gradients.clip(norm: 1, on: model.parameters(matching: "encoder.*"))     // one group alone
  /// ```
  ///
  /// - Returns: The norm before.
  /// - Throws: ``NonFiniteGradientError`` where an element that counts is not finite; nothing has changed then.
  @discardableResult
  public mutating func clip(norm limit: Double, order p: Double = 2, on parameters: [Parameter]? = nil) throws -> Double
  {
    require(limit > 0, "clip(norm:): the limit must be positive, not \(limit)")
    let norm = try globalNorm(order: p, of: parameters)
    guard norm > limit else { return norm }
    let chosen = Set(gradients(of: parameters).map { ObjectIdentifier($0.parameter) })
    modifyElements { parameter, gradient in
      if chosen.contains(ObjectIdentifier(parameter)) { gradient *= limit / norm }
    }
    return norm
  }

  /// The gradients of some parameters, or of all, in the order in which they came.
  private func gradients(of parameters: [Parameter]?) -> [(parameter: Parameter, gradient: Tensor)] {
    let chosen = parameters.map { Set($0.map { ObjectIdentifier($0) }) }
    return receivers.filter { chosen?.contains(ObjectIdentifier($0)) ?? true }.map { ($0, elements(of: $0)!) }
  }

  private func scaledNorm() throws -> ScaledNorm {
    var total = 0.0
    for parameter in receivers {
      let sum = elements(of: parameter)!.sumOfSquares
      if !sum.isFinite { try requireFinite(parameter) }
      total += sum
    }
    if 0x1p-900...0x1p1000 ~= total { return ScaledNorm(scale: 1, root: total.squareRoot()) }
    let gradients = receivers.map { elements(of: $0)!.converted(to: .float64) }
    let largest = gradients.reduce(0) { $1.count == 0 ? $0 : max($0, abs($1).max().item) }
    if largest == 0 { return ScaledNorm(scale: 1, root: 0) }
    let scale = ScaledNorm.powerOfTwo(below: largest)
    let squares = gradients.reduce(0) { $0 + ($1 * (1 / scale)).sumOfSquares }
    return ScaledNorm(scale: scale, root: squares.squareRoot())
  }

  /// Moves every element of every gradient into −limit…limit.
  ///
  /// - Throws: ``NonFiniteGradientError`` where an element is not finite; nothing has changed then.
  public mutating func clip(value limit: Double) throws {
    require(limit > 0, "clip(value:): the limit must be positive, not \(limit)")
    try requireFinite()
    modifyElements { _, gradient in gradient = (consume gradient).clipped(to: -limit...limit) }
  }

  /// Throws for the first gradient, in order, with an element that is not finite, else for the first such statistic.
  func requireFinite() throws {
    for parameter in unchecked { try requireFinite(parameter) }
    for observation in observations {
      if let element = observation.value.firstNonFinite {
        throw NonFiniteGradientError(parameter: observation.statistic.name, element: element, isStatistic: true)
      }
    }
  }

  private func requireFinite(_ parameter: Parameter) throws {
    if let element = firstNonFinite(of: parameter) {
      throw NonFiniteGradientError(parameter: parameter.name, element: element, isStatistic: false)
    }
  }
}
