import Foundation
import StrataLayers
import StrataTensor

/// Returns why a function is not finite at x, all in double precision: an overflow, a logarithm of 0, or a division
/// by 0.
///
/// A result that is finite in double precision, or after shrinking a large x, has overflowed. Otherwise the function
/// is evaluated near x, at distances 1e-4, 1e-6 and 1e-8: a logarithm grows by the same amount at each step, a
/// quotient by the same factor, and 0/0 does not change. If it is finite on neither side, x is outside the domain of
/// a logarithm or root.
///
/// - Parameters:
///   - x: The argument.
///   - result: The result of `function` at x.
///   - function: The function.
func singularity(at x: Tensor, from result: Tensor, _ function: (Tensor) -> Tensor) -> Finding.Cause {
  let broken = result.elements(as: Double.self).indices.filter { !result.number(at: $0).isFinite }
  func size(_ x: Tensor) -> Double {
    let y = function(x)
    return y.count == result.count ? broken.reduce(0) { $0 + abs(y.number(at: $1)) } / Double(broken.count) : .nan
  }
  guard x.dtype.isFloatingPoint, x.firstNonFinite == nil else { return .divisionByZero }
  if size(x).isFinite { return .weightsTooLarge }
  let largest = x.count > 0 ? abs(x).max().item : 0
  if largest > 100 && size(x * (1 / largest)).isFinite { return .weightsTooLarge }
  // Distances that differ by element, so that constant rows become unequal.
  let distances = Tensor(
    (0..<x.count).map { 0.5 + Double($0 * 7919 % 1009) / 1009 } as [Double], shape: x.shape)
  for side in [1.0, -1.0] {
    let sizes = [1e-4, 1e-6, 1e-8].map { size(x + side * $0 * distances) }
    guard sizes.allSatisfy(\.isFinite) else { continue }
    let (first, second) = (sizes[1] - sizes[0], sizes[2] - sizes[1])
    if abs(first) < 1e-6 * (1 + sizes[0]) { return .divisionByZero }
    return abs(second) > 3 * abs(first) ? .divisionByZero : .logarithmOfZero
  }
  return .logarithmOfZero
}

extension Tensor {
  /// Returns one element.
  func number(at index: Int) -> Double { reshaped(to: [count])[index..<index + 1].converted(to: .float64).item }

  /// Returns one element as text.
  func text(at index: Int) -> String {
    let number = number(at: index)
    return number.isNaN ? "NaN" : "\(number)"
  }

  /// Returns the row of an element.
  func row(of index: Int) -> Int { index / Swift.max(1, shape.rowShape.count) }

  /// Returns an element's index along each axis, such as "[3, 7]".
  func place(of index: Int) -> String {
    var (rest, indices) = (index, [Int]())
    for length in shape.lengths.reversed() {
      indices.insert(rest % length, at: 0)
      rest /= length
    }
    return "\(indices)"
  }
}
