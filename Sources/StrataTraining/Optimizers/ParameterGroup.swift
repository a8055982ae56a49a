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
///     ParameterGroup("4.*", betas: (0.5, 0.9), epsilon: 1e-6, maximumNorm: 1),
///   ])
/// ```
///
/// In a pattern, `*` stands for any letters, dots included, or none. Where several groups cover a
/// parameter, each option is that of the last that states it. A pattern that matches no path stops the
/// program.
public struct ParameterGroup: Sendable {
  let options: GroupOptions

  /// The largest norm of the gradients of all that the group covers, as one vector.
  let maximumNorm: Double?

  /// nil for all parameters of at most one axis.
  private let pattern: String?

  /// Options for the parameters whose paths match a pattern; those left out stay as they are.
  ///
  /// - Parameters:
  ///   - pattern: Such as `"*.bias"` or `"encoder.*"`.
  ///   - rateFactor: What the optimizer's learning rate, or the group's, is multiplied by.
  ///   - schedule: The learning rates of the steps in the place of the optimizer's; lengths in steps.
  ///   - weightDecay: In the place of the optimizer's.
  ///   - betas: In the place of the optimizer's, which must have them, as for the next two.
  ///   - momentum: In the place of the optimizer's.
  ///   - epsilon: In the place of the optimizer's.
  ///   - maximize: In the place of the optimizer's.
  ///   - maximumNorm: The largest Euclidean norm that the gradients of all these parameters together keep; above it
  ///     they are scaled down by one factor.
  ///   - weightLimit: What the weights are held to after each step.
  ///   - isFrozen: Whether the parameters stay as they are; their gradients may arrive and are ignored.
  public init(
    _ pattern: String, rateFactor: Double? = nil, schedule: Schedule? = nil, weightDecay: Double? = nil,
    betas: (Double, Double)? = nil, momentum: Double? = nil, epsilon: Double? = nil, maximize: Bool? = nil,
    maximumNorm: Double? = nil, weightLimit: WeightLimit? = nil, isFrozen: Bool? = nil
  ) {
    require(
      areNotNegative(rateFactor ?? 1, weightDecay ?? 0, momentum ?? 0, epsilon ?? 0),
      "ParameterGroup \(pattern): rateFactor \(rateFactor ?? 1), weightDecay \(weightDecay ?? 0), momentum "
        + "\(momentum ?? 0) and epsilon \(epsilon ?? 0) must be finite and not negative")
    require(
      betas.map { 0..<1 ~= $0.0 && 0..<1 ~= $0.1 } ?? true,
      "ParameterGroup \(pattern): betas \(betas ?? (0, 0)) must lie in 0..<1")
    require(
      maximumNorm.map { $0 > 0 } ?? true,
      "ParameterGroup \(pattern): maximumNorm \(maximumNorm ?? 0) must be positive")
    self.pattern = pattern
    self.maximumNorm = maximumNorm
    options = GroupOptions(
      rateFactor: rateFactor, schedule: schedule, weightDecay: weightDecay, betas: betas, momentum: momentum,
      epsilon: epsilon, maximize: maximize, isFrozen: isFrozen, weightLimit: weightLimit)
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
  public static let noDecayOnVectors = ParameterGroup(ofVectors: GroupOptions(weightDecay: 0))

  private init(ofVectors options: GroupOptions) { (pattern, maximumNorm, self.options) = (nil, nil, options) }

  func covers(_ path: String, _ parameter: Parameter) -> Bool {
    guard let pattern else { return parameter.shape.rank <= 1 }
    return matches(path, glob: pattern)
  }

  /// Stops the program where the optimizer has not the options that the group states.
  func requireOptions(among options: Set<GroupOption>) {
    guard let missing = self.options.special.first(where: { !options.contains($0) }) else { return }
    let names = GroupOption.allCases.filter(options.contains).map(\.rawValue).joined(separator: " and ")
    stop(
      "ParameterGroup \(pattern ?? ""): gives \(missing.rawValue), which this optimizer does not have; "
        + (names.isEmpty ? "leave it out" : "it has \(names)"))
  }

  func requireMatch(among paths: [String]) {
    guard let pattern, !paths.contains(where: { matches($0, glob: pattern) }) else { return }
    let similar = nearest(to: pattern, among: paths) ?? paths[0]
    stop("ParameterGroup: \"\(pattern)\" matches no parameter of the model; the nearest path is \(similar)")
  }
}
