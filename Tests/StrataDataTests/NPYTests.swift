import Foundation
import StrataTensor
import Testing

@testable import StrataData

/// An `.npy` file with this header and body.
func npy(_ text: String, _ body: [UInt8] = [], version: UInt8 = 1) -> [UInt8] {
  let count = text.utf8.count
  let length = version == 1 ? [UInt8(count & 255), UInt8(count >> 8)] : [UInt8(count & 255), UInt8(count >> 8), 0, 0]
  return [0x93] + "NUMPY".utf8 + [version, 0] + length + text.utf8 + body
}

/// A header as NumPy writes it.
func npy(_ descr: String, _ shape: String, _ body: [UInt8], fortran: Bool = false) -> [UInt8] {
  npy("{'descr': '\(descr)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }\n", body)
}

@Suite(.seeded) struct `NumPy's files of one array` {
  @Test(arguments: [
    Tensor([1, -2.5, .nan, .infinity, 0, 6] as [Float], shape: [2, 3]), Tensor([0.1, 1e300] as [Double]),
    Tensor([Int32.max, .min, 7], shape: [1, 3, 1]), Tensor([4] as [Float], shape: []), Tensor(zeros: [0, 4]),
  ])
  func `give back what was written`(_ tensor: Tensor) throws {
    try withDirectory { directory in
      try NPY.write(tensor, to: directory + "/x.npy")
      #expect(try NPY.read(directory + "/x.npy").isIdentical(to: tensor))
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["x.npy"])
    }
  }

  /// The files of the references are NumPy's own.
  @Test(arguments: ["little_f4", "little_f8", "little_i4", "scalar_f8", "empty_f4"])
  func `are written byte for byte as NumPy does`(_ name: String) throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "References/formats/\(name).npy").path
    try withDirectory { directory in
      try NPY.write(NPY.read(path), to: directory + "/x.npy")
      let (written, wanted) = (try contents(of: directory + "/x.npy"), try contents(of: path))
      #expect(written == wanted)
    }
  }

  @Test func `of many axes and long lengths have headers of a multiple of 64 bytes`() throws {
    for shape in [Shape(Array(repeating: 1, count: 40)), [1, 2, 3], [123_456], [0, 123_456_789]] {
      let header = NPYHeader.bytes(for: Tensor(zeros: shape))
      #expect(header.count % 64 == 0 && header.last == 10)
    }
  }

  @Test func `give numbers that do not fit as errors, in either order of axes`() throws {
    // As [[1, 3], [2, 2³¹]] in Fortran's order.
    let body = [1, 2, 3, Int64(1) << 31].flatMap { withUnsafeBytes(of: $0.bigEndian, Array.init) }
    let file = npy(">i8", "(2, 2)", body, fortran: true)
    let start = file.count - 32
    let damage = Damage(
      "2³¹", file, .unrepresentable(element: [1, 1], of: nil, value: "2147483648", in: "int32"), at: start + 24)
    try damage.expect { path throws(DataError) in try NPY.read(path) }
    let other = npy(">i8", "(1, 4)", Array(body.suffix(16) + body.prefix(16)), fortran: true)
    try Damage("", other, .unrepresentable(element: [0, 1], of: nil, value: "2147483648", in: "int32"), at: start + 8)
      .expect { path throws(DataError) in try NPY.read(path) }
    let wide = try withFile(file) { try NPY.read($0, as: .float64) }
    #expect(wide == Tensor([1, 3, 2, 0x1p31] as [Double], shape: [2, 2]))
  }

  @Test(arguments: damages) func `with damage are refused`(_ damage: Damage) throws {
    try damage.expect { path throws(DataError) in try NPY.read(path) }
  }

  static let damages: [Damage] = {
    let good = npy("<f4", "(2,)", [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40])
    let start = good.count - 8
    func malformed(_ what: String, _ bytes: [UInt8], _ found: String, _ expected: String, at offset: Int) -> Damage {
      Damage(what, bytes, .malformed(found: found, expected: expected), at: offset)
    }
    func changed(_ index: Int, _ byte: UInt8) -> [UInt8] {
      var bytes = good
      bytes[index] = byte
      return bytes
    }
    let numbers = "integers, floating-point numbers or truth values"
    let keys = "descr, fortran_order and shape, once each"
    let whole = "one with descr, fortran_order and shape"
    return [
      Damage("empty", [], .cutShort(expected: 10, found: 0), at: 0),
      Damage("cut in the magic", Array(good.prefix(4)), .cutShort(expected: 10, found: 4), at: 4),
      Damage("cut in the length", Array(good.prefix(9)), .cutShort(expected: 10, found: 9), at: 9),
      Damage("cut in the header", Array(good.prefix(30)), .cutShort(expected: start, found: 30), at: 30),
      Damage(
        "cut before the numbers", Array(good.prefix(start)), .cutShort(expected: good.count, found: start), at: start),
      Damage(
        "one byte short", good.dropLast(), .cutShort(expected: good.count, found: good.count - 1), at: good.count - 1),
      Damage("one byte long", good + [0], .excessBytes(expected: good.count), at: good.count),
      Damage("two arrays", good + good, .excessBytes(expected: good.count), at: good.count),
      malformed("other bytes", Array("some text".utf8), "other data", "NumPy's, which begins with \\x93NUMPY", at: 0),
      malformed(
        "an archive", [0x50, 0x4b, 3, 4] + [UInt8](repeating: 0, count: 20),
        "a zip archive (such as NumPy's .npz and PyTorch's .pt)", "a NumPy array (.npy)", at: 0),
      malformed("version 4", changed(6, 4), "version 4.0", "1.0, 2.0 or 3.0", at: 6),
      malformed("version 0", changed(6, 0), "version 0.0", "1.0, 2.0 or 3.0", at: 6),
      malformed("version 1.1", changed(7, 1), "version 1.1", "1.0, 2.0 or 3.0", at: 6),
      Damage(
        "a header of 4 GB", [0x93] + "NUMPY".utf8 + [2, 0, 255, 255, 255, 255],
        .tooLarge("a header of 4294967295 bytes"), at: 8),
      Damage(
        "a header longer than the file", [0x93] + "NUMPY".utf8 + [1, 0, 255, 255] + "{}".utf8,
        .cutShort(expected: 65545, found: 12), at: 12),
      malformed("no header", npy("", version: 3), "the end of the header", "'{'", at: 12),
      malformed("a list", npy("[]"), "'['", "'{'", at: 10),
      malformed("an empty dictionary", npy("{}"), "a header", whole, at: 10),
      malformed("no shape", npy("{'descr': '<f4', 'fortran_order': False}"), "a header", whole, at: 10),
      malformed("an open dictionary", npy("{'descr': '<f4'"), "the end of the header", "'}'", at: 25),
      malformed("a number as key", npy("{1: 2}"), "'1'", "a string", at: 11),
      malformed("another key", npy("{'strides': (4,)}"), "key \"strides\"", keys, at: 11),
      malformed("a key twice", npy("{'descr': '<f4', 'descr': '<f4'}"), "key \"descr\"", keys, at: 27),
      malformed("an open string", npy("{'descr"), "the end of the header", "the end of a string", at: 17),
      malformed("an escape", npy("{'de\\x73cr': 1}"), "'\\'", "the end of a string", at: 14),
      malformed("a number as order", npy("{'fortran_order': 1}"), "'1'", "True or False", at: 28),
      malformed(
        "text after the header", npy("{'descr': '<f4', 'fortran_order': True, 'shape': ()} 7"), "'7'",
        "spaces up to its end", at: 63),
      malformed("strings", npy("<U3", "(1,)", [0]), "elements of type <U3", numbers, at: 20),
      malformed("objects", npy("|O", "(1,)", [0x80, 4]), "elements of type |O", numbers, at: 20),
      malformed("complex numbers", npy("<c8", "(1,)", [0]), "elements of type <c8", numbers, at: 20),
      malformed("long doubles", npy("<f16", "(1,)", [0]), "elements of type <f16", numbers, at: 20),
      malformed("no type", npy("", "(1,)", [0]), "elements of type ", numbers, at: 20),
      malformed(
        "a record", npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }\n"),
        "elements of type struct", numbers, at: 20),
      malformed("a list as shape", npy("<f4", "[2]", []), "'['", "'('", at: 60),
      malformed("a number as shape", npy("<f4", "(2)", []), "')'", "','", at: 62),
      malformed("a negative length", npy("<f4", "(-2,)", []), "'-'", "an integer of 0 to 2⁶³ - 1", at: 61),
      malformed(
        "a length of 2^63", npy("<f4", "(9223372036854775808,)", []), "'9'", "an integer of 0 to 2⁶³ - 1", at: 61),
      malformed("an open shape", npy("{'shape': (2, 3"), "the end of the header", "')'", at: 25),
      malformed(
        "65 axes", npy("<f4", "(" + String(repeating: "1,", count: 65) + ")", []), "'1'", "at most 64 numbers", at: 189),
      Damage(
        "more elements than can be counted", npy("<u1", "(4611686018427387904, 4)", []),
        .tooLarge("shape [4611686018427387904, 4]"), at: 59),
      Damage(
        "a product that wraps to 0", npy("<f8", "(4294967296, 4294967296)", []),
        .tooLarge("shape [4294967296, 4294967296]"), at: 59),
      Damage(
        "uncountable but for a 0", npy("<f4", "(0, 4611686018427387904, 4)", []),
        .tooLarge("shape [0, 4611686018427387904, 4]"), at: 59),
      Damage(
        "an exabyte", npy("<f8", "(36028797018963968,)", []), .cutShort(expected: 288_230_376_151_711_828, found: 84),
        at: 84),
      Damage(
        "a truth value of 3", npy("|b1", "(2,)", [1, 3]),
        .unrepresentable(element: [1], of: nil, value: "3", in: "bool"), at: start + 1),
    ]
  }()
}
