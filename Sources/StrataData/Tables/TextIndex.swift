import Foundation

/// The different texts of a column by the order of their first appearance: a hash table over bytes, which makes no string
/// of a cell.
///
/// Its memory is given back by ``free()``.
struct TextIndex {
  /// The number of texts.
  private(set) var count = 0

  /// The texts one after the other, and where each ends.
  private var bytes: UnsafeMutablePointer<UInt8>
  private var ends: UnsafeMutablePointer<Int>
  private var (byteCapacity, capacity) = (256, 16)

  /// The upper half of the hash and the number of the text plus 1 in each; 0 where none is. Their number is a power of two.
  private var slots: UnsafeMutablePointer<UInt64>
  private var slotCount = 64

  /// Another in each process, so that nobody can prepare a file whose texts all collide.
  private static let seed = UInt64.random(in: 0 ... .max)
  private let seed = Self.seed

  init() {
    bytes = .reallocated(nil, count: byteCapacity)
    ends = .reallocated(nil, count: capacity)
    slots = .allocate(capacity: slotCount)
    slots.initialize(repeating: 0, count: slotCount)
  }

  func free() {
    Foundation.free(bytes)
    Foundation.free(ends)
    slots.deallocate()
  }

  /// Forgets all texts.
  mutating func removeAll() {
    count = 0
    slots.update(repeating: 0, count: slotCount)
  }

  /// The bytes of a text.
  subscript(number: Int) -> UnsafeBufferPointer<UInt8> {
    let start = number == 0 ? 0 : ends[number - 1]
    return UnsafeBufferPointer(start: bytes + start, count: ends[number] - start)
  }

  /// The number of a text, which is ``count`` if it was not there, and is then added.
  @inline(__always)
  mutating func number(of text: UnsafeBufferPointer<UInt8>) -> Int {
    let hash = hash(of: text)
    var place = Int(truncatingIfNeeded: hash >> 32) & (slotCount - 1)
    while true {
      let slot = slots[place]
      if slot == 0 { return add(text, hash, at: place) }
      if slot >> 32 == hash >> 32 {
        let number = Int(truncatingIfNeeded: slot & 0xFFFF_FFFF) - 1
        let known = self[number]
        if known.count == text.count, memcmp(known.baseAddress!, text.baseAddress!, text.count) == 0 { return number }
      }
      place = (place + 1) & (slotCount - 1)
    }
  }

  @inline(never)
  private mutating func add(_ text: UnsafeBufferPointer<UInt8>, _ hash: UInt64, at place: Int) -> Int {
    let start = count == 0 ? 0 : ends[count - 1]
    if start + text.count > byteCapacity {
      byteCapacity = max(start + text.count, 2 * byteCapacity)
      bytes = .reallocated(bytes, count: byteCapacity)
    }
    if count == capacity {
      capacity *= 2
      ends = .reallocated(ends, count: capacity)
    }
    (bytes + start).update(from: text.baseAddress!, count: text.count)
    ends[count] = start + text.count
    slots[place] = (hash & 0xFFFF_FFFF_0000_0000) | UInt64(count + 1)
    count += 1
    if 2 * count > slotCount { enlarge() }
    return count - 1
  }

  private mutating func enlarge() {
    let old = UnsafeBufferPointer(start: slots, count: slotCount)
    slotCount *= 2
    slots = .allocate(capacity: slotCount)
    slots.initialize(repeating: 0, count: slotCount)
    for slot in old where slot != 0 {
      var place = Int(truncatingIfNeeded: slot >> 32) & (slotCount - 1)
      while slots[place] != 0 { place = (place + 1) & (slotCount - 1) }
      slots[place] = slot
    }
    old.deallocate()
  }

  /// A hash of eight bytes at a time, each mixed in by the two halves of a product. Seven bytes after the text are readable.
  @inline(__always)
  private func hash(of text: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var hash = seed ^ UInt64(text.count)
    var (p, left) = (UnsafeRawPointer(text.baseAddress!), text.count)
    while left > 0 {
      var word = UInt64(littleEndian: p.loadUnaligned(as: UInt64.self))
      if left < 8 { word &= 1 << UInt64(8 * left) &- 1 }
      let product = (hash ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
      hash = product.high ^ product.low
      p += 8
      left -= 8
    }
    return hash
  }
}

extension UnsafeMutablePointer {
  /// Memory for `count` elements that has what the old memory had, or its start. Large memory is moved without copying.
  static func reallocated(_ old: Self?, count: Int) -> Self {
    realloc(old, max(1, count) * MemoryLayout<Pointee>.stride)!.assumingMemoryBound(to: Pointee.self)
  }
}
