/// Bytes outside Swift's heap, followed by 16 of zero, so that code may read words at their end.
final class ByteBlock {
  private(set) var start: UnsafeMutablePointer<UInt8>
  private(set) var capacity: Int

  /// The bytes in use.
  var count = 0 { didSet { (start + count).update(repeating: 0, count: Self.padding) } }

  private static let padding = 16

  init(capacity: Int) {
    self.capacity = capacity
    start = .allocate(capacity: capacity + Self.padding)
    start.initialize(repeating: 0, count: Self.padding)
  }

  deinit { start.deallocate() }

  /// Makes room for `size` bytes, of which those in use are kept.
  func makeRoom(for size: Int) {
    if size <= capacity { return }
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: size + Self.padding)
    larger.update(from: start, count: count + Self.padding)
    start.deallocate()
    (start, capacity) = (larger, size)
  }
}
