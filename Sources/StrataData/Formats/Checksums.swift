import CStrataKernels
import StrataTensor

/// The checksums of a safetensors file: a string of its metadata, which other readers ignore.
///
/// The string is ``key`` and then numbers in hexadecimal: the XXH64 of the metadata, and of each tensor in the order of
/// their bytes, seeded with the XXH64 of its name, type and shape.
enum Checksums {
  /// The name of the string, with which it begins too: either is found where a bit of the other is not right.
  static let key = "strata.xxh64"

  static func text(_ checksums: [UInt64]) -> String {
    ([key] + checksums.map { hexadecimal($0) }).joined(separator: " ")
  }

  static func hexadecimal(_ checksum: UInt64) -> String {
    let digits = String(checksum, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Returns the checksum of the metadata, which has no checksums itself.
  static func of(_ metadata: [String: String]) -> UInt64 {
    of(metadata.sorted { $0.key < $1.key }.map { "\($0.key.utf8.count) \($0.key)\($0.value)" }.joined(separator: " "))
  }

  /// Returns the checksum of a tensor.
  static func of(_ tensor: Tensor, named name: String) -> UInt64 {
    var checksum = start(name, StoredType(tensor.dtype), tensor.shape)
    return strata_hash_add(&checksum, tensor.storage.bytes, tensor.byteCount)
  }

  /// Returns the checksum of a tensor before its bytes.
  static func start(_ name: String, _ type: StoredType, _ shape: Shape) -> strata_hash {
    strata_hash_start(of("\(name) \(type.safetensorsName) \(shape)"))
  }

  static func mismatch(_ path: String, of what: String, at offset: Int) -> DataError {
    DataError(
      path, .wrongChecksum(of: what), at: offset,
      advice: "restore the file from a copy, or, if another program has changed it, remove \(key) from its metadata")
  }

  private static func of(_ text: String) -> UInt64 { Array(text.utf8)[...].xxh64 }
}

extension ArraySlice<UInt8> {
  /// The XXH64 of the bytes.
  package var xxh64: UInt64 {
    var hash = strata_hash_start(0)
    return withUnsafeBytes { strata_hash_add(&hash, $0.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!, $0.count) }
  }
}
