/// The memory of one or more tensors: a block of the pool that goes back when its last holder lets go.
///
/// `@unchecked Sendable`: its bytes change only through a `Tensor` that holds it uniquely, which is
/// what copy on write sees to, or through blocks of one parallel operation that do not overlap.
package final class Storage: @unchecked Sendable {
  package let bytes: UnsafeMutableRawPointer

  /// The bytes asked for.
  package let byteCount: Int

  init(byteCount: Int) {
    self.byteCount = byteCount
    bytes = MemoryPool.shared.take(byteCount)
  }

  deinit { MemoryPool.shared.give(bytes, byteCount) }
}
