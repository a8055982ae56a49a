/// Blocks of memory by size class, kept for the next tensor of that size.
///
/// Fresh memory costs a page fault for every 4 KiB when it is first touched; a block from the pool
/// has been paid for.
final class MemoryPool: Sendable {
  static let shared = MemoryPool()

  private struct State {
    /// What of the process's meter is of memory.
    var meter = WorkMeter.Reading()
    var misses = 0
    /// The addresses of unused blocks, by size class.
    var unused: [[UInt]] = []
    var unusedBytes = 0
  }

  private let state = Lock(State())

  var meter: WorkMeter.Reading { state.withLock { $0.meter } }

  var misses: Int { state.withLock { $0.misses } }

  func resetPeak() { state.withLock { $0.meter.peakBytes = $0.meter.liveBytes } }

  /// A block of at least `byteCount` bytes, aligned to 64, with whatever it held before.
  func take(_ byteCount: Int) -> UnsafeMutableRawPointer {
    let size = SizeClass(holding: byteCount)
    let address: UInt? = state.withLock { state in
      WorkMeter.countBytes(byteCount, ofProcess: &state.meter)
      if size.index < state.unused.count, let address = state.unused[size.index].popLast() {
        state.unusedBytes -= size.byteCount
        return address
      }
      state.misses += 1
      // Shapes have changed. What the old ones left is given back before it can pile up.
      if state.unusedBytes > state.meter.liveBytes / 4 + (64 << 20) { Self.release(&state) }
      return nil
    }
    if let address { return UnsafeMutableRawPointer(bitPattern: address)! }
    return .allocate(byteCount: size.byteCount, alignment: 64)
  }

  /// Takes back a block that ``take(_:)`` gave for the same `byteCount`.
  func give(_ block: UnsafeMutableRawPointer, _ byteCount: Int) {
    let size = SizeClass(holding: byteCount)
    let address = UInt(bitPattern: block)
    state.withLock { state in
      WorkMeter.countBytes(-byteCount, ofProcess: &state.meter)
      while state.unused.count <= size.index { state.unused.append([]) }
      state.unused[size.index].append(address)
      state.unusedBytes += size.byteCount
    }
  }

  func releaseUnused() { state.withLock { Self.release(&$0) } }

  private static func release(_ state: inout State) {
    for index in state.unused.indices {
      for address in state.unused[index] { UnsafeMutableRawPointer(bitPattern: address)!.deallocate() }
      state.unused[index].removeAll()
    }
    state.unusedBytes = 0
  }
}

/// Block sizes: multiples of 64 bytes up to 1024, then eight steps an octave, so that at most an
/// eighth of a block is wasted.
private struct SizeClass {
  let index: Int
  let byteCount: Int

  init(holding byteCount: Int) {
    let units = max(1, (byteCount + 63) / 64)
    // The shift that leaves a mantissa of 9...16 units, or of 1...8 where nothing is shifted.
    let shift = max(0, Int.bitWidth - (units - 1).leadingZeroBitCount - 4)
    let mantissa = (units - 1) >> shift + 1
    index = shift * 8 + mantissa
    self.byteCount = mantissa << shift * 64
  }
}
