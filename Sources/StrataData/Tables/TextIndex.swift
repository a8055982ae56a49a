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
  private var (byteCapacity, capacity) = (16, 2)

  /// By hash the keys of texts, each with the number of its text plus 1; 0 where none is. Their count is a power of two.
  private var slots: UnsafeMutablePointer<(key: UInt64, entry: Int)>
  private var slotCount = 4

  /// Another in each process, so that nobody can prepare a file whose texts all collide.
  private static let seed = UInt64.random(in: 0 ... .max)
  private let seed = Self.seed

  init() {
    bytes = .reallocated(nil, count: byteCapacity)
    ends = .reallocated(nil, count: capacity)
    slots = .allocate(capacity: slotCount)
    slots.initialize(repeating: (0, 0), count: slotCount)
  }

  func free() {
    Foundation.free(bytes)
    Foundation.free(ends)
    slots.deallocate()
  }

  /// The memory in use.
  var byteCount: Int {
    byteCapacity + capacity * MemoryLayout<Int>.stride + slotCount * MemoryLayout<(UInt64, Int)>.stride
  }

  /// Forgets all texts.
  mutating func removeAll() {
    count = 0
    slots.update(repeating: (0, 0), count: slotCount)
  }

  /// The bytes of a text.
  subscript(number: Int) -> UnsafeBufferPointer<UInt8> {
    let start = number == 0 ? 0 : ends[number - 1]
    return UnsafeBufferPointer(start: bytes + start, count: ends[number] - start)
  }

  /// The number of a text, which is ``count`` if it was not there, and is then added. Seven bytes after it are readable.
  @inline(__always)
  mutating func number(of text: UnsafeBufferPointer<UInt8>) -> Int {
    let key = key(of: text)
    var place = place(of: key)
    while slots[place].entry != 0 {
      if slots[place].key == key {
        let number = slots[place].entry - 1
        if text.count <= Self.keyLength || isText(number, text) { return number }
      }
      place = (place + 1) & (slotCount - 1)
    }
    return add(text, key, at: place)
  }

  private func isText(_ number: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
    let known = self[number]
    return known.count == text.count && memcmp(known.baseAddress!, text.baseAddress!, text.count) == 0
  }

  @inline(never)
  private mutating func add(_ text: UnsafeBufferPointer<UInt8>, _ key: UInt64, at place: Int) -> Int {
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
    slots[place] = (key, count + 1)
    count += 1
    if 2 * count > slotCount { enlarge() }
    return count - 1
  }

  private mutating func enlarge() {
    let old = UnsafeBufferPointer(start: slots, count: slotCount)
    slotCount *= 2
    slots = .allocate(capacity: slotCount)
    slots.initialize(repeating: (0, 0), count: slotCount)
    for slot in old where slot.entry != 0 {
      var place = place(of: slot.key)
      while slots[place].entry != 0 { place = (place + 1) & (slotCount - 1) }
      slots[place] = slot
    }
    old.deallocate()
  }

  /// The length of texts that are their own key, so that no other memory is read to tell them apart.
  private static let keyLength = 7

  /// The bytes and the length of a short text; of others a hash, eight bytes at a time, with a length that no short one has.
  @inline(__always)
  private func key(of text: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var (p, left) = (UnsafeRawPointer(text.baseAddress!), text.count)
    func word() -> UInt64 {
      let word = UInt64(littleEndian: p.loadUnaligned(as: UInt64.self))
      return left < 8 ? word & (1 << UInt64(8 * left) &- 1) : word
    }
    if left <= Self.keyLength { return word() | UInt64(left) << 56 }
    var hash = UInt64(left)
    while left > 0 {
      hash = mix(hash ^ word())
      p += 8
      left -= 8
    }
    return hash | 0xFF << 56
  }

  @inline(__always)
  private func place(of key: UInt64) -> Int { Int(truncatingIfNeeded: mix(key)) & (slotCount - 1) }

  /// The two halves of a product with a number that nobody outside knows.
  @inline(__always)
  private func mix(_ word: UInt64) -> UInt64 {
    let product = (word ^ seed).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return product.high ^ product.low
  }
}

extension UnsafeMutablePointer {
  /// Memory for `count` elements that has what the old memory had, or its start. Large memory is moved without copying.
  static func reallocated(_ old: Self?, count: Int) -> Self {
    realloc(old, max(1, count) * MemoryLayout<Pointee>.stride)!.assumingMemoryBound(to: Pointee.self)
  }
}
