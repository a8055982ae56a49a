import Foundation
import StrataData
import StrataTensor

/// A file that TensorBoard shows: numbers, histograms, images and text by step.
///
/// ```swift
/// let events = try EventFile(in: "runs/lstm")
/// try events.add(scalar: loss, "loss/mine", step: step)
/// // tensorboard --logdir runs
/// ```
///
/// A file is a row of records, each with its length and checksums (CRC-32C, masked), that hold `Event` messages of
/// TensorFlow's `event.proto`. Every record is handed to the system as it is added, so that a killed run keeps them.
public struct EventFile: Sendable {
  private let file: LogFile

  /// Makes a new file in a directory, which is made too.
  public init(in directory: String) throws {
    let (time, id) = (Int(Date.now.timeIntervalSince1970), UInt32.random(in: 0 ... .max))
    file = try LogFile(
      appendingTo: (directory as NSString).appendingPathComponent(
        "events.out.tfevents.\(time).\(ProcessInfo.processInfo.hostName).\(getpid()).\(id)"))
    try add(step: 0) { $0.add(3, "brain.Event:2") }
  }

  /// Adds a number.
  public func add(scalar: Double, _ tag: String, step: Int) throws {
    try add(tag, step: step) { $0.add(2, Float(scalar)) }
  }

  /// Adds the distribution of a tensor's elements, in bins that grow by a tenth; those that are not finite are left out.
  public func add(histogram tensor: Tensor, _ tag: String, step: Int) throws {
    let elements = tensor.elements(as: Double.self).filter(\.isFinite)
    guard let least = elements.min(), let most = elements.max() else { return }
    // The upper ends of the bins that there are, by the index of a bin: 0 for what is near 0, k for ±10⁻¹² · 1.1ᵏ.
    var counts: [Int: Double] = [:]
    for element in elements {
      let bin = abs(element) < 1e-12 ? 0 : 1 + Int((log(abs(element) / 1e-12) / log(1.1)).rounded(.down))
      counts[element < 0 ? -bin : bin, default: 0] += 1
    }
    func upperEnd(_ bin: Int) -> Double {
      bin > 0 ? 1e-12 * pow(1.1, Double(bin)) : bin == 0 ? 1e-12 : -1e-12 * pow(1.1, Double(-bin - 1))
    }
    var (limits, heights, last): ([Double], [Double], Int?) = ([], [], nil)
    for (bin, count) in counts.sorted(by: { $0.key < $1.key }) {
      // A bin begins where the one before it ends, so an empty one stands in each gap.
      if last != bin - 1 {
        limits.append(upperEnd(bin - 1))
        heights.append(0)
      }
      limits.append(upperEnd(bin))
      heights.append(count)
      last = bin
    }
    var histogram = Protobuf()
    histogram.add(1, least)
    histogram.add(2, most)
    histogram.add(3, Double(elements.count))
    histogram.add(4, elements.reduce(0, +))
    histogram.add(5, elements.reduce(0) { $0 + $1 * $1 })
    histogram.add(6, limits)
    histogram.add(7, heights)
    try add(tag, step: step) { $0.add(5, histogram) }
  }

  /// Adds an image `[H, W]`, `[1, H, W]` or `[3, H, W]` of values from 0 to 1.
  public func add(image: Tensor, _ tag: String, step: Int) throws {
    let shape = image.shape.lengths
    require(
      image.count > 0 && (shape.count == 2 || shape.count == 3 && (shape[0] == 1 || shape[0] == 3)),
      "EventFile: an image has the shape [H, W], [1, H, W] or [3, H, W], not \(image.shape)")
    var picture = Protobuf()
    picture.add(1, integer: shape[shape.count - 2])
    picture.add(2, integer: shape[shape.count - 1])
    picture.add(3, integer: shape.count == 3 ? shape[0] : 1)
    picture.add(4, PNG.encoded(image))
    try add(tag, step: step) { $0.add(4, picture) }
  }

  /// Adds text, which TensorBoard shows as Markdown.
  public func add(text: String, _ tag: String, step: Int) throws {
    var plugin = Protobuf()
    plugin.add(1, "text")
    var metadata = Protobuf()
    metadata.add(1, plugin)
    metadata.add(4, integer: 2)  // DATA_CLASS_TENSOR
    var length = Protobuf()
    length.add(1, integer: 1)
    var shape = Protobuf()
    shape.add(2, length)
    var tensor = Protobuf()
    tensor.add(1, integer: 7)  // DT_STRING
    tensor.add(2, shape)
    tensor.add(8, text)
    try add(tag, step: step) {
      $0.add(9, metadata)
      $0.add(8, tensor)
    }
  }

  /// Adds a value of a summary under a tag.
  private func add(_ tag: String, step: Int, _ content: (inout Protobuf) -> Void) throws {
    var value = Protobuf()
    value.add(1, tag)
    content(&value)
    var summary = Protobuf()
    summary.add(1, value)
    try add(step: step) { $0.add(5, summary) }
  }

  /// Adds a record with an event.
  private func add(step: Int, _ content: (inout Protobuf) -> Void) throws {
    var event = Protobuf()
    event.add(1, Date.now.timeIntervalSince1970)
    event.add(2, integer: step)
    content(&event)
    let length = little(UInt64(event.bytes.count))
    try file.append(length + checksum(length) + event.bytes + checksum(event.bytes))
  }

  /// The masked checksum of a record's part: CRC-32C turned right by 15 bits, plus a constant.
  private func checksum(_ bytes: [UInt8]) -> [UInt8] {
    let crc = CRC32C.checksum(of: bytes)
    return little((crc >> 15 | crc << 17) &+ 0xa282_ead8)
  }
}
