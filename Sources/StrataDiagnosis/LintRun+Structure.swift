import StrataLayers
import StrataTensor

// Layers that take each other's effect away, or have none.

extension LintRun {
  func structureFindings() -> [Finding] {
    records.indices.flatMap { index -> [Finding] in
      switch records[index].module {
      case is BatchNorm: [idleBias(before: index), dropout(before: index)].compactMap(\.self)
      case is Linear, is TiedLinear, is Conv2D: [missingActivation(before: index)].compactMap(\.self)
      case is ReLU, is LeakyReLU, is PReLU, is ELU: [idleActivation(at: index)].compactMap(\.self)
      default: []
      }
    }.reduce(into: []) { findings, finding in
      // A layer that runs several times is named once.
      if !findings.contains(where: { ($0.cause, $0.path) == (finding.cause, finding.path) }) {
        findings.append(finding)
      }
    }
  }

  /// Returns a finding for a bias that BatchNorm takes away with the mean: its gradient is 0 but for rounding.
  private func idleBias(before index: Int) -> Finding? {
    guard let source = soleSource(of: index, passing: movesOnly), let map = LinearMap(records[source]),
      let bias = map.bias, let gradient = gradients[bias], let dy = records[source].dy
    else { return nil }
    // By Cauchy and Schwarz the gradient of a bias, a sum over n values a unit, is at most √n ‖dy‖.
    let most = dy.norm * (Double(dy[0].count) / Double(max(1, bias.shape.count))).squareRoot()
    guard gradient.norm < 1e-4 * most else { return nil }
    return Finding(
      .biasBeforeNormalization, at: records[source].path,
      "the gradient of its bias is \(short(gradient.norm / most)) of what it could be: \(records[index].path) takes the "
        + "mean of each unit away, and the bias with it",
      remedy: "\(map.name)(…, bias: false); the BatchNorm has a bias")
  }

  /// Returns a finding for dropout that changes the variance of what a BatchNorm normalizes.
  private func dropout(before index: Int) -> Finding? {
    let source = soleSource(of: index) { module in
      movesOnly(module) || outputRange(of: module) != nil || module is LeakyReLU || module is PReLU
        || module is MaxPool2D || module is AveragePool2D
    }
    guard let source, let dropout = records[source].module as? Dropout, dropout.rate > 0 else { return nil }
    let (before, after) = (records[source].input[0], records[source].output[0])
    return Finding(
      .dropoutBeforeNormalization, at: records[source].path,
      "the variance of what \(records[index].path) normalizes is \(short(after.spread / before.spread)) times in training "
        + "what it is in inference, where running statistics of training divide",
      remedy: "put the dropout after the last BatchNorm, or leave it out")
  }

  /// Returns a finding for two linear maps in a row that are no more than one: a map from a to b by way of m numbers is
  /// any map from a to b where m ≥ min(a, b). A narrower middle is a factorization, as an autoencoder's code is.
  private func missingActivation(before index: Int) -> Finding? {
    let source = soleSource(of: index) { movesOnly($0) || $0 is Dropout || $0 is BatchNorm }
    guard let source, let first = LinearMap(records[source]), let second = LinearMap(records[index]),
      ![first.weight, second.weight].contains(where: { contents.frozen.contains(ObjectIdentifier($0)) }),
      first.overlaps(second), first.outputs >= min(first.inputs, second.outputs)
    else { return nil }
    return Finding(
      .missingActivation, at: records[index].path,
      "\(records[index].module) takes what \(records[source].path), \(records[source].module), gives: two linear maps of "
        + "\(first.inputs) to \(first.outputs) to \(second.outputs) numbers are one of \(first.inputs) to "
        + "\(second.outputs)",
      remedy: "put an activation such as ReLU() between them, or leave one out")
  }

  /// Returns a finding for an activation that is given nothing below 0, where it is the identity.
  private func idleActivation(at index: Int) -> Finding? {
    let source = soleSource(of: index) { module in
      movesOnly(module) || module is Dropout || module is MaxPool2D || module is AveragePool2D
    }
    guard let source, let range = outputRange(of: records[source].module), range.lowerBound >= 0 else { return nil }
    return Finding(
      .idleActivation, at: records[index].path,
      "\(records[index].module) is given what \(records[source].path), \(records[source].module), gives, which is never "
        + "negative: it changes nothing",
      remedy: "remove one of the two")
  }
}

/// A linear map with a weight, seen as a matrix from the numbers of a sample to those that it gives.
private struct LinearMap {
  let name: String
  let weight: Parameter
  let bias: Parameter?
  /// The numbers that go in and come out: of a sample, and of a convolution for one place.
  let inputs, outputs: Int
  private let kernel: Size2D?

  init?(_ record: FlowRecorder.Record) {
    guard let x = record.input.first, let y = record.output.first else { return nil }
    (inputs, outputs) = (x.shape.rowShape.count, y.shape.rowShape.count)
    switch record.module {
    case let layer as Linear: (name, weight, bias, kernel) = ("Linear", layer.weight, layer.bias, nil)
    case let layer as TiedLinear: (name, weight, bias, kernel) = ("TiedLinear", layer.weight, layer.bias, nil)
    case let layer as Conv2D: (name, weight, bias, kernel) = ("Conv2D", layer.weight, layer.bias, layer.kernel)
    default: return nil
    }
  }

  /// Whether both maps mix what the other mixes: of two convolutions that are not of one height or width alone, as those
  /// of a kernel taken apart into rows and columns are.
  func overlaps(_ next: LinearMap) -> Bool {
    guard let kernel, let other = next.kernel else { return true }
    let isRow = kernel.height == 1 && kernel.width > 1 && other.width == 1 && other.height > 1
    let isColumn = kernel.width == 1 && kernel.height > 1 && other.height == 1 && other.width > 1
    return !isRow && !isColumn
  }
}

extension Tensor {
  /// The variance of all elements.
  fileprivate var spread: Double {
    let x = converted(to: .float64)
    let mean = x.mean().item
    return (x * x).mean().item - mean * mean
  }
}
