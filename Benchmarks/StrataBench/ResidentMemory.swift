import Foundation
import Strata

/// The resident memory of a process that trains `mlp-2048`, compared with the sum that the memory plan predicts.
struct ResidentMemory {
  private let planned: Int
  private let peak: Int

  /// Trains for a few steps on one batch and measures the peak memory of the process, including its code.
  ///
  /// - Throws: An error if the system does not report it, as on systems other than Linux.
  init() throws {
    let model = withSeed(1, perceptron(2048, 2048, 2048, 10))
    var optimizer = Adam(for: model)
    let x = Tensor(normal: [512, 2048])
    let labels = Tensor(labels: (0..<512).map { $0 % 10 })
    let loss = SoftmaxCrossEntropy()
    let plan = try model.memoryPlan(input: x.shape, optimizer: optimizer)
    for _ in 0..<5 {
      let (_, gradients) = model.gradients(at: x) { loss.evaluate($0, labels) }
      try optimizer.update(along: gradients)
    }
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    peak = (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
    planned =
      plan.parameterBytes + plan.statisticBytes + plan.gradientBytes + plan.optimizerBytes
      + plan.strategies[0].cachedBytes
  }

  var line: String {
    func megabytes(_ count: Int) -> String { String(format: "%.1f MB", Double(count) / 1e6) }
    let ratio = String(format: "%.2f", Double(peak) / Double(planned))
    return "Training mlp-2048 took \(megabytes(peak)) of resident memory at most, code included: \(ratio) times the "
      + "\(megabytes(planned)) that its memory plan predicts."
  }
}
