import StrataImages

/// The bytes of a PNG file, whose checksums are made right first. What is read of it is written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = UnsafeRawBufferPointer(start: bytes, count: count)
  correctingChecksums(Array(bytes)).withUnsafeBytes {
    withFile($0) { path in
      guard let image = try? Image(path, pixelLimit: 1 << 18) else { return }
      do {
        try image.write(png: path)
        let again = try Image(path)
        precondition(again == image)
      } catch {
        fatalError("\(error)")
      }
      _ = image.converted(channels: 1, alpha: .composited(onto: 0.5)).tensor().resized(to: [3, 5], fit: .cropped)
    }
  }
  plantedFault(bytes, behind: "PN!")
  return 0
}

/// The file with the right checksum behind each chunk that is whole.
private func correctingChecksums(_ file: [UInt8]) -> [UInt8] {
  var (file, place) = (file, 8)
  while place + 12 <= file.count {
    let length = file[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
    let end = place + 12 + length
    guard end <= file.count else { break }
    let sum = checksum(Array(file[place + 4..<end - 4]))
    for index in 0..<4 { file[end - 4 + index] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * UInt32(index))) }
    place = end
  }
  return file
}
