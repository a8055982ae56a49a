import CZlib
import Foundation

/// A chunk of a PNG file.
struct Part: Equatable {
  var name: String
  var data: [UInt8]
}

/// The chunks of a PNG file.
func chunks(_ file: [UInt8]) -> [Part] {
  var (parts, place) = ([Part](), 8)
  while place < file.count {
    let length = file[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
    let name = String(decoding: file[place + 4..<place + 8], as: UTF8.self)
    parts.append(Part(name: name, data: Array(file[place + 8..<place + 8 + length])))
    place += 12 + length
  }
  return parts
}

/// A PNG file of these chunks, whose lengths and checksums are right.
func png(_ parts: [Part]) -> [UInt8] {
  [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    + parts.flatMap { part in
      let body = Array(part.name.utf8) + part.data
      return bigEndian(UInt32(part.data.count)) + body + bigEndian(UInt32(crc32(0, body, uInt(body.count))))
    }
}

/// The chunks of a file with other data in the first of a name.
func replacing(_ name: String, by data: [UInt8], in file: [UInt8]) -> [Part] {
  var parts = chunks(file)
  parts[parts.firstIndex { $0.name == name }!].data = data
  return parts
}

/// The bytes with another one at a place, counted from the end where it is negative.
func changed(_ bytes: [UInt8], at place: Int, to byte: UInt8? = nil) -> [UInt8] {
  var bytes = bytes
  let place = place < 0 ? bytes.count + place : place
  bytes[place] = byte ?? ~bytes[place]
  return bytes
}

func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }

/// Compresses rows as the chunks IDAT have them.
func deflated(_ bytes: [UInt8]) -> [UInt8] {
  var (result, count) = (zeros(Int(compressBound(uLong(bytes.count)))), compressBound(uLong(bytes.count)))
  precondition(compress2(&result, &count, bytes, uLong(bytes.count), 9) == Z_OK)
  return Array(result.prefix(Int(count)))
}

func write(_ bytes: [UInt8], to path: String) throws {
  let url = URL(fileURLWithPath: path)
  try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
  try Data(bytes).write(to: url)
}
