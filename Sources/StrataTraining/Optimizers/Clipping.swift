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

  private func scaledNorm() throws -> ScaledNorm {
    var total = 0.0
    for parameter in receivers {
      let sum = self[parameter]!.sumOfSquares
      if !sum.isFinite { try requireFinite(parameter) }
      total += sum
    }
    if 0x1p-900...0x1p1000 ~= total { return ScaledNorm(scale: 1, root: total.squareRoot()) }
    let gradients = receivers.map { self[$0]!.converted(to: .float64) }
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
    modifyEach { _, gradient in gradient = (consume gradient).clipped(to: -limit...limit) }
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
    if let element = self[parameter]!.firstNonFinite {
      throw NonFiniteGradientError(parameter: parameter.name, element: element, isStatistic: false)
    }
  }
}
