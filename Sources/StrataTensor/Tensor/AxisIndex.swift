/// What a subscript takes along one axis: an index, a range, or one of the values below.
///
/// ```swift
/// x[0]                      // the first row
/// x[.all, 1..<3]            // columns 1 and 2
/// x[-1, ..<(-2)]            // of the last row all columns but two; negative numbers count from the end
/// x[.every(2), .every(-1)]  // every other row, with the columns from last to first
/// x[.ellipsis, 0]           // index 0 of the last axis
/// x[.all, .newAxis]         // [B, D] as [B, 1, D]
/// ```
///
/// An index removes its axis, a range keeps it. Axes that are not named are taken whole.
public protocol AxisIndex: Sendable {
  /// The index as it is resolved against an axis.
  var selection: AxisSelection { get }
}

/// What an ``AxisIndex`` selects.
public struct AxisSelection: AxisIndex {
  enum Kind: Sendable {
    case index(Int)
    /// `last` is the last index if `isClosed`, else the one after it.
    case range(first: Int?, last: Int?, isClosed: Bool, step: Int)
    case newAxis, ellipsis

    var isEllipsis: Bool { if case .ellipsis = self { true } else { false } }

    /// Whether it uses up an axis of the tensor.
    var takesAxis: Bool {
      switch self {
      case .index, .range: true
      case .newAxis, .ellipsis: false
      }
    }
  }

  let kind: Kind

  init(_ kind: Kind) { self.kind = kind }

  init(first: Int?, last: Int?, isClosed: Bool = false) {
    self.init(.range(first: first, last: last, isClosed: isClosed, step: 1))
  }

  public var selection: AxisSelection { self }
}

extension AxisIndex where Self == AxisSelection {
  /// The whole axis.
  public static var all: AxisSelection { AxisSelection(first: nil, last: nil) }

  /// A new axis of length 1.
  public static var newAxis: AxisSelection { AxisSelection(.newAxis) }

  /// As many whole axes as are left.
  public static var ellipsis: AxisSelection { AxisSelection(.ellipsis) }

  /// Every `step`-th index of the axis, or of a range; a negative step goes backwards from the last.
  public static func every(_ step: Int, in range: any AxisIndex = .all) -> AxisSelection {
    guard case .range(let first, let last, let isClosed, let inner) = range.selection.kind, step != 0, inner == 1 else {
      stop("every(_:in:): takes a step other than 0 and a range, not \(step) and \(range)")
    }
    return AxisSelection(.range(first: first, last: last, isClosed: isClosed, step: step))
  }
}

extension Int: AxisIndex {
  public var selection: AxisSelection { AxisSelection(.index(self)) }
}

extension Range<Int>: AxisIndex {
  public var selection: AxisSelection { AxisSelection(first: lowerBound, last: upperBound) }
}

extension ClosedRange<Int>: AxisIndex {
  public var selection: AxisSelection { AxisSelection(first: lowerBound, last: upperBound, isClosed: true) }
}

extension PartialRangeFrom<Int>: AxisIndex {
  public var selection: AxisSelection { AxisSelection(first: lowerBound, last: nil) }
}

extension PartialRangeUpTo<Int>: AxisIndex {
  public var selection: AxisSelection { AxisSelection(first: nil, last: upperBound) }
}

extension PartialRangeThrough<Int>: AxisIndex {
  public var selection: AxisSelection { AxisSelection(first: nil, last: upperBound, isClosed: true) }
}

extension Layout {
  /// Returns the elements that indices select, axis by axis.
  package func selecting(_ indices: [any AxisIndex]) -> Layout {
    let kinds = indices.map(\.selection.kind)
    let (named, shape) = (kinds.count(where: \.takesAxis), shape)
    require(named <= shape.rank, "subscript: \(named) indices into shape \(shape)")
    require(kinds.count(where: \.isEllipsis) <= 1, "subscript: more than one ellipsis")
    var (result, axis) = (self, 0)
    (result.lengths, result.strides) = ([], [])
    func keep(_ layout: Layout) {
      result.lengths.append(layout.lengths[axis])
      result.strides.append(layout.strides[axis])
    }
    for kind in kinds {
      switch kind {
      case .index(let index):
        let resolved = index < 0 ? index + lengths[axis] : index
        require(
          0..<lengths[axis] ~= resolved,
          "subscript: index \(index) is out of range for axis \(axis) of \(shape), 0..<\(lengths[axis])")
        result.offset += resolved * strides[axis]
        axis += 1
      case .range(let first, let last, let isClosed, let step):
        let range = resolve(first, last, isClosed, axis)
        let part = taking(range, along: axis, step: step)
        result.offset += part.offset - offset
        keep(part)
        axis += 1
      case .newAxis:
        result.lengths.append(1)
        result.strides.append(0)
      case .ellipsis:
        for _ in 0..<shape.rank - named {
          keep(self)
          axis += 1
        }
      }
    }
    while axis < shape.rank {
      keep(self)
      axis += 1
    }
    return result
  }

  private func resolve(_ first: Int?, _ last: Int?, _ isClosed: Bool, _ axis: Int) -> Range<Int> {
    func resolved(_ index: Int) -> Int { index < 0 ? index + lengths[axis] : index }
    let lower = first.map(resolved) ?? 0
    let upper = last.map { resolved($0) &+ (isClosed ? 1 : 0) } ?? lengths[axis]
    require(
      0 <= lower && lower <= upper && upper <= lengths[axis],
      "subscript: range \(first.map(String.init) ?? "")\(isClosed ? "..." : "..<")\(last.map(String.init) ?? "") "
        + "is out of range for axis \(axis) of \(shape)")
    return lower..<upper
  }
}
