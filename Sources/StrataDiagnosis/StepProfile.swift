import StrataLayers
import StrataTensor

/// Where the time of a training step goes: what ``profile(_:loss:optimizer:at:_:rounds:peaks:)`` returns. Printed, it is a
/// table.
public struct StepProfile: Sendable, Codable {
  /// The time of one layer, or another module that runs no other, in a step; of one that runs others and works itself, such
  /// as a `MultiHeadAttention`, its own.
  public struct Layer: Sendable, Codable {
    /// Its path in the model.
    public let path: String
    /// How it describes itself.
    public let layer: String
    /// How often it runs in a step.
    public let runs: Int
    /// The seconds of its forward passes.
    public let forwardSeconds: Double
    /// The seconds of its backward passes, with what they compute again.
    public let backwardSeconds: Double
    /// The multiplications and additions of its matrix products, convolutions and recurrences, 2 a multiplication.
    public let flops: Double
    /// The bytes that it must read and write at least: inputs, outputs, parameters, and the gradients of all three. 0 of a
    /// module that runs others.
    public let bytes: Double

    /// The seconds of both.
    public var seconds: Double { forwardSeconds + backwardSeconds }

    /// The time that its arithmetic takes at the machine's peak, or its bytes if these take longer, as a part of its time.
    ///
    /// A layer whose tensors stay in the caches can pass 1, for the peak is that of the memory.
    public func share(of peaks: MachinePeaks) -> Double {
      seconds > 0 ? max(flops / peaks.flops, bytes / peaks.bytesPerSecond) / seconds : 0
    }
  }

  /// The layers in the order in which they run.
  public let layers: [Layer]

  /// The seconds of the loss and its gradient.
  public let lossSeconds: Double

  /// The seconds of the optimizer's update.
  public let optimizerSeconds: Double

  /// The seconds of what containers do themselves, such as the sum of a `Residual`, and of handing on between layers.
  public let restSeconds: Double

  /// The seconds of the fastest step without a clock in it. ``totalSeconds`` should be near.
  public let stepSeconds: Double

  /// What the machine can do.
  public let peaks: MachinePeaks

  /// The sum of all parts: the fastest step that was measured layer by layer.
  public var totalSeconds: Double {
    layers.reduce(0) { $0 + $1.seconds } + lossSeconds + optimizerSeconds + restSeconds
  }
}

extension StepProfile: CustomStringConvertible {
  /// A row for each layer, with the bar of its share of the step, and the total.
  public var description: String {
    let total = totalSeconds
    func milliseconds(_ seconds: Double) -> String { fixed(1e3 * seconds, places: 3) }
    func part(_ seconds: Double) -> [String] {
      let part = total > 0 ? seconds / total : 0
      return [percent(part), String(repeating: "█", count: Int((20 * part).rounded()))]
    }
    let rows = layers.map { layer in
      [
        layer.path, layer.layer.count > 30 ? layer.layer.prefix(29) + "…" : layer.layer,
        milliseconds(layer.forwardSeconds), milliseconds(layer.backwardSeconds),
      ] + part(layer.seconds) + [
        layer.flops > 0 ? fixed(layer.flops / max(1e-12, layer.seconds) / 1e9, places: 1) : "",
        layer.bytes > 0 ? fixed(layer.bytes / max(1e-12, layer.seconds) / 1e9, places: 1) : "",
        percent(layer.share(of: peaks)),
      ]
    }
    let others = [("loss", lossSeconds), ("optimizer", optimizerSeconds), ("between layers", restSeconds)].map {
      ["", $0, "", milliseconds($1)] + part($1) + ["", "", ""]
    }
    let last = ["", "step", "", milliseconds(total), "", "", "", "", ""]
    let header = ["", "layer", "forward ms", "backward ms", "of step", "", "GFLOP/s", "GB/s", "of peak"]
    return table([header] + rows + others + [last], rightAligned: [2, 3, 4, 6, 7, 8])
      + "\n\nwithout a clock in it a step takes \(milliseconds(stepSeconds)) ms; the machine's peaks are "
      + "\(fixed(peaks.flops / 1e9, places: 0)) GFLOP/s and \(fixed(peaks.bytesPerSecond / 1e9, places: 1)) GB/s"
  }
}
