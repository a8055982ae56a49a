/// One or several tensors that belong together: what a module takes or gives, what a batch holds.
///
/// A `Tensor` is a group of one. ``Pair`` and arrays of groups are groups, and a struct becomes one by listing its
/// tensors:
///
/// ```swift
/// struct Question: TensorGroup {
///   var words: Tensor
///   var features: Tensor
///   var tensors: [Tensor] {
///     get { [words, features] }
///     set { (words, features) = (newValue[0], newValue[1]) }
///   }
/// }
/// ```
///
/// The gradient of a group is a group of the same kind, tensor by tensor.
public protocol TensorGroup: Sendable {
  /// The tensors, always in the same order. What is set has as many tensors as there were.
  var tensors: [Tensor] { get set }

  /// How many tensors every group of this type has; nil where that differs from group to group, or as by default is not
  /// said.
  static var tensorCount: Int? { get }
}

extension TensorGroup {
  public static var tensorCount: Int? { nil }
}

extension Tensor: TensorGroup {
  /// The tensor itself, as a group of one.
  public var tensors: [Tensor] {
    get { [self] }
    set { self = newValue[0] }
  }

  public static var tensorCount: Int? { 1 }
}

extension Array: TensorGroup where Element: TensorGroup {
  /// The tensors of the elements, one element after the other.
  public var tensors: [Tensor] {
    get { flatMap(\.tensors) }
    set {
      var rest = newValue[...]
      for index in indices { self[index].takeTensors(from: &rest) }
    }
  }
}

extension [Shape] {
  /// The shapes in one line, without brackets around all of them.
  package var listed: String { map(\.description).joined(separator: ", ") }
}

extension TensorGroup {
  /// The shape of each tensor.
  public var shapes: [Shape] { tensors.map(\.shape) }

  /// The same kind of group with each tensor changed.
  public func mapped(_ change: (Tensor) throws -> Tensor) rethrows -> Self {
    var group = self
    group.tensors = try tensors.map(change)
    return group
  }

  /// The same kind of group, each tensor made of those of this group and of another at the same place.
  public func combined(with other: Self, _ change: (Tensor, Tensor) -> Tensor) -> Self {
    let (mine, others) = (tensors, other.tensors)
    require(
      mine.count == others.count,
      "\(Self.self): a group of \(mine.count) tensors cannot meet one of \(others.count); let both list as many")
    var group = self
    group.tensors = zip(mine, others).map(change)
    return group
  }

  /// Zeros of the shapes and types of these tensors.
  public var zeros: Self { mapped { Tensor(zeros: $0.shape, dtype: $0.dtype) } }

  /// The number of rows, which is the length of the first axis of every tensor; nil where the tensors do not agree.
  public var rowCount: Int? {
    let shapes = shapes
    guard let first = shapes.first, first.rank > 0 else { return nil }
    return shapes.allSatisfy { $0.rank > 0 && $0[0] == first[0] } ? first[0] : nil
  }

  /// A range of rows of every tensor; the group itself where the range holds all.
  public func rows(_ range: Range<Int>) -> Self { range == 0..<(rowCount ?? -1) ? self : mapped { $0[range] } }

  /// The rows of these numbers of every tensor, in this order.
  public func gathered(rows indices: [Int]) -> Self { mapped { $0.gathered(rows: indices) } }

  /// The rows of this group followed by those of others.
  public func followed(by others: [Self]) -> Self {
    let parts = others.map(\.tensors)
    var group = self
    group.tensors = tensors.enumerated().map { index, tensor in
      Tensor(concatenating: [tensor] + parts.map { $0[index] })
    }
    return group
  }

  /// √ Σ of the squares of all elements.
  package var norm: Double { tensors.reduce(0) { $0 + $1.sumOfSquares }.squareRoot() }

  /// Takes as many tensors as this group has from the front of a list.
  fileprivate mutating func takeTensors(from rest: inout ArraySlice<Tensor>) {
    let count = tensors.count
    tensors = Array(rest.prefix(count))
    rest = rest.dropFirst(count)
  }
}

extension Pair: TensorGroup where First: TensorGroup, Second: TensorGroup {
  /// The tensors of the first part, then those of the second.
  public var tensors: [Tensor] {
    get { first.tensors + second.tensors }
    set {
      var rest = newValue[...]
      first.takeTensors(from: &rest)
      second.takeTensors(from: &rest)
    }
  }

  public static var tensorCount: Int? {
    guard let first = First.tensorCount, let second = Second.tensorCount else { return nil }
    return first + second
  }
}
