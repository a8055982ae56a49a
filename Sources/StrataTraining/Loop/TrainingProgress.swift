import StrataLayers
import StrataTensor

/// Where a training run stands, and the line of text that says so.
public struct TrainingProgress: Sendable {
  /// The epoch at work, from 1, and the last one.
  public var epoch: (number: Int, last: Int)

  /// How many batches of the epoch are done, and how many there are, where that is known.
  public var batches: (done: Int, all: Int?)

  /// Loss and accuracy on the epoch's training examples so far.
  public var training: Evaluation

  /// The last evaluation on validation examples, where there was one.
  public var validation: Evaluation?

  /// What callbacks measured, by name.
  public var metrics: [String: Double] = [:]

  /// The step size.
  public var learningRate: Double?

  /// Training examples a second in this epoch.
  public var examplesPerSecond: Double

  /// An estimate of what is left of the whole run, where there is something to judge by.
  public var secondsLeft: Double?

  /// One line. As many parts are left out at its end as make it fit `width` columns.
  public func line(width: Int = .max) -> String {
    var line = ""
    for part in parts {
      let longer = line.isEmpty ? part : line + "  " + part
      if longer.count > width { break }
      line = longer
    }
    return line
  }

  private var parts: [String] {
    let digits = "\(epoch.last)".count
    var parts = [epoch.last == .max ? "epoch \(epoch.number)" : "epoch \(aligned(epoch.number, digits))/\(epoch.last)"]
    if let all = batches.all, batches.done < all {
      parts += [bar(batches.done, of: all), "batch \(aligned(batches.done, "\(all)".count))/\(all)"]
    } else if batches.all == nil {
      parts.append("batch \(batches.done)")
    }
    if training.examples > 0 { parts += EpochRecord.figures(training, validation, metrics, learningRate) }
    if examplesPerSecond.isFinite { parts.append("\(grouped(Int(examplesPerSecond))) samples/s") }
    if let secondsLeft { parts.append("\(clockText(secondsLeft)) left") }
    return parts
  }

  /// Ten columns, filled in halves.
  private func bar(_ done: Int, of all: Int) -> String {
    let halves = 20 * done / max(1, all)
    let filled = String(repeating: "━", count: halves / 2) + (halves % 2 == 1 ? "╸" : "")
    return filled + String(repeating: "·", count: 10 - filled.count)
  }

  private func aligned(_ number: Int, _ digits: Int) -> String {
    let text = "\(number)"
    return String(repeating: " ", count: max(0, digits - text.count)) + text
  }
}
