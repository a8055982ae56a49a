import StrataTensor

/// The directory of a zip archive, checked against the file, and readers of its members.
///
/// The format is described in PKWARE's APPNOTE.TXT. Sizes are those of the directory at the end of the file, so that it
/// does not matter whether the bytes before a member have them, or those behind it.
struct ZipArchive {
  /// A file in the archive.
  struct Member {
    let name: String
    /// Where its entry in the directory begins.
    let place: Int
    let flags: UInt16
    let method: UInt16
    let checksum: UInt
    let compressedSize: Int
    let size: Int
    /// Where its local header begins.
    let start: Int
    /// Where what follows it begins.
    fileprivate(set) var limit = 0
  }

  /// The members in the order of their bytes.
  private(set) var members: [Member] = []

  private let file: InputFile

  var path: String { file.path }

  init(_ file: InputFile) throws(DataError) {
    self.file = file
    let (directory, count, place) = try Self.findDirectory(file)
    var record = Record(try Self.bytes(of: file, directory), file.path, at: directory.lowerBound)
    while !record.isAtEnd { members.append(try Self.member(&record)) }
    guard UInt64(members.count) == count else {
      throw DataError(
        file.path, .malformed(found: "\(members.count) members", expected: "\(count), as its end says"), at: place)
    }
    try checkOrder(before: directory.lowerBound)
  }

  private static func bytes(of file: InputFile, _ range: Range<Int>) throws(DataError) -> [UInt8] {
    try [UInt8](count: range.count) { buffer throws(DataError) in try file.fill(buffer, at: range.lowerBound) }
  }

  /// Returns where the directory lies, how many members it should have, and where that stands.
  private static func findDirectory(_ file: InputFile) throws(DataError) -> (Range<Int>, UInt64, Int) {
    let (size, path) = (file.size, file.path)
    guard size >= 22 else {
      throw DataError(path, .cutShort(expected: 22, found: size), at: size)
    }
    // The end has 22 bytes and a comment of up to 65535.
    let tailStart = max(0, size - 22 - 65_535)
    let tail = try bytes(of: file, tailStart..<size)
    let end = (0...tail.count - 22).last { place in
      tail[place...].starts(with: [0x50, 0x4b, 5, 6])
        && place + 22 + Int(tail[place + 20]) + Int(tail[place + 21]) << 8 == tail.count
    }
    guard let end else {
      let start = try bytes(of: file, 0..<8)
      guard start.starts(with: [0x50, 0x4b, 3, 4]) else {
        throw ForeignFile.error(path, startingWith: start, expected: "a zip archive (.npz, .pt)", exceptZip: true)
          ?? DataError(path, .malformed(found: "other data", expected: "a zip archive (.npz, .pt)"), at: 0)
      }
      throw DataError(path, .damagedZip("its directory is missing"), at: size, advice: "it seems to be cut short")
    }
    var (place, record) = (tailStart + end, Record(Array(tail[end...]), path, at: tailStart + end))
    try record.skip(4)
    var disks = [UInt64(try record.next(UInt16.self)), UInt64(try record.next(UInt16.self))]
    let counts = [UInt64(try record.next(UInt16.self)), UInt64(try record.next(UInt16.self))]
    var count = counts[1]
    var (length, start) = (UInt64(try record.next(UInt32.self)), UInt64(try record.next(UInt32.self)))
    // What is too large for these fields is in another record, which lies before the 20 bytes that lead to it.
    if place >= 20 + 56 {
      var locator = Record(try bytes(of: file, place - 20..<place), path, at: place - 20)
      if try locator.next(UInt32.self) == 0x0706_4b50 {
        try locator.skip(4)
        let position = try locator.next(UInt64.self)
        guard position <= UInt64(place - 20 - 56) else { throw locator.error("the second end of it is misplaced") }
        place = Int(position)
        record = Record(try bytes(of: file, place..<place + 56), path, at: place)
        guard try record.next(UInt32.self) == 0x0606_4b50 else {
          throw record.error("the second end of it is misplaced")
        }
        try record.skip(12)
        disks = [UInt64(try record.next(UInt32.self)), UInt64(try record.next(UInt32.self))]
        try record.skip(8)
        count = try record.next(UInt64.self)
        (length, start) = (try record.next(UInt64.self), try record.next(UInt64.self))
      }
    }
    guard disks == [0, 0] else {
      throw DataError(path, .malformed(found: "a part of an archive", expected: "a whole one"), at: place)
    }
    let (sum, overflow) = start.addingReportingOverflow(length)
    guard !overflow, sum == place else {
      throw DataError(path, .damagedZip("its directory is not where its end says"), at: place)
    }
    return (Int(start)..<place, count, place)
  }

  /// Reads an entry of the directory.
  private static func member(_ record: inout Record) throws(DataError) -> Member {
    let place = record.place
    guard try record.next(UInt32.self) == 0x0201_4b50 else {
      throw record.error("an entry of its directory is misplaced", at: place)
    }
    try record.skip(4)
    let (flags, method) = (try record.next(UInt16.self), try record.next(UInt16.self))
    try record.skip(4)
    let checksum = try record.next(UInt32.self)
    var compressedSize = UInt64(try record.next(UInt32.self))
    var size = UInt64(try record.next(UInt32.self))
    let (nameLength, extraLength) = (Int(try record.next(UInt16.self)), Int(try record.next(UInt16.self)))
    let commentLength = Int(try record.next(UInt16.self))
    try record.skip(8)
    var start = UInt64(try record.next(UInt32.self))
    let nameBytes = try record.take(nameLength)
    var extra = Record(try record.take(extraLength), record.path, at: record.place - extraLength)
    try record.skip(commentLength)
    while extra.rest >= 4 {
      let (kind, length) = (try extra.next(UInt16.self), Int(try extra.next(UInt16.self)))
      var field = Record(try extra.take(length), extra.path, at: extra.place - length)
      guard kind == 1 else { continue }
      if size == UInt32.max { size = try field.next(UInt64.self) }
      if compressedSize == UInt32.max { compressedSize = try field.next(UInt64.self) }
      if start == UInt32.max { start = try field.next(UInt64.self) }
    }
    guard let name = String(validating: nameBytes, as: UTF8.self) else {
      throw DataError(record.path, .malformed(found: "a name that is not UTF-8", expected: "one that is"), at: place)
    }
    guard let size = Int(exactly: size), let compressedSize = Int(exactly: compressedSize),
      let start = Int(exactly: start)
    else { throw DataError(record.path, .tooLarge("member \"\(name)\""), at: place) }
    return Member(
      name: name, place: place, flags: flags, method: method, checksum: UInt(checksum), compressedSize: compressedSize,
      size: size, start: start)
  }

  /// Sorts the members, and throws where they share bytes, among themselves or with the directory.
  private mutating func checkOrder(before directory: Int) throws(DataError) {
    members.sort { $0.start < $1.start }
    for index in members.indices {
      let member = members[index]
      let limit = index + 1 < members.count ? members[index + 1].start : directory
      members[index].limit = limit
      guard member.start <= limit, 30 + member.name.utf8.count <= limit - member.start,
        member.compressedSize <= limit - member.start - 30 - member.name.utf8.count
      else {
        throw DataError(file.path, .damagedZip("\"\(member.name)\" runs into what follows it"), at: member.place)
      }
    }
  }

  /// Returns a reader of a member's content.
  func reader(of member: Member) throws(DataError) -> ContentReader {
    func error(_ reason: DataError.Reason) -> DataError { DataError(file.path, reason, at: member.place) }
    guard member.flags & 1 == 0 else { throw error(.malformed(found: "an encrypted member", expected: "an open one")) }
    guard member.method == 0 || member.method == 8 else {
      throw error(.malformed(found: "compression method \(member.method)", expected: "0 (stored) or 8 (deflated)"))
    }
    var local = Record(try Self.bytes(of: file, member.start..<member.start + 30), file.path, at: member.start)
    guard try local.next(UInt32.self) == 0x0403_4b50 else { throw local.error("\"\(member.name)\" is misplaced") }
    try local.skip(22)
    let (nameLength, extraLength) = (Int(try local.next(UInt16.self)), Int(try local.next(UInt16.self)))
    let start = member.start + 30 + nameLength + extraLength
    guard nameLength == member.name.utf8.count, member.compressedSize <= member.limit - start,
      try Self.bytes(of: file, member.start + 30..<member.start + 30 + nameLength).elementsEqual(member.name.utf8)
    else { throw local.error("\"\(member.name)\" is not what the directory says") }
    if member.method == 0 {
      guard member.size == member.compressedSize else { throw error(.damagedZip("\"\(member.name)\" has two sizes")) }
    } else {
      let (possible, overflow) = member.compressedSize.multipliedReportingOverflow(by: ContentReader.maximumExpansion)
      guard overflow || member.size <= possible else {
        throw error(.tooLarge("\(member.size) bytes declared, \(possible) possible in \"\(member.name)\""))
      }
    }
    return ContentReader(file, start..<start + member.compressedSize, isDeflated: member.method == 8)
  }

  /// Throws unless the content of a member has been read to its end and has the checksum of the directory.
  func finish(_ reader: ContentReader, _ member: Member) throws(DataError) {
    try reader.expectEnd()
    guard reader.checksum == member.checksum else {
      throw DataError(file.path, .wrongChecksum(of: "\"\(member.name)\""), at: member.start)
    }
  }
}

/// Bytes with little-endian numbers, read from the front.
private struct Record {
  let path: String
  private let bytes: [UInt8]
  private let start: Int
  private var position = 0

  init(_ bytes: [UInt8], _ path: String, at start: Int) { (self.bytes, self.path, self.start) = (bytes, path, start) }

  var rest: Int { bytes.count - position }
  var isAtEnd: Bool { rest == 0 }

  /// Where in the file the next byte is.
  var place: Int { start + position }

  /// The error of a record; by default where it begins.
  func error(_ cause: String, at place: Int? = nil) -> DataError {
    DataError(path, .damagedZip(cause), at: place ?? start)
  }

  mutating func take(_ count: Int) throws(DataError) -> [UInt8] {
    guard count <= rest else { throw error("a record is cut short", at: place) }
    position += count
    return Array(bytes[position - count..<position])
  }

  mutating func skip(_ count: Int) throws(DataError) { _ = try take(count) }

  mutating func next<T: FixedWidthInteger>(_: T.Type) throws(DataError) -> T {
    try take(T.bitWidth / 8).reversed().reduce(0) { $0 << 8 | T($1) }
  }
}
