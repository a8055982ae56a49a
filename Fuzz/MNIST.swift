import Foundation
import StrataData

/// The four files of a data set of images: of the training images, then the training labels, by the length that the
/// first two bytes say; the test set is the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = UnsafeRawBufferPointer(start: bytes, count: count)
  guard count >= 2 else { return 0 }
  let rest = bytes.dropFirst(2)
  let length = min(rest.count, Int(bytes[0]) << 8 | Int(bytes[1]))
  let parts = ["images-idx3": rest.prefix(length), "labels-idx1": rest.dropFirst(length)]
  mkdir(directory, 0o700)
  for (name, part) in parts {
    for set in ["train", "t10k"] {
      guard let file = fopen("\(directory)/\(set)-\(name)-ubyte", "w") else { fatalError("no file in \(directory)") }
      fwrite(UnsafeRawBufferPointer(rebasing: part).baseAddress, 1, part.count, file)
      fclose(file)
    }
  }
  if let (train, test) = try? Dataset.mnist(in: directory) { precondition(train.count == test.count) }
  plantedFault(UnsafeRawBufferPointer(rebasing: rest), behind: "\u{0}\u{0}\u{8}")
  return 0
}

private let directory = "/dev/shm/strata-fuzz-\(getpid())-mnist"
