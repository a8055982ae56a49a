import Foundation
import StrataTensor

/// L = −log Σ_π Π_t softmax(z_t)_{π_t}, over all paths π of T steps that read as the labels when repetitions are merged and
/// blanks left out: connectionist temporal classification, for labels whose places in the sequence are not known.
///
/// With the mean each sequence's loss is divided by its number of labels, at least 1, and the sum by B, as in PyTorch. Where
/// no path reads as the labels, for they are too many for the steps, the loss is infinite, or 0 with `zeroInfinity`.
///
/// - Shapes: logits z are [B, T, K], blank among the K classes; the target is a ``CTCTarget``.
///
/// # Backward
/// With l the labels with a blank before, between and behind them, α_t(s) the probability of the paths up to step t that end
/// in l_s and β_t(s) that of what follows: dL/dz_tk = softmax(z_t)_k − Σ_{s: l_s = k} α_t(s) β_t(s) / p, p being the sum of
/// all paths; 0 behind the length of a sequence. Both run in logarithms, in double precision, and neither underflows.
///
/// Graves, Fernández, Gomez and Schmidhuber, "Connectionist Temporal Classification: Labelling Unsegmented Sequence Data with
/// Recurrent Neural Networks", 2006.
///
/// PyTorch's takes log-probabilities, time first: see the article "Differences from PyTorch".
public struct CTC: SampleObjective {
  public typealias Output = Tensor
  public typealias Target = CTCTarget

  /// The class that stands for no label.
  public let blank: Int
  /// Whether a sequence that no path fits counts as 0.
  public let zeroInfinity: Bool
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss with this class as the blank.
  public init(blank: Int = 0, zeroInfinity: Bool = false, reduction: Reduction = .mean) {
    require(blank >= 0, "CTC: blank \(blank) is no class; classes count from 0")
    (self.blank, self.zeroInfinity) = (blank, zeroInfinity)
    self.reduction = reduction
  }

  public func samples(_ logits: consuming Tensor, _ target: CTCTarget) -> (values: Tensor, gradient: Tensor) {
    let (shape, dtype) = (logits.shape, logits.dtype)
    do { try validate(target, for: [shape]) } catch { stop("\(error)") }
    let z = logits.converted(to: .float64)
    let values = Tensor(zeros: [shape[0]], dtype: .float64)
    let gradient = Tensor(zeros: shape, dtype: .float64)
    let labels = target.labels.elements(as: Int.self)
    let (lengths, steps) = (target.labelLengths.elements(as: Int.self), target.inputLengths.elements(as: Int.self))
    let (stride, width) = (target.labels.shape[1], shape[1] * shape[2])
    parallel(over: shape[0], grain: 1) { rows in
      for row in rows {
        let own = labels[row * stride..<row * stride + lengths[row]]
        let share = reduction == .mean ? 1 / Double(max(1, own.count)) : 1
        var paths = CTCPaths(
          labels: Array(own), blank: blank, steps: steps[row], classes: shape[2], logits: z.pointer(at: row * width))
        let loss = paths.loss()
        let isLeftOut = zeroInfinity && loss == .infinity
        values.mutablePointer(Double.self)[row] = isLeftOut ? 0 : share * loss
        if !isLeftOut { paths.writeGradient(share, to: gradient.mutablePointer(at: row * width)) }
      }
    }
    return (values.converted(to: dtype), gradient.converted(to: dtype))
  }

  public func divisor(of target: CTCTarget) -> Double { reduction.divisor(over: target.labels.shape[0]) }

  public func validate(_ target: CTCTarget, for output: [Shape]) throws {
    let shape = output[0]
    func check(_ condition: Bool, _ message: @autoclosure () -> String) throws {
      if !condition { throw TargetError("CTC: \(message())") }
    }
    try check(
      shape.rank == 3 && shape.count > 0 && blank < shape[2],
      "logits need a shape [B, T, K] with class \(blank), the blank, among K, not \(shape)")
    try check(
      target.tensors.allSatisfy { $0.dtype == .int32 && $0.rank > 0 && $0.shape[0] == shape[0] }
        && target.tensors.map(\.rank) == [2, 1, 1],
      "labels [B, S] and lengths [B] must be int32 with B = \(shape[0]), and have shapes \(target.shapes.listed)")
    let (lengths, steps) = (target.labelLengths.elements(as: Int.self), target.inputLengths.elements(as: Int.self))
    let room = target.labels.shape[1]
    try check(
      lengths.allSatisfy { 0...room ~= $0 } && steps.allSatisfy { 0...shape[1] ~= $0 },
      "lengths must be up to \(room) labels and \(shape[1]) steps, and are \(lengths) and \(steps)")
    let labels = target.labels.elements(as: Int.self)
    for (row, length) in lengths.enumerated() {
      let stray = labels[row * room..<row * room + length].first { !(0..<shape[2] ~= $0) || $0 == blank }
      try check(stray == nil, "label \(stray ?? 0) of row \(row) is no class of \(shape[2]), or the blank")
    }
  }
}

/// The paths of one sequence that read as its labels, summed in logarithms.
private struct CTCPaths {
  /// The labels with blanks around each.
  private let states: [Int]
  private let blank: Int
  private let steps: Int
  private let classes: Int
  /// log softmax of each step.
  private var logs: [Double]
  /// log α of each step and state.
  private var forward: [Double] = []
  private var total = -Double.infinity

  init(labels: [Int], blank: Int, steps: Int, classes: Int, logits: UnsafePointer<Double>) {
    states = [blank] + labels.flatMap { [$0, blank] }
    (self.blank, self.steps, self.classes) = (blank, steps, classes)
    logs = Array(UnsafeBufferPointer(start: logits, count: steps * classes))
    for step in 0..<steps {
      let row = step * classes..<(step + 1) * classes
      let largest = logs[row].reduce(-.infinity) { $1 > $0 || $1.isNaN ? $1 : $0 }
      let sum = logs[row].reduce(0) { $0 + exp($1 - largest) }
      for index in row { logs[index] = (logs[index] - largest) - log(sum) }
    }
  }

  /// Whether a path may go from state s − 2 to s, past a blank: not to a blank, and not between equal labels, which would
  /// be one.
  private func skips(to s: Int) -> Bool { s >= 2 && states[s] != blank && states[s] != states[s - 2] }

  /// −log p.
  mutating func loss() -> Double {
    let count = states.count
    guard steps > 0 else {
      total = count == 1 ? 0 : -.infinity
      return -total
    }
    forward = Array(repeating: -.infinity, count: steps * count)
    for s in 0..<min(2, count) { forward[s] = logs[states[s]] }
    for step in 1..<max(1, steps) {
      let (now, before) = (step * count, (step - 1) * count)
      for s in 0..<count {
        var sum = forward[before + s]
        if s >= 1 { sum = logSum(sum, forward[before + s - 1]) }
        if skips(to: s) { sum = logSum(sum, forward[before + s - 2]) }
        forward[now + s] = sum + logs[step * classes + states[s]]
      }
    }
    let end = steps * count
    total = count > 1 ? logSum(forward[end - 1], forward[end - 2]) : forward[end - 1]
    return -total
  }

  /// Writes `scale` times the gradient of the loss, which was computed before.
  func writeGradient(_ scale: Double, to gradient: UnsafeMutablePointer<Double>) {
    let count = states.count
    // log β: what follows a state, without the state's own probability.
    var behind = Array(repeating: -Double.infinity, count: count)
    behind[count - 1] = 0
    if count > 1 { behind[count - 2] = 0 }
    for step in (0..<steps).reversed() {
      let row = step * classes
      for k in 0..<classes { gradient[row + k] = scale * exp(logs[row + k]) }
      for s in 0..<count {
        gradient[row + states[s]] -= scale * exp(forward[step * count + s] + behind[s] - total)
      }
      if total.isNaN || total == -.infinity {
        for k in 0..<classes { gradient[row + k] = .nan }
      }
      let after = (0..<count).map { behind[$0] + logs[row + states[$0]] }
      for s in 0..<count {
        var sum = after[s]
        if s + 1 < count { sum = logSum(sum, after[s + 1]) }
        if s + 2 < count, skips(to: s + 2) { sum = logSum(sum, after[s + 2]) }
        behind[s] = sum
      }
    }
  }

  /// log(eᵃ + eᵇ).
  private func logSum(_ a: Double, _ b: Double) -> Double {
    if a == -.infinity { return b }
    if b == -.infinity { return a }
    let (larger, smaller) = a > b ? (a, b) : (b, a)
    return larger + log1p(exp(smaller - larger))
  }
}
