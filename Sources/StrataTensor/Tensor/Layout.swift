/// Where elements lie in memory: an offset, and for each axis its length and the distance between neighbours.
///
/// Every operation that moves elements without changing them is a copy from one layout to another.
package struct Layout: Sendable {
  package var offset = 0
  package var lengths: [Int]
  package var strides: [Int]

  /// The layout of a tensor: contiguous, row-major.
  package init(_ shape: Shape) {
    lengths = shape.lengths
    strides = lengths
    var step = 1
    for axis in lengths.indices.reversed() {
      strides[axis] = step
      step *= lengths[axis]
    }
  }

  package var shape: Shape { Shape(lengths) }

  /// Returns the same elements with their axes in another order.
  package func permuted(_ axes: [Int]) -> Layout {
    var layout = self
    (layout.lengths, layout.strides) = (axes.map { lengths[$0] }, axes.map { strides[$0] })
    return layout
  }

  /// Returns every `step`-th of the elements in a range of an axis, from its last backwards if the step is negative.
  package func taking(_ range: Range<Int>, along axis: Int, step: Int = 1) -> Layout {
    var layout = self
    let first = step > 0 ? range.lowerBound : range.upperBound - 1
    layout.offset += range.isEmpty ? 0 : first * strides[axis]
    layout.lengths[axis] = (range.count - 1 + abs(step)) / abs(step)
    layout.strides[axis] = strides[axis] * step
    return layout
  }

  /// Returns the elements repeated along axes of length 1 and along new leading axes.
  package func broadcast(to shape: Shape) -> Layout {
    let added = Array(repeating: 0, count: shape.rank - lengths.count)
    var layout = self
    layout.strides = added + zip(lengths, strides).map { $0 == 1 ? 0 : $1 }
    layout.lengths = shape.lengths
    return layout
  }
}

extension Tensor {
  /// Creates a contiguous copy of elements of another tensor.
  package init(copying source: Tensor, _ layout: Layout) {
    self.init(uninitialized: layout.shape, dtype: source.dtype)
    copyElements(of: source, layout, to: Layout(shape))
  }

  /// Copies elements of another tensor of this type to places in this one, which nobody else may hold.
  package func copyElements(of source: Tensor, _ from: Layout, to: Layout) {
    let plan = CopyPlan(from, to)
    func run<W: Word>(_: W.Type) {
      let (x, y) = (UnsafePointer(source.words(W.self)), words(W.self))
      plan.forEachBlock { rows, columns, from, to in
        W.copy(
          rows, columns, x + from, plan.rows.from, plan.columns.from, y + to, plan.rows.to, plan.columns.to)
      }
    }
    dtype.withWord { run($0) }
  }
}

/// A copy cut into planes of rows and columns: what one call of a kernel moves.
private struct CopyPlan {
  typealias Axis = (length: Int, from: Int, to: Int)
  let rows: Axis
  let columns: Axis
  private let outer: [Axis]
  private let start: (from: Int, to: Int)

  /// Axes that lie behind each other in both layouts become one. Columns are the last axis, and rows the one along
  /// which the elements lie together in the source, if there is one.
  init(_ from: Layout, _ to: Layout) {
    var axes: [Axis] = []
    for axis in to.lengths.indices where to.lengths[axis] != 1 {
      let here = (length: to.lengths[axis], from: from.strides[axis], to: to.strides[axis])
      if let last = axes.last, last.from == here.length * here.from, last.to == here.length * here.to {
        axes[axes.count - 1] = (last.length * here.length, here.from, here.to)
      } else {
        axes.append(here)
      }
    }
    let none: Axis = (1, 0, 0)
    columns = axes.popLast() ?? none
    let together = columns.from == 1 ? nil : axes.lastIndex { $0.from == 1 }
    rows = axes.isEmpty ? none : axes.remove(at: together ?? axes.count - 1)
    outer = axes
    start = (from.offset, to.offset)
  }

  /// Calls `body` with blocks of planes: their rows and columns, and where they begin. Blocks are shared among workers.
  func forEachBlock(_ body: (_ rows: Int, _ columns: Int, _ from: Int, _ to: Int) -> Void) {
    let planes = outer.reduce(1) { $0 * $1.length }
    guard planes * rows.length * columns.length > 0 else { return }
    let width = min(columns.length, 4 * elementGrain)
    // Whole squares, where rows become columns.
    let side = rows.from == 1 && columns.from != 1 ? 32 : 1
    let height = min(rows.length, max(side, elementGrain / width / side * side))
    let (across, down) = ((columns.length - 1) / width + 1, (rows.length - 1) / height + 1)
    parallel(over: planes * down * across, grain: max(1, elementGrain / (width * height))) { range in
      for block in range {
        var rest = block / (down * across)
        let (row, column) = (block / across % down * height, block % across * width)
        var from = start.from + row * rows.from + column * columns.from
        var to = start.to + row * rows.to + column * columns.to
        for axis in outer.reversed() {
          from += rest % axis.length * axis.from
          to += rest % axis.length * axis.to
          rest /= axis.length
        }
        body(min(height, rows.length - row), min(width, columns.length - column), from, to)
      }
    }
  }
}
