import StrataTensor

/// A reader and writer of files in the safetensors format: named tensors, without code.
///
/// Eight bytes with the length of a JSON header, the header, then the tensors' bytes, all little-endian. The format is
/// described at <https://github.com/huggingface/safetensors>.
///
/// ```swift
/// try Safetensors.write(["0.weight": weight, "0.bias": bias], to: "model.safetensors")
/// let tensors = try Safetensors.read("model.safetensors")
/// ```
public enum Safetensors {
  /// Returns the tensors of a file by name, of types F32, F64 and I32.
  ///
  /// - Throws: ``DataError`` if the file is damaged. Tensors must follow one another without holes or overlaps and fill
  ///   the file, and keys must be unique; all of that is checked before tensors are read. In a file that Strata wrote,
  ///   each tensor is compared with its checksum.
  public static func read(_ path: String) throws(DataError) -> [String: Tensor] {
    let file = try InputFile(path)
    let header = try SafetensorsHeader(file)
    try file.requireMemory(for: file.size)
    let results = parallelMap(header.entries.count) { index in
      Result { () throws(DataError) in try read(header.entries[index], header, file) }
    }
    var tensors: [String: Tensor] = [:]
    for (entry, result) in zip(header.entries, results) {
      guard tensors.updateValue(try result.get(), forKey: header.name(of: entry)) == nil else {
        throw header.error(at: entry) { .duplicateKey($0) }  // equal in Unicode but not in bytes
      }
    }
    return tensors
  }

  /// Reads a tensor and compares it with its checksum.
  private static func read(
    _ entry: SafetensorsHeader.Entry, _ header: SafetensorsHeader, _ file: InputFile
  ) throws(DataError) -> Tensor {
    let tensor = Tensor(uninitialized: try header.shape(of: entry), dtype: entry.dtype)
    let begin = header.dataStart + entry.extent.lowerBound
    let checksum = try Checksums.of(tensor, named: header.name(of: entry)) { bytes, offset throws(DataError) in
      try file.fill(bytes, at: begin + offset)
    }
    guard entry.checksum.map({ $0 == Checksums.hexadecimal(checksum) }) ?? true else {
      throw Checksums.mismatch(file.path, of: "tensor \(quoted(header.excerpt(entry)))", at: begin)
    }
    return tensor
  }

  /// Returns the metadata of a file: strings by name.
  ///
  /// - Throws: ``DataError`` if the header is damaged.
  public static func metadata(of path: String) throws(DataError) -> [String: String] {
    try SafetensorsHeader(InputFile(path)).metadata
  }

  /// Writes tensors and metadata to a file.
  ///
  /// The file is written completely or not at all: it is written beside `path`, synced, and then replaces an existing
  /// file, whose permissions it keeps. What a save that was killed has left there is removed. A checksum of each tensor
  /// stands in the metadata as `strata.xxh64`.
  ///
  /// - Parameters:
  ///   - tensors: The tensors by name. `__metadata__` is not a name.
  ///   - metadata: Strings by name. None begins with `strata.xxh64`.
  ///   - path: The path of the file, which may exist; it means what it means to the system, with links followed.
  /// - Throws: ``DataError`` with the reason `unwritable`, also where ``read(_:)`` would refuse the file; an existing file
  ///   is then unchanged.
  public static func write(
    _ tensors: [String: Tensor], metadata: [String: String] = [:], to path: String
  ) throws(DataError) {
    require(tensors["__metadata__"] == nil, "Safetensors.write: no tensor can be named __metadata__")
    require(
      !metadata.contains { $0.hasPrefix(Checksums.key) || $1.hasPrefix(Checksums.key) },
      "Safetensors.write: \(Checksums.key) is the name of the file's checksums; give the metadata another")
    try SafetensorsHeader.requireWithinLimits(tensors, path)
    // Wide elements first, which keeps every tensor aligned.
    let sorted = tensors.sorted { a, b in
      (b.value.dtype.byteCount, a.key) < (a.value.dtype.byteCount, b.key)
    }
    let checksums = parallelMap(sorted.count) { Checksums.of(sorted[$0].value, named: sorted[$0].key) { _, _ in } }
    let header = Self.header(
      sorted, metadata.merging([Checksums.key: Checksums.text([Checksums.of(metadata)] + checksums)]) { $1 })
    try SafetensorsHeader.requireReadable(header, sorted.reduce(0) { $0 + $1.value.byteCount }, path)
    let file = try OutputFile(replacing: path)
    try file.append(withUnsafeBytes(of: UInt64(header.count).littleEndian, Array.init))
    try file.append(header)
    for (_, tensor) in sorted {
      try file.append(UnsafeRawBufferPointer(start: tensor.storage.bytes, count: tensor.byteCount))
    }
    try file.commit()
  }

  private static func header(_ tensors: [(key: String, value: Tensor)], _ metadata: [String: String])
    -> [UInt8]
  {
    var members: [String] = []
    let strings = metadata.sorted { $0.key < $1.key }.map { quoted($0.key) + ":" + quoted($0.value) }
    members.append(#""__metadata__":{"# + strings.joined(separator: ",") + "}")
    var begin = 0
    for (name, tensor) in tensors {
      let end = begin + tensor.byteCount
      members.append(
        #"\#(quoted(name)):{"dtype":"\#(tensor.dtype.safetensorsName)","shape":\#(tensor.shape),"data_offsets":[\#(begin), \#(end)]}"#
      )
      begin = end
    }
    let header = "{" + members.joined(separator: ",") + "}"
    return Array(header.utf8) + Array(repeating: UInt8(ascii: " "), count: -header.utf8.count & 7)
  }
}

extension DType {
  /// The name that the format has for the type.
  var safetensorsName: String {
    switch self {
    case .float32: "F32"
    case .float64: "F64"
    case .int32: "I32"
    }
  }
}

/// Returns the string in JSON notation.
func quoted(_ string: String) -> String {
  var result = "\""
  for scalar in string.unicodeScalars {
    switch scalar {
    case "\"", "\\": result += "\\\(scalar)"
    case "\0"..<" ": result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
