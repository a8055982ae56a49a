/// Different strings of bytes, numbered in the order in which they came.
struct ByteStringTable: Sendable {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  private var hashes: [Int] = []
  /// The numbers of the strings at the places that their hashes choose, or at the next that are free; −1 for none.
  private var slots = [Int32](repeating: -1, count: 64)

  /// The number of strings.
  var count: Int { ends.count }

  /// A string by its number.
  subscript(number: Int) -> ArraySlice<UInt8> { bytes[(number == 0 ? 0 : ends[number - 1])..<ends[number]] }

  /// Returns the number of a string.
  func find(_ string: UnsafeBufferPointer<UInt8>) -> Int? {
    let number = Int(slots[slot(of: string, Self.hash(string))])
    return number < 0 ? nil : number
  }

  func find(_ string: some Collection<UInt8>) -> Int? { Array(string).withUnsafeBufferPointer(find) }

  /// Returns the number of a string, which it appends if it is new.
  mutating func insert(_ string: UnsafeBufferPointer<UInt8>) -> (number: Int, isNew: Bool) {
    let hash = Self.hash(string)
    let slot = slot(of: string, hash)
    if slots[slot] >= 0 { return (Int(slots[slot]), false) }
    slots[slot] = Int32(count)
    bytes.append(contentsOf: string)
    ends.append(bytes.count)
    hashes.append(hash)
    if 2 * count > slots.count { grow() }
    return (count - 1, true)
  }

  @discardableResult
  mutating func insert(_ string: some Collection<UInt8>) -> (number: Int, isNew: Bool) {
    Array(string).withUnsafeBufferPointer { insert($0) }
  }

  /// The library's hash, whose seed no text can know: one of many equal hashes would take the square of its time.
  private static func hash(_ string: UnsafeBufferPointer<UInt8>) -> Int {
    var hasher = Hasher()
    hasher.combine(bytes: UnsafeRawBufferPointer(string))
    return hasher.finalize()
  }

  /// Returns the slot of a string, or the free one where it belongs.
  private func slot(of string: UnsafeBufferPointer<UInt8>, _ hash: Int) -> Int {
    var slot = hash & (slots.count - 1)
    while slots[slot] >= 0 {
      let number = Int(slots[slot])
      if hashes[number] == hash, self[number].elementsEqual(string) { break }
      slot = (slot + 1) & (slots.count - 1)
    }
    return slot
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: 2 * slots.count)
    for (number, hash) in hashes.enumerated() {
      var slot = hash & (slots.count - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(number)
    }
  }
}
