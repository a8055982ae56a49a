import StrataTensor

extension Tensor {
  /// Replaces the values of a parameter in one pass: gives `kernel` blocks of them, how many elements each has, where
  /// it starts, the old values, the gradient, and the place for the new values, which may be that of the old.
  @inline(__always)
  mutating func update<T: KernelScalar>(
    along gradient: Tensor,
    _ kernel: (
      _ count: Int, _ start: Int, _ w: UnsafePointer<T>, _ g: UnsafePointer<T>, _ fresh: UnsafeMutablePointer<T>
    ) -> Void
  ) {
    let g = gradient.pointer(T.self)
    overwrite { old, new in
      let (w, fresh) = (old.pointer(T.self), new.mutablePointer(T.self))
      parallel(overElements: gradient.count) { range in
        let start = range.lowerBound
        kernel(range.count, start, w + start, g + start, fresh + start)
      }
    }
  }
}
