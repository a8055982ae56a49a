import Foundation
import StrataLayers
import StrataTensor

/// Options that an optimizer keeps to for some of a model's parameters, chosen by their paths.
///
/// ```swift
/// let optimizer = AdamW(
///   for: model,
///   groups: [
///     .noDecayOnVectors,                        // biases, and what normalization learns
///     ParameterGroup("0.*", rateFactor: 0.1),   // the first block at a tenth of the rate
///     ParameterGroup("3.*", schedule: .cosine(from: 1e-3, steps: 5000)),  // the head at rates of its schedule
///     .frozen("2.*"),
///   ])
/// ```
///
/// In a pattern, `*` stands for any letters, dots included, or none. Where several groups cover a
/// parameter, each option is that of the last that states it. A pattern that matches no path stops the
/// program.
public struct ParameterGroup: Sendable {
  let rateFactor: Double?
  let schedule: Schedule?
  let weightDecay: Double?
  let isFrozen: Bool?

  /// nil for all parameters of at most one axis.
  private let pattern: String?

  /// Options for the parameters whose paths match a pattern; those left out stay as they are.
  ///
  /// - Parameters:
  ///   - pattern: Such as `"*.bias"` or `"encoder.*"`.
  ///   - rateFactor: What the optimizer's learning rate, or the group's, is multiplied by.
  ///   - schedule: The learning rates of the steps in the place of the optimizer's; lengths in steps.
  ///   - weightDecay: In the place of the optimizer's.
  ///   - isFrozen: Whether the parameters stay as they are; their gradients may arrive and are ignored.
  public init(
    _ pattern: String, rateFactor: Double? = nil, schedule: Schedule? = nil, weightDecay: Double? = nil,
    isFrozen: Bool? = nil
  ) {
    self.init(
      pattern: pattern, rateFactor: rateFactor, schedule: schedule, weightDecay: weightDecay, isFrozen: isFrozen)
  }

  /// Discriminative rates: each part of a model at a part of the rate of the one after it, since the first learn what is
  /// general and have less to unlearn.
  ///
  /// ```swift
  /// Adam(for: model, groups: ParameterGroup.discriminative(["embedding.*", "encoder.*", "head.*"]))
  /// ```
  ///
  /// Howard and Ruder, "Universal Language Model Fine-tuning for Text Classification", 2018, whose factor is 1 / 2.6.
  ///
  /// - Parameters:
  ///   - patterns: One for each part, the first layers first; the last has the optimizer's rate.
  ///   - factor: What the rate is multiplied by from part to part.
  public static func discriminative(_ patterns: [String], factor: Double = 1 / 2.6) -> [ParameterGroup] {
    patterns.enumerated().map { index, pattern in
      ParameterGroup(pattern, rateFactor: pow(factor, Double(patterns.count - 1 - index)))
    }
  }

  /// The parameters whose paths match stay as they are.
  public static func frozen(_ pattern: String) -> ParameterGroup { ParameterGroup(pattern, isFrozen: true) }

  /// No weight decay on parameters of at most one axis: biases, and the scales and shifts of normalization.
  public static let noDecayOnVectors = ParameterGroup(
    pattern: nil, rateFactor: nil, schedule: nil, weightDecay: 0, isFrozen: nil)

  private init(
    pattern: String?, rateFactor: Double?, schedule: Schedule?, weightDecay: Double?, isFrozen: Bool?
  ) {
    require(
      areNotNegative(rateFactor ?? 1, weightDecay ?? 0),
      "ParameterGroup \(pattern ?? ""): rateFactor \(rateFactor ?? 1) and weightDecay \(weightDecay ?? 0) must be "
        + "finite and not negative")
    self.pattern = pattern
    self.rateFactor = rateFactor
    self.schedule = schedule
    self.weightDecay = weightDecay
    self.isFrozen = isFrozen
  }

  func covers(_ path: String, _ parameter: Parameter) -> Bool {
    guard let pattern else { return parameter.shape.rank <= 1 }
    return matches(path, glob: pattern)
  }

  func requireMatch(among paths: [String]) {
    guard let pattern, !paths.contains(where: { matches($0, glob: pattern) }) else { return }
    let similar = nearest(to: pattern, among: paths) ?? paths[0]
    stop("ParameterGroup: \"\(pattern)\" matches no parameter of the model; the nearest path is \(similar)")
  }
}
