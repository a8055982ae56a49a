import Foundation
import StrataLayers
import StrataTensor
import StrataTraining

// Findings after training.

extension TrialTraining {
  /// Returns the findings of the passes over the probes after training, compared with those before it.
  func endFindings(_ before: Measurement, _ after: Measurement) -> [Finding] {
    // Units that die because of a gradient of the wrong scale are a consequence of it.
    let scales: Set<Finding.Cause> = [.badInitialization, .vanishingGradient, .explodingGradient]
    let isJudged = !findings.contains { scales.contains($0.cause) }
    return [hiddenSigmoid(before, after)].compactMap { $0 } + zeroGradients(before, after)
      + (isJudged ? deadUnits(after, "after \(losses.count) steps") : [])
      // Branches that started at a learnt scale near 0 by design, and have not grown.
      + (isJudged ? imbalance(after, sparingLearntScales: false).filter { $0.cause == .shortedStack } : [])
  }

  /// Returns a finding if all outputs lie between 0 and 1, before and after training: they are probabilities, where
  /// logits of two classes would have left that range on both sides.
  private func hiddenSigmoid(_ before: Measurement, _ after: Measurement) -> Finding? {
    let outputs = (before.runs + after.runs).flatMap(\.output.tensors)
    guard loss is BinaryCrossEntropyWithLogits, outputs.reduce(0, { $0 + $1.count }) >= 64,
      outputs.allSatisfy({ $0.min().item > 0 && $0.max().item < 1 })
    else { return nil }
    return Finding(
      .softmaxTwice, "every output lies between 0 and 1, before and after training: probabilities, no logits",
      remedy: "remove the last sigmoid: \(type(of: loss)) takes logits and applies it itself")
  }

  /// Returns a finding for parameters that the optimizer's groups freeze, except those of a `Frozen` part of the
  /// model, which is frozen by design.
  func frozenFindings() -> [Finding] {
    let frozen = given.slots.frozen.subtracting(contents.frozen)
    let paths = contents.parameters.filter { frozen.contains(ObjectIdentifier($0.parameter)) }.map(\.path)
    guard let first = paths.first else { return [] }
    return [
      Finding(
        .frozenParameter, at: first,
        "\(paths.count) of \(contents.parameters.count) parameters are frozen by the optimizer's groups: "
          + paths.prefix(4).joined(separator: ", ") + (paths.count > 4 ? ", …" : ""),
        remedy: "leave ParameterGroup.frozen out if they are to learn")
    ]
  }

  /// Returns findings for parameters whose gradient is exactly 0 on all probes, before and after training. A parameter
  /// that starts at 0 by design, such as the scale of a Residual, has moved by then.
  private func zeroGradients(_ before: Measurement, _ after: Measurement) -> [Finding] {
    let zero = contents.parameters.filter { _, parameter in
      parameter.shape.count > 0 && !contents.frozen.contains(ObjectIdentifier(parameter))
        && before.gradientNorm(of: parameter) == 0 && after.gradientNorm(of: parameter) == 0
    }
    var findings: [Finding] = []
    for (path, parameter) in zero {
      let finding = blocker(of: parameter, path, after)
      if !findings.contains(where: { ($0.cause, $0.path) == (finding.cause, finding.path) }) {
        findings.append(finding)
      }
    }
    return findings
  }

  /// Returns the path of the first module after a record that stops the gradient by definition.
  private func firstStop(after own: Int, in run: ProbeRun) -> String? {
    var stops: [String] = []
    ModelWalk.walk(model) { value, path in
      if value is StopGradient || (value as? Frozen)?.stopsGradient == true { stops.append(path) }
    }
    return run.records[(own + 1)...].lazy.compactMap { record in stops.first { isInside(record.path, $0) } }.first
  }

  /// Returns the cause that keeps the gradient from a parameter: the first layer above it that receives a gradient and
  /// passes none on.
  private func blocker(of parameter: Parameter, _ path: String, _ after: Measurement) -> Finding {
    let evidence = "the gradient of \(path) is exactly 0 on \(after.runs.count) batches"
    let arrives = after.runs.contains { $0.gradients[parameter] != nil }
    let run = after.runs[0]
    let own = run.records.firstIndex { record in record.module.parameters.contains { $0.parameter === parameter } }
    guard arrives, let own else {
      if let own, let stop = firstStop(after: own, in: run) {
        return Finding(
          .stoppedGradient, at: stop, "no gradient passes \(stop), so none of \(path) arrives on any batch",
          remedy: "take it out, or move it before all that is to learn")
      }
      return Finding(
        .missingGradient, at: path, "no gradient of \(path) arrives on any batch",
        remedy: "let forward use it, and backward add its gradient: gradients.add(…, to:); check the layer with "
          + "checkGradients")
    }
    // If a layer receives dy but its input is 0, the layers before it are dead.
    if hasGradient(after, run.records[own].path) {
      let isDead = run.records[own].input.norm == 0
      let isByReLU = own > 0 && run.records[own - 1].module is ReLU
      return Finding(
        isDead ? (isByReLU ? .deadUnits : .saturatedUnits) : .missingGradient,
        at: isDead && own > 0 ? run.records[own - 1].path : path,
        evidence + (isDead ? "; the layer's input is 0 everywhere" : ", though dL/dy reaches its layer"),
        remedy: isDead
          ? "see why what comes before gives 0: dead units, inputs of 0, a rate of dropout of 1"
          : "check the layer's backward with checkGradients")
    }
    if let blocking = run.records[(own + 1)...].first(where: { hasGradient(after, $0.path) }) {
      return blockerFinding(blocking, evidence)
    }
    if run.dOutput.norm == 0 {
      return Finding(
        loss is any LogitLoss ? .saturatedSoftmax : .stoppedGradient,
        evidence + "; dL/doutput is 0 itself, at a loss of \(lossText(run.loss))",
        remedy: "look whether the loss is at its least already: labels among the inputs, logits too large")
    }
    return Finding(
      .stoppedGradient, at: path.split(separator: ".").first.map(String.init),
      evidence + ", and no layer that is given a gradient stops it: the container does",
      remedy: "look at the backward of what holds it: a scale of 0, a branch left out")
  }

  private func hasGradient(_ measurement: Measurement, _ path: String) -> Bool {
    measurement.runs.contains { run in run.records.contains { $0.path == path && ($0.dy?.norm ?? 0) > 0 } }
  }

  private func blockerFinding(_ record: FlowRecorder.Record, _ evidence: String) -> Finding {
    let stopped = evidence + "; \(record.module) is given a gradient and passes none on"
    switch record.module {
    case is StopGradient:
      return Finding(
        .stoppedGradient, at: record.path, stopped,
        remedy: "remove StopGradient, or move it to where nothing before it is to learn")
    case is ReLU:
      return Finding(
        .deadUnits, at: record.path, stopped + ": its outputs are all 0",
        remedy: "initialize by .heUniform with biases at 0, lower the learning rate, or take LeakyReLU")
    case is Softmax, is LogSoftmax:
      return Finding(
        .saturatedSoftmax, at: record.path, stopped + ": one class has all of the probability",
        remedy: "make what comes before it smaller: initialize by fan-in, scale the inputs, divide by a temperature")
    default:
      return depends(record)
        ? Finding(
          .stoppedGradient, at: record.path, stopped + ", though its output depends on its input",
          remedy: "check its backward with checkGradients")
        : Finding(
          .saturatedUnits, at: record.path, stopped + ": its output is the same a little beside its input",
          remedy: "initialize by .xavierUniform, scale the inputs, or normalize before it")
    }
  }

  /// Returns whether the layer's output changes with its input, given the same random numbers.
  private func depends(_ record: FlowRecorder.Record) -> Bool {
    guard let layer = record.layer, let input = record.input.first, input.dtype.isFloatingPoint else { return true }
    let step = max(1e-3, 1e-2 * input.rms)
    func output(_ shift: Double) -> Tensor {
      contents.restoringStreams { layer.outputForTraining(input + shift) }
    }
    return output(-step) != output(step)
  }

  /// Returns a finding if nothing moves at this rate but the same steps at a hundred times the rate or more reduce the
  /// loss.
  func rateTooSmall(_ before: Measurement, _ after: Measurement) -> Finding? {
    let ratio = updateRatios.isEmpty ? 0 : median(updateRatios)
    guard ratio < 5e-5, before.loss - after.loss < 0.05 * abs(before.loss) else { return nil }
    var factor = 1e2
    let rate = max(given.learningRate, 1e-10)
    while factor * rate <= 10 {
      let loss = probeLoss(afterSteps: min(50, max(20, steps)), rate: factor * rate)
      if loss < 0.8 * after.loss {
        return Finding(
          .rateTooSmall,
          "a step changes the weights by \(short(ratio)) of their norm, and \(losses.count) steps at "
            + "\(short(given.learningRate)) take the loss from \(lossText(before.loss)) to \(lossText(after.loss)); at "
            + "\(short(factor * rate)) it falls to \(lossText(loss))",
          remedy: "raise the learning rate until a step is about a thousandth of the weights; try "
            + short(factor * rate))
      }
      factor *= 10
    }
    return nil
  }
}
