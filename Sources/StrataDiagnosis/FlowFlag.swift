import Foundation
import StrataLayers
import StrataTensor
import StrataTraining

/// A fault in the flow of a gradient: its kind and place, the evidence, and remedies.
public struct FlowFlag: Sendable {
  /// What is wrong.
  public enum Kind: String, Sendable {
    case nonFinite, vanishing, exploding, dead, saturated, stepTooLarge, stepTooSmall
  }

  /// What is wrong.
  public let kind: Kind

  /// The path of the layer or parameter where it is worst.
  public let path: String

  /// The measured value: the product of gains, the share of units, or the ratio of update to weight.
  public let value: Double

  /// The evidence.
  public let evidence: String

  /// The remedies, the likeliest first.
  public let remedies: [FlowRemedy]

  static func flags(
    _ layers: [LayerFlow], _ recurrences: [RecurrenceFlow], _ parameters: [ParameterFlow]
  ) -> [FlowFlag] {
    let broken =
      layers.first { !$0.activationNorm.isFinite } ?? layers.last { $0.isReached && !$0.gradientNorm.isFinite }
    if let broken {
      return [
        FlowFlag(
          kind: .nonFinite, path: broken.path, value: .nan,
          evidence: "\(broken.layer): " + (broken.activationNorm.isFinite ? "dL/dy" : "the output") + " is not finite",
          remedies: [.initialization, .learningRate, .clipping])
      ]
    }
    return productFlags(layers) + recurrences.compactMap(timeFlag) + layers.compactMap(unitFlag)
      + parameters.compactMap(stepFlag)
  }

  /// Returns the layers with parameters where the product of gains is smallest and where it is largest.
  private static func productFlags(_ layers: [LayerFlow]) -> [FlowFlag] {
    let learning = layers.indices.filter { layers[$0].isReached && !layers[$0].parameters.isEmpty }
    let (low, high) = (GradientFlow.vanishingLimit, GradientFlow.explodingLimit)
    var flags: [FlowFlag] = []
    if let worst = learning.min(by: { layers[$0].product < layers[$1].product }), layers[worst].product < low {
      let first = layers[learning.last { layers[$0].product < low }!]
      let above = layers[(worst + 1)...]
      let isByWeights = shrinkage(above, byWeights: true) < shrinkage(above, byWeights: false)
      let isSaturated = above.contains { $0.saturatedShare ?? 0 > 0.3 }
      flags.append(
        FlowFlag(
          kind: .vanishing, path: layers[worst].path, value: layers[worst].product,
          evidence: evidence(layers[worst], "falls", first, low) + gains(above),
          remedies: isByWeights || isSaturated
            ? [.initialization, .normalization, .residualBranch, .activation]
            : [.activation, .residualBranch, .normalization, .initialization]))
    }
    if let worst = learning.max(by: { layers[$0].product < layers[$1].product }), layers[worst].product > high {
      let first = layers[learning.last { layers[$0].product > high }!]
      flags.append(
        FlowFlag(
          kind: .exploding, path: layers[worst].path, value: layers[worst].product,
          evidence: evidence(layers[worst], "grows", first, high) + gains(layers[(worst + 1)...]),
          remedies: [.initialization, .residualBranch, .normalization, .clipping, .weightDecay, .learningRate]))
    }
    return flags
  }

  private static func evidence(_ worst: LayerFlow, _ verb: String, _ first: LayerFlow, _ limit: Double) -> String {
    "‖dL/dy‖ \(verb) to \(short(worst.product)) of the output's at layer \(worst.path)"
      + (first.path == worst.path ? "" : ", and passes \(short(limit)) at layer \(first.path)")
  }

  /// Returns the sum of log gains of the layers with parameters, or of those without.
  private static func shrinkage(_ layers: ArraySlice<LayerFlow>, byWeights: Bool) -> Double {
    layers.filter { $0.parameters.isEmpty != byWeights }.compactMap(\.gain).reduce(0) { $0 + log10(max($1, 1e-30)) }
  }

  /// Returns the product of the gains of each kind of layer, such as "Sigmoid × 10: 8.1e-07".
  private static func gains(_ layers: ArraySlice<LayerFlow>) -> String {
    var kinds: [(name: String, count: Int, product: Double)] = []
    for layer in layers {
      guard let gain = layer.gain else { continue }
      let index = kinds.firstIndex { $0.name == layer.typeName }
      if index == nil { kinds.append((layer.typeName, 0, 1)) }
      kinds[index ?? kinds.count - 1].count += 1
      kinds[index ?? kinds.count - 1].product *= gain
    }
    let shown = kinds.filter { abs(log10($0.product)) > 0.5 }.map { "\($0.name) × \($0.count): \(short($0.product))" }
    return shown.isEmpty ? "" : "; products of the gains between: " + shown.joined(separator: ", ")
  }

  private static func timeFlag(_ flow: RecurrenceFlow) -> FlowFlag? {
    let (product, steps) = (flow.product, flow.carriedNorms.count)
    let vanishes = product < GradientFlow.vanishingLimit
    guard vanishes || product > GradientFlow.explodingLimit else { return nil }
    return FlowFlag(
      kind: vanishes ? .vanishing : .exploding, path: flow.path, value: product,
      evidence: "of a gradient at the last of \(steps) steps, \(short(product)) reaches the first: a gain of "
        + "\(short(flow.gain)) a step"
        + (flow.spectralRadius.map { ", at a spectral radius of \(short($0))" } ?? ""),
      remedies: vanishes ? [.gate, .initialization] : [.clipping, .initialization, .gate, .weightDecay])
  }

  private static func unitFlag(_ flow: LayerFlow) -> FlowFlag? {
    if flow.hasExcessiveDeath, let share = flow.deadShare {
      return FlowFlag(
        kind: .dead, path: flow.path, value: share, evidence: "\(percent(share)) of the units are 0 on every row",
        remedies: [.initialization, .learningRate, .activation])
    }
    if let share = flow.saturatedShare, share > 0.5 {
      return FlowFlag(
        kind: .saturated, path: flow.path, value: share,
        evidence: "\(percent(share)) of the elements have less than a twentieth of the largest slope",
        remedies: [.initialization, .normalization, .activation])
    }
    return nil
  }

  /// Returns flags for matrices only: a bias starts at 0, so any step is large relative to it.
  private static func stepFlag(_ flow: ParameterFlow) -> FlowFlag? {
    guard flow.shape.rank > 1, flow.gradientNorm > 0, let ratio = flow.updateRatio else { return nil }
    guard ratio > 0.2 || ratio < 1e-7 else { return nil }
    return FlowFlag(
      kind: ratio > 0.2 ? .stepTooLarge : .stepTooSmall, path: flow.path, value: ratio,
      evidence: "a step changes the weight by \(short(ratio)) of its norm",
      remedies: ratio > 0.2 ? [.learningRate, .clipping] : [.learningRate])
  }
}

extension FlowFlag: CustomStringConvertible {
  /// The fault, followed by one line per remedy.
  public var description: String {
    let title = "\(path.isEmpty ? "the model" : path): \(title), \(evidence)"
    return ([title] + remedies.map { "    \($0)" }).joined(separator: "\n")
  }

  /// The kind in words.
  var title: String {
    switch kind {
    case .nonFinite: "not finite"
    case .vanishing: "the gradient vanishes"
    case .exploding: "the gradient explodes"
    case .dead: "dead units"
    case .saturated: "saturated units"
    case .stepTooLarge: "the step is large"
    case .stepTooSmall: "the step is too small to move the weight"
    }
  }
}
