// Elements chosen by a mask: a tensor of any type, in which 0 is false and every other number true.
extension Tensor {
  /// Returns a where the mask holds, and b elsewhere, with broadcasting.
  ///
  /// A mask is what a comparison gives, 1 or 0 in the type of its operands, so that it can be computed with: there is
  /// no separate type for it. Any number but 0 holds.
  public static func `where`(_ mask: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    require(
      a.dtype == b.dtype, "where: one operand is \(a.dtype), the other \(b.dtype); convert one with converted(to:)")
    let broadcast = Broadcast([mask.shape, a.shape, b.shape], for: "where")
    let result = Tensor(uninitialized: broadcast.shape, dtype: a.dtype)
    func run<W: Word, M: TensorScalar>(_ select: W.Select<M>) {
      let (m, y) = (mask.pointer(M.self), result.words(W.self))
      let (a, b) = (UnsafePointer(a.words(W.self)), UnsafePointer(b.words(W.self)))
      broadcast.forEachRun { start, count, from, steps in
        select(count, m + from[0], steps[0], a + from[1], steps[1], b + from[2], steps[2], y + start)
      }
    }
    func run<W: Word>(_: W.Type) {
      switch mask.dtype {
      case .float32: run(W.selectByFloat)
      case .float64: run(W.selectByDouble)
      case .int32: run(W.selectByInt32)
      }
    }
    a.dtype.withWord { run($0) }
    return result
  }

  /// Returns a where the mask holds, and a number elsewhere.
  public static func `where`(_ mask: Tensor, _ a: Tensor, _ b: Double) -> Tensor {
    .where(mask, a, Tensor(repeating: b, shape: [], dtype: a.dtype))
  }

  /// Returns the tensor with elements of another where the mask holds.
  public func replacing(with other: Tensor, where mask: Tensor) -> Tensor { .where(mask, other, self) }

  /// Returns the tensor with a number where the mask holds: `scores.replacing(with: -.infinity, where: hidden)`.
  public func replacing(with number: Double, where mask: Tensor) -> Tensor {
    .where(mask, Tensor(repeating: number, shape: [], dtype: dtype), self)
  }
}
