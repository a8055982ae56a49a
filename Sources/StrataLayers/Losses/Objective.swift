import StrataTensor

/// A scalar to be made small: a function of a model's output and of what it should have been.
///
/// ``Loss`` is an objective of one tensor. An objective of several says what they are:
///
/// ```swift
/// struct WithAuxiliary: Objective {                      // the main head's loss, and 0.3 times that of a second head
///   let loss = SoftmaxCrossEntropy()
///   func evaluate(
///     _ output: Pair<Tensor, Tensor>, _ target: Tensor
///   ) -> (value: Double, gradient: Pair<Tensor, Tensor>) {
///     let main = loss.evaluate(output.first, target)
///     let auxiliary = loss.evaluate(output.second, target)
///     return (main.value + 0.3 * auxiliary.value, Pair(main.gradient, 0.3 * auxiliary.gradient))
///   }
/// }
/// ```
public protocol Objective<Output, Target>: Sendable {
  /// What the model gives.
  associatedtype Output: TensorGroup

  /// What it should have given, row by row.
  associatedtype Target: TensorGroup

  /// Returns the loss, and its gradient dL/doutput.
  func evaluate(_ output: consuming Output, _ target: Target) -> (value: Double, gradient: Output)

  /// Returns the loss alone, for evaluation: `loss(output, target)`.
  func callAsFunction(_ output: Output, _ target: Target) -> Double

  /// Returns what the sum over the samples of this target is divided by: their number, or weight, for a mean, 1 for a
  /// sum. Of a batch in parts, divisor · loss adds up. By default the number of rows, so 0 for a target of no rows.
  func divisor(of target: Target) -> Double

  /// Checks a target against the shapes of the model's output before anything runs. By default it takes all.
  ///
  /// - Throws: ``TargetError`` where the loss could not be taken.
  func validate(_ target: Target, for output: [Shape]) throws

  /// Adds, times a scale, the gradients of what the objective has of parameters alone, such as a penalty on weights, and
  /// returns the scaled value. It is asked for once a step, after the outputs' gradients have reached the parameters. By
  /// default there is nothing.
  func addPenalty(scaledBy scale: Double, to gradients: inout Gradients) -> Double

  /// The class index of samples that do not count, which measures leave out as well. By default none.
  var ignoredIndex: Int? { get }
}

extension Objective {
  public func callAsFunction(_ output: Output, _ target: Target) -> Double { evaluate(output, target).value }

  public func divisor(of target: Target) -> Double { Double(target.rowCount ?? 1) }

  public func validate(_ target: Target, for output: [Shape]) throws {}

  public func addPenalty(scaledBy scale: Double, to gradients: inout Gradients) -> Double { 0 }

  public var ignoredIndex: Int? { nil }
}
