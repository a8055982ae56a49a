import StrataTensor

/// y = Σᵢ fᵢ(x), or y = [f₁(x), f₂(x), …] joined along an axis: branches that see the same input.
///
/// ```swift
/// Parallel(join: .concatenate) {
///   Linear(64, 32)
///   Sequential { Linear(64, 8); Tanh() }
/// }
/// ```
///
/// - Shapes: the outputs agree, but for the axis along which `.concatenate` joins them: the last unless said
///   otherwise (`.concatenate(axis: 1)` joins the channels of images).
///
/// # Backward
/// Each branch gets dy, or its part of it, and x collects from all: dx = Σᵢ fᵢ.backward(dyᵢ).
/// The cache is those of the branches, and for `.concatenate` the lengths of their parts.
public struct Parallel: Container, Layer, CustomStringConvertible {
  /// How the outputs of the branches become one.
  public enum Join: Sendable, Equatable {
    /// Added up.
    case sum
    /// One after the other along an axis; −1 is the last.
    case concatenate(axis: Int)

    /// One after the other along the last axis.
    public static var concatenate: Join { .concatenate(axis: -1) }
  }

  /// How the outputs of the branches become one.
  public let join: Join
  /// The layers that take the same input.
  public let branches: [any Layer]

  /// The caches of the branches, and the lengths of their parts of a joined axis.
  public struct Cache: Sendable {
    var boxes: [any CacheBox]
    let lengths: [Int]
    let input: TensorKind
  }

  /// The branches listed in the braces, each a layer; several in a row are a ``Sequential``.
  public init(join: Join, @LayerBuilder _ branches: () -> [any Layer]) {
    self.join = join
    self.branches = branches()
    require(!self.branches.isEmpty, "Parallel: there are no branches")
  }

  public var children: [any Module] { branches }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    var boxes: [any CacheBox] = []
    let input = TensorKind(of: x)
    let (y, lengths) = joined { position in
      let (y, box) = forward(branches[position], at: .position(position), copy x)
      boxes.append(box)
      return y
    }
    return (y, Cache(boxes: boxes, lengths: lengths, input: input))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    var dx: Tensor?
    forEachBranch(dy, &cache) { position, dy, box in
      let branch = branches[position]
      if branch.stopsGradient { return accumulate(branch, at: .position(position), dy, box, &gradients) }
      let part = backward(branch, at: .position(position), dy, box, &gradients)
      dx = dx.map { $0 + part } ?? part
    }
    return dx ?? cache.input.zeros
  }

  public func accumulate(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) {
    forEachBranch(dy, &cache) { position, dy, box in
      accumulate(branches[position], at: .position(position), dy, box, &gradients)
    }
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    joined { position in infer(branches[position], at: .position(position), copy x) }.0
  }

  public var stopsGradient: Bool { branches.allSatisfy { $0.stopsGradient } }

  public var ignoresGradient: Bool { branches.allSatisfy { $0.ignoresGradient } }

  public func outputShape(for input: Shape) throws -> Shape {
    var mismatches: [ShapeError.Mismatch] = []
    let shapes = try branches.enumerated().compactMap { position, branch in
      do {
        return try branch.outputShape(for: input)
      } catch let error as ShapeError {
        mismatches += error.prefixed("\(position)")
        return error.assumedOutput
      }
    }
    let output = joined(shapes)
    if output == nil { mismatches.append(.init(path: "", message: mismatch(shapes))) }
    if !mismatches.isEmpty { throw ShapeError(mismatches, assumedOutput: output) }
    return output!
  }

  public var description: String { "Parallel(join: .\(join)) { \(listed(branches)) }" }

  /// Runs the branches and joins what they give; the lengths of the parts, where they have any.
  private func joined(_ run: (_ position: Int) -> Tensor) -> (Tensor, [Int]) {
    let parts = branches.indices.map(run)
    let shapes = parts.map(\.shape)
    require(joined(shapes) != nil, mismatch(shapes))
    guard case .concatenate(let axis) = join else { return (parts.dropFirst().reduce(parts[0], +), []) }
    return (Tensor(concatenating: parts, along: axis), shapes.map { $0[axis] })
  }

  /// The shape of the joined outputs; nil where they cannot be joined.
  private func joined(_ shapes: [Shape]) -> Shape? {
    guard let first = shapes.first else { return nil }
    guard case .concatenate(let axis) = join else { return shapes.allSatisfy { $0 == first } ? first : nil }
    let agree = shapes.allSatisfy {
      $0.rank > max(axis, -1 - axis) && $0.replacing(axis, by: 0) == first.replacing(axis, by: 0)
    }
    return agree ? first.replacing(axis, by: shapes.reduce(0) { $0 + $1[axis] }) : nil
  }

  private func mismatch(_ shapes: [Shape]) -> String {
    "Parallel(join: .\(join)) cannot join outputs of shapes "
      + shapes.map(\.description).joined(separator: ", ")
  }

  /// Calls `body` with each branch's position, from the last to the first, its part of dy and its cache.
  private func forEachBranch(
    _ dy: consuming Tensor, _ cache: inout Cache,
    _ body: (_ position: Int, _ dy: consuming Tensor, _ box: consuming any CacheBox) -> Void
  ) {
    var parts: [Tensor]
    switch join {
    case .sum: parts = Array(repeating: dy, count: branches.count)
    case .concatenate(let axis): parts = dy.split(cache.lengths, along: axis)
    }
    for position in branches.indices.reversed() { body(position, parts.removeLast(), cache.boxes.removeLast()) }
  }
}
