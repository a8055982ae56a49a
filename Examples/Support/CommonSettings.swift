import Foundation
import Strata

/// The settings that all examples share.
public struct CommonSettings: Sendable, Equatable {
  /// The number of training epochs.
  public var epochs: Int

  /// The number of examples per step.
  public var batch: Int

  /// The learning rate.
  public var learningRate: Double

  /// The seed of initial weights and of the order of examples.
  public var seed: UInt64 = 0

  /// The number of threads; nil for one per core.
  public var workers: Int?

  /// Whether to print only the result.
  public var isQuiet = false

  /// Whether to print a JSON object at the end.
  public var printsJSON = false

  /// The directory of the data; nil for the bundled digits.
  public var data: String?

  /// The directory of the run's log; nil for none.
  public var log: String?

  /// The file of the page about the run; nil for none.
  public var report: String?

  /// The file of the digests of each step; nil for none.
  public var digest: String?

  /// The directory of checkpoints; nil for none.
  public var checkpoint: String?

  /// Whether to go on from the last checkpoint.
  public var resumes = false

  /// Creates the default settings of an example.
  public init(epochs: Int, batch: Int, learningRate: Double) {
    self.epochs = epochs
    self.batch = batch
    self.learningRate = learningRate
  }
}

extension CommonSettings {
  /// Where training shows how it goes.
  public var progress: ProgressDisplay { isQuiet ? .silent : .standardError.withCurves() }

  /// Returns the callbacks that the settings ask for.
  ///
  /// - Parameters:
  ///   - name: What one model's files are called by, where an example trains several.
  ///   - examples: What the page about the run looks at the model with.
  ///   - classNames: The names of their classes; by default the indices.
  ///   - pictureShape: Their shape as pictures; by default that of inputs `[N, 1, H, W]` and `[N, 3, H, W]`.
  /// - Throws: `DataError` if the log cannot be written.
  public func callbacks<Inputs: TensorGroup, Labels: TensorGroup>(
    for name: String? = nil, lookingAt examples: some BatchSource<Inputs, Labels> & Sendable, classNames: [String] = [],
    pictureShape: Shape? = nil
  ) throws -> [any Callback] {
    let settings: [String: any Sendable] = [
      "epochs": epochs, "batch": batch, "learning rate": learningRate, "seed": seed, "data": data ?? "bundled",
    ]
    let title = ProcessInfo.processInfo.processName + (name.map { ": \($0)" } ?? "")
    return try (log.map { [try RunLog(directory($0, name), settings: settings)] } ?? [])
      + (report.map {
        [
          RunReport(
            file($0, name), title: title, settings: settings, examples: examples, classNames: classNames,
            pictureShape: pictureShape)
        ]
      } ?? [])
      + (checkpoint.map { [Checkpointer(directory($0, name), everySteps: 20, stopsOnSignals: true)] } ?? [])
      + (digest.map { [RunDigest(file($0, name))] } ?? [])
  }

  /// Goes on from the last checkpoint where the settings ask for it, and returns how many epochs are left.
  public func epochsLeft<Model, Goal, Rule>(
    of trainer: inout Trainer<Model, Goal, Rule>, for name: String? = nil
  ) throws -> Int {
    if resumes, let checkpoint { try trainer.resume(from: directory(checkpoint, name)) }
    return max(0, epochs - trainer.epochsDone)
  }

  /// The path with a name before its extension, in small letters and without spaces.
  private func file(_ path: String, _ name: String?) -> String {
    guard let name else { return path }
    let (stem, type) = ((path as NSString).deletingPathExtension, (path as NSString).pathExtension)
    return stem + "-" + name.lowercased().replacing(" ", with: "-") + (type.isEmpty ? "" : "." + type)
  }

  private func directory(_ path: String, _ name: String?) -> String {
    name.map { (path as NSString).appendingPathComponent($0) } ?? path
  }
}
