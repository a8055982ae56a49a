import Foundation
import Strata

/// What a file of a version holds: every number is the version.
enum Content {
  static func tensors(_ version: Int, count: Int) -> [String: Tensor] {
    ["w": Tensor(repeating: Double(version), shape: [count]), "b": Tensor(labels: [version])]
  }

  /// Saves a version. Planted is what people write first: in place, and without checksums.
  static func save(_ version: Int, count: Int, to path: String, isPlanted: Bool) throws {
    let tensors = tensors(version, count: count)
    guard isPlanted else { return try Safetensors.write(tensors, metadata: ["version": "\(version)"], to: path) }
    let header =
      #"{"__metadata__":{"version":"\#(version)"},"w":{"dtype":"F32","shape":[\#(count)],"data_offsets":[0,\#(4 * count)]},"#
      + #""b":{"dtype":"I32","shape":[1],"data_offsets":[\#(4 * count),\#(4 * count + 4)]}}"#
    var data = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) } + Data(header.utf8)
    tensors["w"]!.withUnsafeElements(as: Float.self) { data.append($0) }
    tensors["b"]!.withUnsafeElements(as: Int32.self) { data.append($0) }
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    data.withUnsafeBytes { bytes in
      for start in stride(from: 0, to: bytes.count, by: 1 << 14) {
        _ = write(file, bytes.baseAddress! + start, min(1 << 14, bytes.count - start))
      }
    }
    close(file)
  }

  /// Returns the version of a file that is whole; throws where it cannot be read.
  static func version(of path: String, count: Int) throws -> Int? {
    let (read, metadata) = (try Safetensors.read(path), try Safetensors.metadata(of: path))
    guard let text = metadata["version"], let version = Int(text), metadata.count == 1,
      read == tensors(version, count: count)
    else { return nil }
    return version
  }
}
