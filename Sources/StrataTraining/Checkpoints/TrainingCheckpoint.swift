import Foundation
import StrataData
import StrataTensor

/// All that a run needs to go on to the same bits: model, optimizer, random streams, callbacks, history, and the place in
/// the epoch.
///
/// It is a safetensors file, whose names begin with `model.`, `optimizer.` or `callback.TYPE.`, so that other programs can
/// read its tensors; a checksum protects each of them.
public struct TrainingCheckpoint: Sendable {
  /// What it knows beside tensors.
  struct Progress: Codable, Equatable, Sendable {
    var version = 1
    var epochsDone: Int
    /// The steps of the epoch at work, and its figures so far.
    var batchesDone: Int
    var training: Evaluation
    var stepsDone: Int
    var learningRate: Double
    var seed: UInt64
    var isFinished: Bool
    var history: [EpochRecord]
  }

  /// The tensors by name.
  public let tensors: [String: Tensor]

  let progress: Progress

  /// How many epochs are behind the run.
  public var epochsDone: Int { progress.epochsDone }

  /// How many steps of the next epoch are done.
  public var batchesDone: Int { progress.batchesDone }

  /// How many steps the optimizer has made.
  public var stepsDone: Int { progress.stepsDone }

  private static let key = "strata.checkpoint"

  init(_ tensors: [String: Tensor], _ progress: Progress) { (self.tensors, self.progress) = (tensors, progress) }

  /// Reads a checkpoint.
  ///
  /// - Throws: `DataError` where the file is damaged or no checkpoint.
  public init(contentsOf path: String) throws(DataError) {
    tensors = try Safetensors.read(path)
    let metadata = try Safetensors.metadata(of: path)
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    guard let text = metadata[Self.key] else {
      throw DataError(path, .malformed(found: "no \(Self.key) in the metadata", expected: "a checkpoint"))
    }
    do { progress = try decoder.decode(Progress.self, from: Data(text.utf8)) } catch {
      throw DataError(path, .malformed(found: "\(Self.key): \(error)", expected: "the progress of a run"))
    }
    guard progress.version == 1, progress.epochsDone >= 0, progress.batchesDone >= 0 else {
      throw DataError(
        path, .malformed(found: "version \(progress.version)", expected: "1, and counts that are not negative"))
    }
  }

  /// Writes the checkpoint, completely or not at all.
  public func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    try Safetensors.write(
      tensors, metadata: [Self.key: String(decoding: try encoder.encode(progress), as: UTF8.self)], to: path)
  }

  /// Returns the tensors whose names begin with a prefix, without it.
  func tensors(under prefix: String) -> [String: Tensor] {
    var found: [String: Tensor] = [:]
    for (name, tensor) in tensors where name.hasPrefix(prefix) { found[String(name.dropFirst(prefix.count))] = tensor }
    return found
  }
}
