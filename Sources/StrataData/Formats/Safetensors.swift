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
  ///   the file, and keys must be unique; all of that is checked before tensors are read.
  public static func read(_ path: String) throws(DataError) -> [String: Tensor] {
    let file = try InputFile(path)
    let header = try SafetensorsHeader(file)
    try file.requireMemory(for: file.size)
    var tensors: [String: Tensor] = [:]
    for entry in header.entries {
      let tensor = Tensor(uninitialized: try header.shape(of: entry), dtype: entry.dtype)
      let bytes = UnsafeMutableRawBufferPointer(start: tensor.storage.bytes, count: tensor.byteCount)
      try file.fill(bytes, at: header.dataStart + entry.extent.lowerBound)
      guard tensors.updateValue(tensor, forKey: header.name(of: entry)) == nil else {
        throw header.error(at: entry) { .duplicateKey($0) }  // equal in Unicode but not in bytes
      }
    }
    return tensors
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
  /// file, whose permissions it keeps.
  ///
  /// - Parameters:
  ///   - tensors: The tensors by name. `__metadata__` is not a name.
  ///   - metadata: Strings by name.
  ///   - path: The path of the file, which may exist.
  /// - Throws: ``DataError`` with the reason `unwritable`; an existing file is then unchanged.
  public static func write(
    _ tensors: [String: Tensor], metadata: [String: String] = [:], to path: String
  ) throws(DataError) {
    require(tensors["__metadata__"] == nil, "Safetensors.write: no tensor can be named __metadata__")
    // Wide elements first, which keeps every tensor aligned.
    let sorted = tensors.sorted { a, b in
      (b.value.dtype.byteCount, a.key) < (a.value.dtype.byteCount, b.key)
    }
    let file = try OutputFile(replacing: path)
    let header = Self.header(sorted, metadata)
    try file.append(withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init))
    try file.append(Array(header.utf8))
    for (_, tensor) in sorted {
      try file.append(UnsafeRawBufferPointer(start: tensor.storage.bytes, count: tensor.byteCount))
    }
    try file.commit()
  }

  private static func header(_ tensors: [(key: String, value: Tensor)], _ metadata: [String: String])
    -> String
  {
    var members: [String] = []
    if !metadata.isEmpty {
      let strings = metadata.sorted { $0.key < $1.key }.map { quoted($0.key) + ":" + quoted($0.value) }
      members.append(#""__metadata__":{"# + strings.joined(separator: ",") + "}")
    }
    var begin = 0
    for (name, tensor) in tensors {
      let end = begin + tensor.byteCount
      members.append(
        #"\#(quoted(name)):{"dtype":"\#(tensor.dtype.safetensorsName)","shape":\#(tensor.shape),"data_offsets":[\#(begin), \#(end)]}"#
      )
      begin = end
    }
    let header = "{" + members.joined(separator: ",") + "}"
    return header + String(repeating: " ", count: -header.utf8.count & 7)
  }

  /// Returns the string in JSON notation.
  private static func quoted(_ string: String) -> String {
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
