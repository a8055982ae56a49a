import Foundation
import StrataTensor
import StrataTraining

extension RunFacts {
  /// The head of the page: what the run is, how far it is, and the figures that matter most.
  var head: Markup {
    """
    <header>
    <p class="status \(statusClass)" role="status">\(statusText)</p>
    <h1>\(title)</h1>
    <p class="lead">\(lead)</p>
    \(fault)
    <dl class="figures">\(headFigures.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>" as Markup })</dl>
    </header>
    """
  }

  private var statusClass: Markup {
    switch status {
    case .waiting, .running: "running"
    case .finished: "finished"
    case .failed: "failed"
    case .interrupted: "interrupted"
    }
  }

  private var statusText: String {
    switch status {
    case .waiting: "Not begun"
    case .running:
      epoch.map { epoch in
        let part =
          epoch.number == history.last?.epoch
          ? "" : ", batch \(grouped(epoch.batchesDone))" + (epoch.batchCount.map { " of \(grouped($0))" } ?? "")
        return "Running: epoch \(grouped(epoch.number))" + (epoch.last == .max ? "" : " of \(grouped(epoch.last))")
          + part
      } ?? "Running"
    case .finished: "Finished"
    case .failed: "Failed"
    case .interrupted: "Interrupted"
    }
  }

  private var fault: Markup? {
    switch status {
    case .failed(let reason), .interrupted(let reason): #"<pre class="fault">\#(shortened(reason))</pre>"#
    default: nil
    }
  }

  /// What a reader is to know first, in a sentence or two.
  var lead: String {
    let (name, losses) = judgedLosses
    guard let last = losses.last else {
      if !isUnfinished, status != .finished { return "It ended in the first epoch, after \(counted(steps, "step"))." }
      return steps > 0 ? "No epoch is complete yet." : "No step has been made yet."
    }
    guard let best = bestPlace else { return "The \(name) was finite in none of \(counted(history.count, "epoch"))." }
    var sentences: [String] = []
    let low = lossFigure(losses[best])
    if history.count == 1 {
      sentences.append("The \(name) is \(low) after one epoch.")
    } else if best == 0 {
      sentences.append("The \(name) has not fallen below that of the first epoch, \(low).")
    } else {
      let start = losses[0].isFinite ? " from \(lossFigure(losses[0]))" : ""
      sentences.append(
        "The \(name) fell\(start) to \(low)"
          + (best == losses.count - 1 ? ", its lowest, in the last epoch" : " in epoch \(history[best].epoch)") + ".")
    }
    let since = losses.count - 1 - best
    if !last.isFinite {
      sentences.append("It is not finite now.")
    } else if since > 0, last > losses[best] {
      sentences.append("It is \(lossFigure(last)) now: \(counted(since, "epoch")) brought no gain.")
    }
    return sentences.joined(separator: " ")
  }

  private var headFigures: [(String, String)] {
    var shown = figures.map { ($0.name, figureText($0.name, $0.value)) }
    // The examples may be those of the validation, whose accuracy comes next.
    if let classes = measures.classes, let accuracy = classes.matrix.accuracy,
      measures.epoch != history.last?.epoch || accuracy != history.last?.validation?.accuracy
    {
      shown.append(("accuracy on \(counted(classes.examples, "example"))", percent(accuracy)))
    }
    if let record = history.last {
      let judged = record.validation ?? record.training
      let part = record.validation == nil ? "training" : "validation"
      if let accuracy = judged.accuracy { shown.append(("\(part) accuracy", percent(accuracy))) }
      shown.append(("\(part) loss", lossFigure(judged.loss)))
      if part == "validation" { shown.append(("training loss", lossFigure(record.training.loss))) }
      shown += [("epochs", grouped(history.count)), ("time of training", clockText(seconds))]
      if record.examplesPerSecond.isFinite {
        shown.append(("examples a second", grouped(Int(min(1e15, record.examplesPerSecond)))))
      }
    }
    let count = parameters.reduce(0) { $0 + $1.shape.count }
    if count > 0 { shown.append(("parameters", grouped(count))) }
    return shown
  }

  private func figureText(_ name: String, _ value: Double) -> String {
    guard value.isFinite else { return numberText(value) }
    return name.hasSuffix("accuracy") && 0...1 ~= value ? fixed(100 * value, places: 2) + " %" : shortText(value)
  }

  /// A number in three digits.
  func numberText(_ number: Double) -> String {
    number.isNaN ? "NaN" : number.isFinite ? short(number) : number < 0 ? "−∞" : "∞"
  }

  /// A loss as the lines of progress write it.
  func lossFigure(_ loss: Double) -> String {
    loss.isFinite && loss != 0 ? lossText(loss) : numberText(loss)
  }

  /// A share in percent.
  func shareText(_ share: Double) -> String { share.isFinite ? percent(share) : numberText(share) }

  /// "1 epoch", "3 epochs".
  func counted(_ count: Int, _ noun: String) -> String { "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")" }
}
