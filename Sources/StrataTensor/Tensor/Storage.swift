import Synchronization

/// The memory of one or more tensors: a block of the pool that goes back when its last holder lets go.
///
/// The block can be spilled to a file meanwhile; who asks for the bytes has them read back.
///
/// `@unchecked Sendable`: its bytes change only through a `Tensor` that holds it uniquely, which is
/// what copy on write sees to, or through blocks of one parallel operation that do not overlap; `spilled`
/// is touched by who holds `spilling`.
package final class Storage: @unchecked Sendable {
  /// The bytes asked for.
  package let byteCount: Int

  /// Storages are numbered as they are made.
  package let number: Int

  /// The address of the block; 0 while its bytes are in a file.
  private let address: Atomic<UInt>
  private var spilled: Spilled?

  /// Guards where the bytes of every storage are; one lock for all, as few are ever spilled.
  private static let spilling = Lock(())

  /// Where the bytes are.
  private struct Spilled {
    let file: SpillFile
    let offset: Int
  }

  private static let count = Atomic(0)

  init(byteCount: Int) {
    self.byteCount = byteCount
    number = Self.count.add(1, ordering: .relaxed).newValue
    address = Atomic(UInt(bitPattern: MemoryPool.shared.take(byteCount)))
    StorageLog.note(self)
  }

  deinit {
    if let block = UnsafeMutableRawPointer(bitPattern: address.load(ordering: .acquiring)) {
      MemoryPool.shared.give(block, byteCount)
    }
  }

  /// The number of the storage made last.
  package static var lastNumber: Int { count.load(ordering: .relaxed) }

  package var bytes: UnsafeMutableRawPointer {
    if let block = UnsafeMutableRawPointer(bitPattern: address.load(ordering: .acquiring)) { return block }
    fetch()
    return UnsafeMutableRawPointer(bitPattern: address.load(ordering: .acquiring))!
  }

  /// The bytes that it holds of memory now.
  package var residentByteCount: Int { address.load(ordering: .acquiring) == 0 ? 0 : byteCount }

  /// Writes the bytes to a file and gives the block back; where the file takes no more, they stay in memory.
  /// Nobody may be using the bytes meanwhile.
  package func spill(to file: SpillFile) {
    guard let block = UnsafeMutableRawPointer(bitPattern: address.load(ordering: .acquiring)),
      let offset = file.append(UnsafeRawBufferPointer(start: block, count: byteCount))
    else { return }
    Self.spilling.withLock { _ in spilled = Spilled(file: file, offset: offset) }
    address.store(0, ordering: .releasing)
    MemoryPool.shared.give(block, byteCount)
  }

  /// Reads the bytes back where they are in a file; who comes second waits for the first. If they cannot be
  /// read, the file notes why, and every bit is set, which is NaN.
  package func fetch() {
    Self.spilling.withLock { _ in
      guard let place = spilled else { return }
      spilled = nil
      let block = MemoryPool.shared.take(byteCount)
      if !place.file.read(UnsafeMutableRawBufferPointer(start: block, count: byteCount), at: place.offset) {
        block.initializeMemory(as: UInt8.self, repeating: .max, count: byteCount)
      }
      address.store(UInt(bitPattern: block), ordering: .releasing)
    }
  }
}
