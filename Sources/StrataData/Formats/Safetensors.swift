import CStrataKernels
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
  /// Returns the tensors of a file by name.
  ///
  /// All types of the format but those of 8 bits and fewer are read: see ``StoredType`` for what becomes of the types
  /// that tensors do not have. Of a file with other types the rest can be read by name.
  ///
  /// - Parameters:
  ///   - path: The path of the file.
  ///   - names: The tensors to read, the bytes of the others being left alone; nil for all.
  ///   - dtype: The type of all tensors; nil for that of each.
  /// - Throws: ``DataError`` if the file is damaged. Tensors must follow one another without holes or overlaps and fill
  ///   the file, and keys must be unique; all of that is checked before tensors are read. In a file that Strata wrote,
  ///   each tensor is compared with its checksum.
  public static func read(
    _ path: String, only names: [String]? = nil, as dtype: DType? = nil
  ) throws(DataError) -> [String: Tensor] {
    let file = try InputFile(path)
    let header = try SafetensorsHeader(file)
    let entries = try header.entries(named: names)
    let layouts = try entries.map { entry throws(DataError) in try header.layout(of: entry) }
    try file.requireMemory(for: layouts, as: dtype)
    let results = parallelMap(entries.count) { index in
      Result { () throws(DataError) in try read(entries[index], layouts[index], as: dtype, header, file) }
    }
    var tensors: [String: Tensor] = [:]
    for (entry, result) in zip(entries, results) {
      guard tensors.updateValue(try result.get(), forKey: header.name(of: entry)) == nil else {
        throw header.error(at: entry) { .duplicateKey($0) }  // equal in Unicode but not in bytes
      }
    }
    return tensors
  }

  /// Reads a tensor and compares it with its checksum.
  private static func read(
    _ entry: SafetensorsHeader.Entry, _ layout: StoredLayout, as dtype: DType?, _ header: SafetensorsHeader,
    _ file: InputFile
  ) throws(DataError) -> Tensor {
    var hash = Checksums.start(header.name(of: entry), layout.type, layout.shape)
    var sum = strata_hash_add(&hash, [UInt8](), 0)
    let tensor = try layout.tensor(
      dtype ?? layout.type.dtype,
      filledBy: { bytes, offset throws(DataError) in try file.fill(bytes, at: offset) },
      look: { if entry.checksum != nil { sum = strata_hash_add(&hash, $0.baseAddress!, $0.count) } })
    guard entry.checksum.map({ $0 == Checksums.hexadecimal(sum) }) ?? true else {
      throw Checksums.mismatch(file.path, of: "tensor \(quoted(header.excerpt(entry)))", at: layout.start)
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
  /// - Throws: ``DataError`` with the reason `unwritable`, also where ``read(_:only:as:)`` would refuse the file; an
  ///   existing file is then unchanged.
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
    let checksums = parallelMap(sorted.count) { Checksums.of(sorted[$0].value, named: sorted[$0].key) }
    let header = Self.header(
      sorted, metadata.merging([Checksums.key: Checksums.text([Checksums.of(metadata)] + checksums)]) { $1 })
    try SafetensorsHeader.requireReadable(header, sorted.reduce(0) { $0 + $1.value.byteCount }, path)
    let file = try OutputFile(replacing: path)
    try file.append(little(UInt64(header.count)))
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
        #"\#(quoted(name)):{"dtype":"\#(StoredType(tensor.dtype).safetensorsName)","shape":\#(tensor.shape),"data_offsets":[\#(begin), \#(end)]}"#
      )
      begin = end
    }
    let header = "{" + members.joined(separator: ",") + "}"
    return Array(header.utf8) + Array(repeating: UInt8(ascii: " "), count: -header.utf8.count & 7)
  }
}

extension StoredType {
  /// The name that the format has for the type.
  var safetensorsName: String {
    switch self {
    case .bool: "BOOL"
    case .uint8: "U8"
    case .int8: "I8"
    case .uint16: "U16"
    case .int16: "I16"
    case .uint32: "U32"
    case .int32: "I32"
    case .uint64: "U64"
    case .int64: "I64"
    case .float16: "F16"
    case .bfloat16: "BF16"
    case .float32: "F32"
    case .float64: "F64"
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
