import CZlib
import StrataTensor

/// A reader and writer of NumPy's archives of named arrays, `.npz`: a zip archive with an `.npy` file for each.
///
/// ```swift
/// try NPZ.write(["x": inputs, "y": labels], to: "data.npz")        // numpy.load("data.npz")["x"]
/// let arrays = try NPZ.read("data.npz")
/// ```
public enum NPZ {
  /// Returns the arrays of a file by name, as `numpy.savez` and `numpy.savez_compressed` write them.
  ///
  /// - Parameters:
  ///   - path: The path of the file.
  ///   - names: The arrays to read, the bytes of the others being left alone; nil for all.
  ///   - dtype: The type of all tensors; by default what ``StoredType/dtype`` says of each array's.
  /// - Throws: ``DataError`` as ``NPY/read(_:as:)`` does, or where the archive or a member is damaged, of which the CRC-32
  ///   is compared.
  public static func read(
    _ path: String, only names: [String]? = nil, as dtype: DType? = nil
  ) throws(DataError) -> [String: Tensor] {
    let file = try InputFile(path)
    let archive = try ZipArchive(file)
    var members: [String: ZipArchive.Member] = [:]
    for member in archive.members {
      let isArray = member.name.hasSuffix(".npy")
      guard isArray || names != nil else {
        throw DataError(
          path, .malformed(found: "member \"\(member.name)\"", expected: "arrays, whose names end with .npy"),
          at: member.place, advice: "give the names of the arrays to read")
      }
      let name = isArray ? String(member.name.dropLast(4)) : member.name
      guard members.updateValue(member, forKey: name) == nil else {
        throw DataError(path, .duplicateKey(name), at: member.place)
      }
    }
    let chosen = names ?? Array(members.keys)
    if let missing = chosen.first(where: { members[$0] == nil }) {
      throw DataError.noSuchName(path, missing, among: Array(members.keys))
    }
    let wanted = Set(chosen).map { ($0, members[$0]!) }.sorted { $0.1.start < $1.1.start }
    var layouts: [StoredLayout] = []
    for (name, member) in wanted { layouts.append(try layout(of: member, name, archive)) }
    try file.requireMemory(for: layouts, as: dtype)
    let results = parallelMap(wanted.count) { index in
      Result { () throws(DataError) in
        let reader = try archive.reader(of: wanted[index].1)
        let layout = layouts[index]
        try reader.skip(to: layout.start, of: wanted[index].1.size)
        let tensor = try layout.tensor(dtype ?? layout.type.dtype) { bytes, _ throws(DataError) in
          try reader.fill(bytes, of: wanted[index].1.size)
        }
        try archive.finish(reader, wanted[index].1)
        return tensor
      }
    }
    var tensors: [String: Tensor] = [:]
    for ((name, _), result) in zip(wanted, results) { tensors[name] = try result.get() }
    return tensors
  }

  /// Reads the header of an array. A large member that is deflated is read to its end, so that no memory is allocated for
  /// one that ends too soon.
  private static func layout(
    of member: ZipArchive.Member, _ name: String, _ archive: ZipArchive
  ) throws(DataError) -> StoredLayout {
    let reader = try archive.reader(of: member)
    let layout = try NPYHeader.read(archive.path, name: name, of: member.size) { bytes, _ throws(DataError) in
      try reader.fill(bytes, of: member.size)
    }
    if member.method != 0, member.size > ContentReader.uncheckedLimit {
      try reader.skip(to: member.size, of: member.size)
      try archive.finish(reader, member)
    }
    return layout
  }

  /// Writes tensors to a file.
  ///
  /// The file is written completely or not at all: see ``Safetensors/write(_:metadata:to:)``. The same tensors make the
  /// same bytes.
  ///
  /// - Parameters:
  ///   - tensors: The tensors by name.
  ///   - path: The path of the file, which may exist.
  ///   - compressed: Whether to deflate, as `numpy.savez_compressed` does. One compressed tensor at a time is in memory.
  /// - Throws: ``DataError`` with the reason `unwritable`; an existing file is then unchanged.
  public static func write(
    _ tensors: [String: Tensor], to path: String, compressed: Bool = false
  ) throws(DataError) {
    let longest = ZipWriter.maximumNameByteCount - 4
    if let name = tensors.keys.first(where: { $0.utf8.count > longest }) {
      let limit = "has \(name.utf8.count) bytes, and the limit is \(longest)"
      throw DataError(path, .unwritable("a name that begins with \(quoted(String(name.prefix(20)))) \(limit)"))
    }
    let file = try OutputFile(replacing: path)
    var archive = ZipWriter(file)
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      let header = NPYHeader.bytes(for: tensor)
      let body = UnsafeRawBufferPointer(start: tensor.storage.bytes, count: tensor.byteCount)
      try archive.add("\(name).npy", header, body, isDeflated: compressed)
    }
    try archive.finish()
    try file.commit()
  }
}
