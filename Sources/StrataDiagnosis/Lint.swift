import StrataData
import StrataLayers
import StrataTensor

/// Looks for mistakes in how a model is put together, before any training, and reports each with evidence and a remedy.
///
/// ```swift
/// print(try lint(model, loss: SoftmaxCrossEntropy(), on: train))
/// ```
///
/// It finds a softmax or another activation before a loss that takes logits, and a softmax over one class; labels that do
/// not fit the outputs, and targets beyond them; dropout on the outputs; a bias or dropout before a `BatchNorm`; two
/// linear maps with no activation between them; an activation without effect; and parts on which the output does not
/// depend.
///
/// The model runs forward and backward once. What follows what is seen in the tensors that layers hand on, so it holds for
/// containers of your own as well, and two layers count as neighbours only where the whole gradient of the one is dL/dx of
/// the other: past a layer whose output is used elsewhere too, such as by a skip connection, nothing is said. For the run
/// each parameter is moved a little, so that weights which start at 0 hide nothing; then the model is put back to the bit.
///
/// - Parameters:
///   - model: The model.
///   - loss: The loss to minimize.
///   - examples: Some examples of training.
///   - rows: How many of them to run.
/// - Throws: `ShapeError` if the examples do not fit the model.
public func lint<Model: Module, Goal: Objective>(
  _ model: Model, loss: Goal, on examples: Examples<Model.Input, Goal.Target>, rows: Int = 32
) throws -> LintReport where Goal.Output == Model.Output {
  require(examples.count > 0 && rows > 0, "lint: there are no examples to run the model on")
  let examples = examples[0..<min(rows, examples.count)]
  let output = try model.validate(trainingInput: examples.inputs.shapes)
  do {
    if let output { try loss.validate(examples.labels, for: output) }
  } catch {
    return LintReport(
      findings: [
        Finding(
          .labelsDoNotFit, "\(error)",
          remedy: "change the last layer or the labels, or take a loss that is made for both")
      ], layerCount: 0)
  }
  let run = LintRun(model, loss, examples.inputs, examples.labels)
  return LintReport(
    findings: run.outputFindings() + run.structureFindings() + run.reachFindings(), layerCount: run.records.count)
}

/// The mistakes that ``lint(_:loss:on:rows:)`` has found in a model.
public struct LintReport: Sendable {
  /// The findings, those of the outputs first; empty if nothing was found.
  public let findings: [Finding]

  /// How many layers ran; 0 where the labels do not fit, which comes before all else.
  public let layerCount: Int
}

extension LintReport: CustomStringConvertible {
  /// Each finding with its evidence and remedy.
  public var description: String {
    if findings.isEmpty { return "nothing found in \(layerCount) layers" }
    return findings.enumerated().map { "\($0 + 1). \($1)" }.joined(separator: "\n\n")
  }
}
