import StrataTensor

/// Where a tensor is exactly 0, one bit an element.
struct ZeroMask: Sendable {
  /// As `int32`, 32 elements each, as the memory of tensors is counted; nil where every element is 0.
  private let words: Tensor?

  /// The zeros of a tensor; nil where it has none.
  init?(of x: Tensor) {
    let words = x.dtype.withKernels(for: "Reversible") { ZeroMask.words($0, of: x) }
    let zeros = words.elements(Int32.self).reduce(0) { $0 + $1.nonzeroBitCount }
    if zeros == 0 { return nil }
    self.words = zeros == x.count ? nil : words
  }

  private static func words<T: KernelScalar>(_: T.Type, of x: Tensor) -> Tensor {
    let (count, source) = (x.count, x.pointer(T.self))
    let words = Tensor(zeros: [(count + 31) / 32], dtype: .int32)
    let target = words.mutablePointer(Int32.self)
    parallel(over: words.count, grain: elementGrain / 32) { range in
      for word in range {
        for i in 32 * word..<min(count, 32 * word + 32) where source[i] == 0 { target[word] |= 1 << Int32(i % 32) }
      }
    }
    return words
  }

  /// Writes 0 where the tensor was 0.
  func restore(_ x: inout Tensor) {
    guard let words else { return x = Tensor(zeros: x.shape, dtype: x.dtype) }
    x.dtype.withKernels(for: "Reversible") { restore($0, words, &x) }
  }

  private func restore<T: KernelScalar>(_: T.Type, _ words: Tensor, _ x: inout Tensor) {
    let (source, target) = (words.pointer(Int32.self), x.uniqueMutablePointer(T.self))
    parallel(overElements: x.count) { range in
      for i in range where source[i / 32] >> Int32(i % 32) & 1 != 0 { target[i] = 0 }
    }
  }
}
