import StrataTensor

/// Returns the limit of a function from its values at 10⁶ and 10⁹, infinite if they grow with the argument; nil if it
/// is not clear.
func limit(_ early: Double, _ late: Double) -> Double? {
  if !early.isFinite || !late.isFinite { return nil }
  if abs(late - early) <= 1e-5 * max(1, abs(late)) { return late }
  return abs(late) > 100 * abs(early) ? (late > 0 ? .infinity : -.infinity) : nil
}

/// Throws a fault unless a value at an infinity is the limit, or NaN where the arithmetic meets ∞ − ∞ or 0 · ∞.
func demandLimit(_ value: Double, _ limit: Double, at place: @autoclosure () -> String) throws {
  try demand(
    value.isNaN || value == limit || limit.isFinite && abs(value - limit) <= 1e-4 * max(1, abs(limit)),
    expected: "\(limit), the limit, or NaN", found: "\(value)", at: place(),
    cause: "a clamp, or a formula that is right for finite numbers alone")
}

/// Returns the elements of a tensor to replace by NaN or an infinity: the first, one in the middle, and the last.
func probedPlaces(of x: Tensor) -> [Int] { x.count == 0 ? [] : Set([0, x.count / 2, x.count - 1]).sorted() }

extension Tensor {
  /// Returns the tensor with one element replaced.
  func replacing(_ index: Int, by number: Double) -> Tensor {
    var elements = elements(as: Double.self)
    elements[index] = number
    return Tensor(elements, shape: shape).converted(to: dtype)
  }
}
