import StrataTensor

/// Memory that the blocks of one operation work in, as much at a time as there are threads: what a block leaves behind
/// is in the caches for the next one of the same thread.
struct ScratchSlots<T: TensorScalar>: ~Copyable {
  private let memory: Tensor
  private let size: Int
  private let free: Lock<[Int]>

  /// Room for `size` elements in each of as many blocks as run at a time.
  init(blocks: Int, of size: Int, _: T.Type) {
    let count = max(1, min(blocks, Runtime.threads))
    self.size = wholeVectors(size)
    memory = Tensor(uninitialized: [count, self.size], dtype: T.dtype)
    free = Lock(Array(0..<count))
  }

  /// Runs `body` with the memory of one block, whose contents are left over from others.
  borrowing func with(_ body: (UnsafeMutablePointer<T>) -> Void) {
    // The number of threads may have grown since.
    guard let slot = free.withLock({ $0.popLast() }) else {
      return withExtendedLifetime(Tensor(uninitialized: [size], dtype: T.dtype)) { body($0.mutablePointer(T.self)) }
    }
    body(memory.mutablePointer(T.self) + slot * size)
    free.withLock { $0.append(slot) }
  }
}

/// The count rounded up to a multiple of the kernels' 16 lanes.
func wholeVectors(_ count: Int) -> Int { (count + 15) / 16 * 16 }
