import StrataData

/// The pickle of a file of `torch.save`, in an archive that is right, with 64 bytes of numbers.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let pickle = UnsafeRawBufferPointer(start: bytes, count: count)
  let file = archive([("x/data.pkl", Array(pickle)), ("x/data/0", (0..<64).map { UInt8($0) })])
  file.withUnsafeBytes { withFile($0) { path in _ = try? PyTorchFile.read(path) } }
  plantedFault(pickle, behind: "PT!")
  return 0
}

/// A zip archive of these files, not compressed.
private func archive(_ files: [(name: String, content: [UInt8])]) -> [UInt8] {
  func number(_ value: UInt32, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  var (body, directory) = ([UInt8](), [UInt8]())
  for (name, content) in files {
    let (size, length) = (number(UInt32(content.count), 4), number(UInt32(name.utf8.count), 4))
    // Version, flags, method, time and date; the checksum; both sizes; the lengths of the name and of what follows it.
    let fields = number(10, 2) + number(0, 8) + number(checksum(content), 4) + size + size + length
    directory += number(0x0201_4b50, 4) + number(10, 2) + fields + number(0, 10)
    directory += number(UInt32(body.count), 4) + name.utf8
    body += number(0x0403_4b50, 4) + fields + name.utf8 + content
  }
  let counts = number(UInt32(files.count), 2) + number(UInt32(files.count), 2)
  return body + directory + number(0x0605_4b50, 4) + number(0, 4) + counts + number(UInt32(directory.count), 4)
    + number(UInt32(body.count), 4) + number(0, 2)
}
