import Foundation

/// Two files in the format of MNIST, with random pixels and labels, in a temporary directory with this lifetime.
final class ImageFiles {
  private let directory: URL

  var images: String { directory.appendingPathComponent("images-idx3-ubyte").path }
  var labels: String { directory.appendingPathComponent("labels-idx1-ubyte").path }

  init(count: Int) throws {
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("strata-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    try Self.write([count, 28, 28], to: images) { .random(in: 0...255) }
    try Self.write([count], to: labels) { .random(in: 0..<10) }
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  /// Writes an IDX file of unsigned bytes: type code 8, the lengths of the axes as big-endian integers, the bytes.
  private static func write(_ shape: [Int], to path: String, _ byte: () -> UInt8) throws {
    var data = Data([0, 0, 8, UInt8(shape.count)])
    for length in shape { withUnsafeBytes(of: UInt32(length).bigEndian) { data.append(contentsOf: $0) } }
    data.append(contentsOf: (0..<shape.reduce(1, *)).map { _ in byte() })
    try data.write(to: URL(fileURLWithPath: path))
  }
}
