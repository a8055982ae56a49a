import Foundation
import StrataTensor
import Testing

@testable import StrataData

/// An archive of one deflated member, without a checksum.
func zip(_ name: String, deflated: [UInt8], size: Int) -> [UInt8] {
  func little(_ numbers: UInt32...) -> [UInt8] { numbers.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) } }
  // Version and flags, method and time, date and checksum, sizes, lengths of the name and of nothing else.
  let common =
    little(20, 8, 0x21) + [0, 0] + little(UInt32(deflated.count), UInt32(size), UInt32(name.utf8.count))
  let local = little(0x0403_4b50) + common + name.utf8 + deflated
  let central = little(0x0201_4b50) + [20, 0] + common + little(0, 0, 0, 0).dropLast(2) + name.utf8
  return local + central + little(0x0605_4b50, 0, 0x0001_0001, UInt32(central.count), UInt32(local.count)) + [0, 0]
}

@Suite(.seeded) struct `NumPy's archives of arrays` {
  static let tensors: [String: Tensor] = [
    "x": Tensor([1.5, -2, .pi, 0, 5, 6] as [Float], shape: [2, 3]), "deep/größe": Tensor([0.1] as [Double]),
    "": Tensor(labels: [7, 8]), "scalar": Tensor([42] as [Float], shape: []), "none": Tensor(zeros: [0, 4]),
    "many": Tensor((0..<100_000).map { Float($0 % 100) }),
  ]

  @Test(arguments: [false, true]) func `give back what was written`(compressed: Bool) throws {
    try withDirectory { directory in
      let path = directory + "/x.npz"
      try NPZ.write(Self.tensors, to: path, compressed: compressed)
      let read = try NPZ.read(path)
      #expect(read.count == Self.tensors.count)
      for (name, tensor) in Self.tensors { #expect(read[name]?.isIdentical(to: tensor) == true, "\(name)") }
      let size = try contents(of: path).count
      #expect(compressed ? size < 100_000 : size > 400_000)
      #expect(try NPZ.read(path, only: ["", "none"], as: .float64)[""] == Tensor([7, 8] as [Double]))
      try NPZ.write([:], to: path)
      #expect(try NPZ.read(path).isEmpty)
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["x.npz"])
    }
  }

  /// With a lower limit the fields of ZIP64 are written as for gigabytes.
  @Test(arguments: [1, 100, 400, 100_000], [false, true])
  func `may need fields of 8 bytes`(limit: Int, compressed: Bool) throws {
    try withDirectory { directory in
      let file = try OutputFile(replacing: directory + "/x.npz")
      var archive = ZipWriter(file, limit: limit)
      for (name, tensor) in Self.tensors.sorted(by: { $0.key < $1.key }) {
        let body = UnsafeRawBufferPointer(start: tensor.storage.bytes, count: tensor.byteCount)
        try archive.add("\(name).npy", NPYHeader.bytes(for: tensor), body, isDeflated: compressed)
      }
      try archive.finish()
      try file.commit()
      #expect(try NPZ.read(directory + "/x.npz") == Self.tensors)
    }
  }

  @Test func `of large members that are deflated are checked first and then read`() throws {
    let tensor = Tensor(repeating: 3, shape: [5 << 20])
    try withDirectory { directory in
      try NPZ.write(["x": tensor], to: directory + "/x.npz", compressed: true)
      #expect(try NPZ.read(directory + "/x.npz") == ["x": tensor])
    }
  }

  @Test func `may have other members where the arrays are named`() throws {
    try withDirectory { directory in
      let file = try OutputFile(replacing: directory + "/x.npz")
      var archive = ZipWriter(file)
      let none = UnsafeRawBufferPointer(start: nil, count: 0)
      try archive.add("notes.txt", Array("some text".utf8), none, isDeflated: false)
      try archive.add("n.npy", npy("|u1", "(1,)", [9]), none, isDeflated: true)
      try archive.add("s.npy", npy("<U1", "(1,)", [9, 0, 0, 0]), none, isDeflated: true)
      try archive.finish()
      try file.commit()
      let path = directory + "/x.npz"
      #expect(try NPZ.read(path, only: ["n"]) == ["n": Tensor([Int32(9)])])
      func error(_ names: [String]?) -> DataError? {
        #expect(throws: DataError.self) { try NPZ.read(path, only: names) }
      }
      #expect(
        error(nil)?.reason
          == .malformed(found: "member \"notes.txt\"", expected: "arrays, whose names end with .npy"))
      #expect(error(["m"])?.reason == .noSuchName("m"))
      #expect(
        error(["s"])?.reason
          == .malformed(
            found: "elements of type <U1", expected: "integers, floating-point numbers or truth values"))
    }
  }

  @Test func `cannot have a name of 64 KiB`() throws {
    try withDirectory { directory in
      let name = String(repeating: "n", count: 65_532)
      let error = #expect(throws: DataError.self) { try NPZ.write([name: [1]], to: directory + "/x") }
      #expect(
        error?.reason
          == .unwritable(
            "a name that begins with \"nnnnnnnnnnnnnnnnnnnn\" has 65532 bytes, and the limit is 65531"))
      try NPZ.write([String(name.dropLast()): [1]], to: directory + "/x")
      #expect(try NPZ.read(directory + "/x").count == 1)
    }
  }

  @Test(arguments: damages) func `with damage are refused`(_ damage: Damage) throws {
    try damage.expect { path throws(DataError) in try NPZ.read(path) }
  }

  /// The bytes of an archive of two arrays a and b of two numbers each.
  private static func good(compressed: Bool = false, limit: Int = .max) -> [UInt8] {
    do {
      return try withDirectory { directory in
        let file = try OutputFile(replacing: directory + "/x")
        var archive = ZipWriter(file, limit: limit)
        for name in ["a.npy", "b.npy"] {
          let body = Array(repeating: UInt8(7), count: 8)
          try body.withUnsafeBytes {
            try archive.add(name, NPYHeader.bytes(for: Tensor(zeros: [2])), $0, isDeflated: compressed)
          }
        }
        try archive.finish()
        try file.commit()
        return try contents(of: directory + "/x")
      }
    } catch { fatalError("\(error)") }
  }

  static let damages: [Damage] = {
    // Members of 171 bytes, of which 35 are a header, a directory of two times 51, and an end of 22.
    let plain = good()
    let (first, second, end) = (342, 393, 444)
    func edited(_ edits: [Int: [UInt8]], of bytes: [UInt8]) -> [UInt8] {
      var bytes = bytes
      for (place, edit) in edits { bytes.replaceSubrange(place..<place + edit.count, with: edit) }
      return bytes
    }
    func damage(_ what: String, _ edits: [Int: [UInt8]], _ reason: DataError.Reason, at offset: Int?) -> Damage {
      Damage(what, edited(edits, of: plain), reason, at: offset)
    }
    func zip(_ what: String, _ edits: [Int: [UInt8]], _ cause: String, at offset: Int) -> Damage {
      damage(what, edits, .damagedZip(cause), at: offset)
    }
    let missing = DataError.Reason.damagedZip("its directory is missing")
    let other = "\"a.npy\" is not what the directory says"
    let wide = good(limit: 1)
    let wideEnd = wide.count - 22 - 20 - 56
    let deflated = good(compressed: true)
    let directory = deflated.count - 22 - 102
    let size = Int(deflated[directory + 20])
    let second64 = "the second end of it is misplaced"
    return [
      Damage("empty", [], .cutShort(expected: 22, found: 0), at: 0),
      Damage("21 bytes", Array(plain.prefix(21)), .cutShort(expected: 22, found: 21), at: 21),
      Damage(
        "text", Array("a text that is longer than an end".utf8),
        .malformed(found: "other data", expected: "a zip archive (.npz, .pt)"), at: 0),
      Damage(
        "one array", npy("<f4", "(1,)", [0, 0, 0, 0]),
        .malformed(found: "a NumPy array (.npy)", expected: "a zip archive (.npz, .pt)"), at: 0),
      Damage("cut in the middle", Array(plain.prefix(300)), missing, at: 300),
      Damage("one byte short", plain.dropLast(), missing, at: 465),
      Damage("one byte long", plain + [0], missing, at: 467),
      damage(
        "a part", [end + 4: [1]], .malformed(found: "a part of an archive", expected: "a whole one"), at: end),
      damage(
        "a member too few", [end + 10: [3]], .malformed(found: "2 members", expected: "3, as its end says"), at: end),
      zip("a directory too long", [end + 12: [103]], "its directory is not where its end says", at: end),
      zip("a directory elsewhere", [end + 16: [0]], "its directory is not where its end says", at: end),
      zip("another record first", [first: [0]], "an entry of its directory is misplaced", at: first),
      zip("another record second", [second: [0]], "an entry of its directory is misplaced", at: second),
      zip("a name too long", [first + 28: [255]], "a record is cut short", at: first + 46),
      zip("extra fields too long", [first + 30: [200]], "a record is cut short", at: first + 51),
      zip("a comment too long", [first + 32: [200]], "a record is cut short", at: first + 51),
      damage(
        "no UTF-8", [first + 46: [255]], .malformed(found: "a name that is not UTF-8", expected: "one that is"),
        at: first),
      damage(
        "no array", [first + 50: [0x78]],
        .malformed(found: "member \"a.npx\"", expected: "arrays, whose names end with .npy"), at: first),
      damage("a name twice", [second + 46: [0x61]], .duplicateKey("a"), at: second),
      damage(
        "encrypted", [first + 8: [1]], .malformed(found: "an encrypted member", expected: "an open one"), at: first),
      damage(
        "bzip2", [first + 10: [12]],
        .malformed(found: "compression method 12", expected: "0 (stored) or 8 (deflated)"), at: first),
      zip("no local header", [0: [0]], "\"a.npy\" is misplaced", at: 0),
      zip("another local name", [30: [0x7a]], other, at: 0),
      zip("a longer local name", [26: [6]], other, at: 0),
      zip("local extra fields over the next member", [28: [1]], other, at: 0),
      zip("two sizes", [first + 20: [135]], "\"a.npy\" has two sizes", at: first),
      damage(
        "a size too small", [first + 20: [135], first + 24: [135]], .cutShort(expected: 136, found: 135), at: 135),
      zip(
        "a size too large", [first + 20: [137], first + 24: [137]], "\"a.npy\" runs into what follows it", at: first),
      zip("a start inside another", [second + 42: [100]], "\"a.npy\" runs into what follows it", at: first),
      zip("a start behind the end", [first + 42: [0, 2]], "\"a.npy\" runs into what follows it", at: first),
      damage("another number", [165: [8]], .wrongChecksum(of: "\"a.npy\""), at: 0),
      damage("another checksum", [second + 16: [0, 0, 0, 0]], .wrongChecksum(of: "\"b.npy\""), at: 171),
      damage(
        "no array inside", [35: [0x92]],
        .malformed(found: "other data", expected: "NumPy's, which begins with \\x93NUMPY"), at: 0),
      damage(
        "fewer numbers than bytes", [35 + 61: Array("1".utf8)], .excessBytes(expected: 132), at: 132),
      Damage("64 bits: no second end", edited([wideEnd: [0]], of: wide), .damagedZip(second64), at: wideEnd),
      Damage(
        "64 bits: a second end behind its locator", edited([wideEnd + 56 + 8: [255, 255]], of: wide),
        .damagedZip(second64), at: wideEnd + 56),
      Damage(
        "64 bits: a directory of 2^64 bytes",
        edited([wideEnd + 40: [UInt8](repeating: 255, count: 8)], of: wide),
        .damagedZip("its directory is not where its end says"), at: wideEnd),
      Damage(
        "64 bits: fields cut short", edited([wideEnd - 79 + 53: [20]], of: wide),
        .damagedZip("a record is cut short"), at: wideEnd - 79 + 55 + 16),
      Damage(
        "deflated: no block", edited([35: [7]], of: deflated), .damagedZip("invalid block type"), at: 36),
      Damage(
        "deflated: ends too soon", edited([directory + 20: [UInt8(size - 1)]], of: deflated),
        .damagedZip("it ends too soon"), at: 35 + size - 1),
      Damage(
        "deflated: more than is possible", edited([directory + 24: [0, 0, 0, 1]], of: deflated),
        .tooLarge("16777216 bytes declared, \(1032 * size) possible in \"a.npy\""), at: directory),
      Damage(
        "deflated: less than declared", edited([directory + 24: [137]], of: deflated),
        .excessBytes(expected: 136), at: 136),
      Damage(
        "deflated: another checksum", edited([directory + 16: [0, 0, 0, 0]], of: deflated),
        .wrongChecksum(of: "\"a.npy\""), at: 0),
    ]
  }()
}
