import StrataTensor

/// A direction in which a tensor is perturbed.
enum Direction {
  /// A single entry.
  case entry(Int)
  /// All entries, along a direction of length 1.
  case everywhere(Tensor)

  /// A random direction.
  init(everywhere shape: Shape, _ generator: inout RandomGenerator) {
    let normal = Tensor(normal: shape, dtype: .float64, using: &generator)
    self = .everywhere(normal / normal.sumOfSquares.squareRoot())
  }

  func moved(_ point: Tensor, by step: Double) -> Tensor {
    switch self {
    case .entry(let index):
      var moved = point
      moved.withUnsafeMutableElements(as: Double.self) { $0[index] += step }
      return moved
    case .everywhere(let direction): return point + step * direction
    }
  }

  func dot(_ gradient: Tensor) -> Double {
    switch self {
    case .entry(let index): gradient.elements(Double.self)[index]
    case .everywhere(let direction): (direction * gradient).sum().item
    }
  }

  func place(in shape: Shape) -> String {
    switch self {
    case .entry(let index): shape.place(of: index)
    case .everywhere: "along a random direction"
    }
  }
}

extension Shape {
  /// Returns the indices of the element at a position in memory, such as "[2, 0, 1]".
  func place(of position: Int) -> String {
    var (rest, indices) = (position, [Int]())
    for length in lengths.reversed() {
      indices.insert(rest % length, at: 0)
      rest /= length
    }
    return "\(indices)"
  }
}
