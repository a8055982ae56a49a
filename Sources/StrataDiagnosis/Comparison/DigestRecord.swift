import StrataData
import StrataTensor

/// A record of a file of digests.
///
/// A file is the eight bytes of ``magic`` and then records. A record is its kind and the number of its bytes, 8 bits and
/// 56, and the XXH64 of these eight bytes; the bytes; and their XXH64. Numbers are in little endian.
///
/// - `tensor`, a tensor that later records name by its place among those of the file: role, type and rank, a byte each;
///   lengths, of 64 bits; the path in UTF-8
/// - `step`, the digests of a step: its number; of each tensor 32 bits of its place and the seven words of the digest, or
///   the bits of a scalar and zeros
/// - `values`, a whole tensor of a step: the number of the step; 32 bits of the tensor's place; its elements
enum DigestRecord {
  enum Kind: UInt8 {
    case tensor = 1
    case step, values
  }

  static let magic = name + [UInt8(ascii: "2")]

  /// The beginning of the files of any version.
  static let name = Array("STRATAD".utf8)

  /// The bytes of an entry of a step.
  static let entrySize = 4 + 8 * TensorDigest.count

  /// The bytes before a record's own.
  static let headSize = 16

  /// Returns what stands before the bytes of a record.
  static func head(_ kind: Kind, byteCount: Int) -> [UInt8] {
    let word = little(UInt64(kind.rawValue) << 56 | UInt64(byteCount))
    return word + little(word[...].xxh64)
  }

  /// Returns the bytes of a tensor's record.
  static func bytes(of tensor: RunTensor) -> [UInt8] {
    let type = DType.allCases.firstIndex(of: tensor.dtype)!
    return [tensor.role.rawValue, UInt8(type), UInt8(tensor.shape.rank)]
      + tensor.shape.lengths.flatMap { little(UInt64($0)) } + Array(tensor.path.utf8)
  }

  /// Returns the tensor of a record's bytes; nil where they are none.
  static func tensor(of bytes: ArraySlice<UInt8>) -> RunTensor? {
    var rest = bytes
    guard let role = rest.popFirst().flatMap({ RunTensor.Role(rawValue: $0) }),
      let type = rest.popFirst().map(Int.init),
      DType.allCases.indices.contains(type), let rank = rest.popFirst(), rest.count >= 8 * Int(rank)
    else { return nil }
    var lengths: [Int] = []
    for _ in 0..<rank {
      guard let length = Int(exactly: rest.takeNumber(UInt64.self)) else { return nil }
      lengths.append(length)
    }
    guard byteCount(of: lengths, elementSize: DType.allCases[type].byteCount) != nil,
      let path = String(validating: rest, as: UTF8.self)
    else { return nil }
    return RunTensor(role: role, path: path, shape: Shape(lengths), dtype: DType.allCases[type])
  }
}

extension ArraySlice<UInt8> {
  /// Takes a number in little endian from the front, which has its bytes.
  mutating func takeNumber<Number: FixedWidthInteger & UnsignedInteger>(_: Number.Type) -> Number {
    let size = MemoryLayout<Number>.size
    defer { self = dropFirst(size) }
    return Number(littleEndian: withUnsafeBytes { $0.loadUnaligned(as: Number.self) })
  }
}
