/// A message in the wire format of Protocol Buffers, field after field.
///
/// A field is its number and the kind of its value in one varint, then the value: a varint, four or eight bytes in little
/// endian, or a length and as many bytes. https://protobuf.dev/programming-guides/encoding
package struct Protobuf: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func add(_ field: Int, integer value: Int) {
    addVarint(UInt64(field) << 3)
    addVarint(UInt64(bitPattern: Int64(value)))
  }

  package mutating func add(_ field: Int, _ value: Double) {
    addVarint(UInt64(field) << 3 | 1)
    addLittleEndian(value.bitPattern)
  }

  package mutating func add(_ field: Int, _ value: Float) {
    addVarint(UInt64(field) << 3 | 5)
    addLittleEndian(value.bitPattern)
  }

  package mutating func add(_ field: Int, _ value: [UInt8]) {
    addVarint(UInt64(field) << 3 | 2)
    addVarint(UInt64(value.count))
    bytes += value
  }

  package mutating func add(_ field: Int, _ value: String) { add(field, Array(value.utf8)) }

  package mutating func add(_ field: Int, _ value: Protobuf) { add(field, value.bytes) }

  /// Adds numbers as a packed field.
  package mutating func add(_ field: Int, _ values: [Double]) {
    var packed = Protobuf()
    for value in values { packed.addLittleEndian(value.bitPattern) }
    add(field, packed.bytes)
  }

  private mutating func addVarint(_ value: UInt64) {
    var rest = value
    while rest > 0x7f {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func addLittleEndian(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }
}
