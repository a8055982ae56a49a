import StrataTensor

/// A reader of files that `torch.save` has written, `.pt` and `.pth`: named tensors, such as a `state_dict`.
///
/// ```swift
/// try model.load(pytorch: PyTorchFile.read("model.pt"))
/// ```
///
/// Such a file is a Python pickle in a zip archive, a program that may call any function of Python. Here none is called:
/// what is read are strings, numbers, lists and dictionaries, and the tensors in them. A file that needs more, such as one
/// of a whole model, is refused with the name of the function.
public enum PyTorchFile {
  /// The largest pickle that is read; it has no numbers of tensors.
  private static let maximumPickle = 1 << 24

  /// Returns the tensors of a file by name.
  ///
  /// Where dictionaries are in dictionaries, a name is made of all keys, joined by dots: `optimizer.state.0.exp_avg`. What
  /// is no tensor is left out.
  ///
  /// - Parameters:
  ///   - path: The path of the file.
  ///   - key: The key of a dictionary in the file, which alone is read, such as `"model_state_dict"` of a checkpoint; its
  ///     names begin behind it. By default all is read.
  /// - Throws: ``DataError`` if the file is damaged, is of another format or calls for other functions, or if a number does
  ///   not fit the type of its tensor, which is what ``StoredType/dtype`` says of PyTorch's.
  public static func read(_ path: String, under key: String? = nil) throws(DataError) -> [String: Tensor] {
    let file = try InputFile(path)
    let archive = try ZipArchive(file)
    guard let root = archive.members.first(where: { $0.name.hasSuffix("/data.pkl") }) else {
      throw DataError(
        path, .malformed(found: "an archive without data.pkl", expected: "a file of torch.save"), at: 0)
    }
    guard root.size <= maximumPickle else { throw DataError(path, .tooLarge("\(root.name)"), at: root.start) }
    let folder = root.name.dropLast("data.pkl".count)
    let members = Dictionary(archive.members.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    func content(_ member: ZipArchive.Member) throws(DataError) -> [UInt8] {
      let reader = try archive.reader(of: member)
      let bytes = try [UInt8](count: member.size) { buffer throws(DataError) in try reader.fill(buffer, of: member.size)
      }
      try archive.finish(reader, member)
      return bytes
    }
    var isBigEndian = false
    if let order = members[folder + "byteorder"], order.size <= 8 {
      isBigEndian = try content(order).starts(with: "big".utf8)
    }

    var views: [(name: String, view: Pickle.View)] = []
    for (name, view) in try Pickle.views(in: try content(root), path: path) {
      guard let key else {
        views.append((name, view))
        continue
      }
      if name.hasPrefix(key + ".") { views.append((String(name.dropFirst(key.count + 1)), view)) }
    }
    if let key, views.isEmpty {
      throw DataError(path, .malformed(found: "no tensor under \"\(key)\"", expected: "some"), at: root.start)
    }
    let storages = Set(views.map(\.view.storage)).sorted { ($0.key, $0.count) < ($1.key, $1.count) }
    var (layouts, sources) = ([StoredLayout](), [ZipArchive.Member]())
    for storage in storages {
      let name = "\(folder)data/\(storage.key)"
      let (size, overflow) = storage.count.multipliedReportingOverflow(by: storage.type.byteCount)
      // Not deflated, so that no number promises more memory than the file has bytes.
      guard let member = members[name], member.method == 0, !overflow, member.size == size else {
        throw DataError(
          path,
          .malformed(found: members[name].map { "\($0.size) bytes" } ?? "nothing", expected: "\(size) in \(name)"),
          at: members[name]?.place ?? root.start)
      }
      sources.append(member)
      layouts.append(
        StoredLayout(
          path: path, name: storage.key, shape: [storage.count], type: storage.type, start: 0, isBigEndian: isBigEndian)
      )
    }
    for (_, view) in views where !view.isWhole {
      layouts.append(StoredLayout(path: path, shape: Shape(view.lengths), type: view.storage.type, start: 0))
    }
    try file.requireMemory(for: layouts, as: nil)
    let results = parallelMap(storages.count) { index in
      Result { () throws(DataError) in
        let (reader, member) = (try archive.reader(of: sources[index]), sources[index])
        let tensor = try layouts[index].tensor(layouts[index].type.dtype) { bytes, _ throws(DataError) in
          try reader.fill(bytes, of: member.size)
        }
        try archive.finish(reader, member)
        return tensor
      }
    }
    var numbers: [Pickle.Storage: Tensor] = [:]
    for (storage, result) in zip(storages, results) { numbers[storage] = try result.get() }
    var tensors: [String: Tensor] = [:]
    for (name, view) in views {
      guard tensors.updateValue(view.tensor(of: numbers[view.storage]!), forKey: name) == nil else {
        throw DataError(path, .duplicateKey(name), at: root.start)
      }
    }
    return tensors
  }
}

extension Pickle.View {
  /// Whether the elements are all numbers of the storage, in their order.
  fileprivate var isWhole: Bool {
    let shape = Shape(lengths)
    return offset == 0 && shape.count == storage.count
      && zip(lengths, zip(strides, Layout(shape).strides)).allSatisfy { $0 == 1 || $1.0 == $1.1 }
  }

  /// Returns the elements, which share memory with the numbers where they are all of them.
  fileprivate func tensor(of numbers: Tensor) -> Tensor {
    if isWhole { return numbers.reshaped(to: Shape(lengths)) }
    var layout = Layout(Shape(lengths))
    (layout.offset, layout.strides) = (offset, strides)
    return Tensor(copying: numbers, layout)
  }
}
