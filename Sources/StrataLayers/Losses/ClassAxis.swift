import StrataTensor

// The axis of the classes, where it is not the last.

/// An axis counted from the front.
func place(of axis: Int, in shape: Shape) -> Int { axis < 0 ? axis + shape.rank : axis }

func isLast(_ axis: Int, in shape: Shape) -> Bool { place(of: axis, in: shape) == shape.rank - 1 }

extension Tensor {
  /// The elements with one axis at another place, the rest in their order.
  func moving(_ axis: Int, to other: Int) -> Tensor {
    var axes = Array(0..<rank)
    let moved = axes.remove(at: shape.resolve(axis))
    axes.insert(moved, at: shape.resolve(other))
    return permuted(axes)
  }
}
