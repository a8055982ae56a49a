import Foundation
import StrataLayers
import StrataTensor

// The origin of the first number that is not finite.

extension TrialTraining {
  /// Returns a finding for an input or label that is NaN or infinite.
  ///
  /// - Parameters:
  ///   - examples: Batches in the order of the steps.
  ///   - first: The step of the first batch.
  func brokenDatum(in examples: [Batch], from first: Int = 0) -> Finding? {
    for (step, example) in zip(first..., examples) {
      for (name, tensor) in example.inputs.named("input") + example.labels.named("label") {
        guard let element = tensor.firstNonFinite else { continue }
        return Finding(
          .nonFiniteData,
          "\(name) \(tensor.place(of: element)) of the batch of step \(step + 1) is \(tensor.text(at: element))",
          remedy:
            "look at row \(tensor.row(of: element)) of that batch where the data are read; drop it, or fill the gap")
      }
    }
    return nil
  }

  /// Returns a finding for a parameter or statistic that is NaN or infinite before training.
  func brokenWeight() -> Finding? {
    let holders =
      contents.parameters.map { ($0.path, $0.parameter.value) }
      + contents.statistics.map { ($0.path, $0.statistic.value) }
    for (path, value) in holders {
      guard let element = value.firstNonFinite else { continue }
      return Finding(
        .nonFiniteWeight, at: path, "element \(value.place(of: element)) is \(value.text(at: element))",
        remedy: "initialize the model again, or load a state from before it broke")
    }
    return nil
  }

  /// Returns the finding of the first pass with a number that is not finite.
  func nonFinite(in measurement: Measurement) -> Finding? {
    for run in measurement.runs {
      if let finding = nonFinite(in: run) { return finding }
    }
    return nil
  }

  /// Returns a finding for the first place where a number is not finite: in the layers, the loss, or the backward pass.
  func nonFinite(in run: ProbeRun) -> Finding? {
    for (index, record) in run.records.enumerated() {
      guard let (output, element) = record.output.firstNonFinite else { continue }
      let cause = cause(in: record) { layer, x, _ in singularity(at: x, from: output) { layer.outputForTraining($0) } }
      return described(cause, "\(record.module)", record, element, output, run.records[...index], run)
    }
    if !run.loss.isFinite || !run.dOutput.isFinite {
      return brokenLoss(run)
    }
    for (index, record) in run.records.enumerated().reversed() {
      guard let dy = record.dy, dy.isFinite, let (dx, element) = record.dx?.firstNonFinite else { continue }
      let cause = cause(in: record) { layer, x, convert in
        singularity(at: x, from: dx) { layer.pullback(of: convert(dy[0]), at: $0) }
      }
      return described(cause, "the backward of \(record.module)", record, element, dx, run.records[...index], run)
    }
    for parameter in run.gradients.receivers {
      guard let element = run.gradients[parameter]!.firstNonFinite else { continue }
      let path = contents.parameters.first { $0.parameter === parameter }?.path
      let evidence =
        "element \(parameter.value.place(of: element)) of its gradient is \(run.gradients[parameter]!.text(at: element))"
      return overflow(path, evidence, run.records[...], run)
    }
    return nil
  }

  private static var smallerWeights: String {
    "initialize by fan-in (.heUniform, .xavierUniform), or normalize between the layers (LayerNorm, BatchNorm)"
  }

  private func described(
    _ cause: Finding.Cause, _ name: String, _ record: FlowRecorder.Record, _ element: Int, _ result: Tensor,
    _ records: ArraySlice<FlowRecorder.Record>, _ run: ProbeRun
  ) -> Finding {
    let input = record.input[0]
    var evidence = "\(name): element \(result.place(of: element)) is \(result.text(at: element))"
    if input.shape == result.shape, record.layer?.parameters.isEmpty == true {
      evidence += ", where its input is \(input.text(at: element))"
    }
    if cause != .weightsTooLarge { return domainFinding(cause, record.path, evidence) }
    return overflow(record.path, evidence, records, run)
  }

  private func domainFinding(_ cause: Finding.Cause, _ path: String?, _ evidence: String) -> Finding {
    Finding(
      cause, at: path, evidence,
      remedy: cause == .logarithmOfZero
        ? "keep the argument above 0: log(x + ε), or a loss that takes logits (SoftmaxCrossEntropy, "
          + "BinaryCrossEntropyWithLogits)"
        : "keep the divisor from 0: x / (s + ε), or a layer that has its ε (LayerNorm, BatchNorm, RMSNorm)")
  }

  /// Returns a finding for an overflow, caused by the weights or by the inputs.
  private func overflow(
    _ path: String?, _ evidence: String, _ records: ArraySlice<FlowRecorder.Record>, _ run: ProbeRun
  ) -> Finding {
    let start = run.inputs.rms
    let growth = records.filter(\.output.isFinite).map { $0.output.rms }.last.map { $0 / start } ?? 1
    let account =
      evidence + "; the inputs' rms is \(short(start)), and the layers before multiply it by \(short(growth))"
    let largest = contents.parameters.filter { $0.parameter.shape.rank > 1 }
      .max { $0.parameter.value.rms < $1.parameter.value.rms }
    let weights = largest.map { "; the largest weight is \($0.path), rms \(short($0.parameter.value.rms))" } ?? ""
    let weight = largest.map { $0.parameter.value.rms } ?? 0
    if start > 1e3 && start > growth * max(1, weight) {
      return Finding(
        .inputsTooLarge, at: path, account + weights,
        remedy: "scale the inputs to mean 0 and deviation 1, and targets too")
    }
    return Finding(.weightsTooLarge, at: path, account + weights, remedy: Self.smallerWeights)
  }

  private func brokenLoss(_ run: ProbeRun) -> Finding {
    let outputs = run.output.mapped { $0.converted(to: .float64) }
    let target = run.labels.mapped { $0.dtype.isFloatingPoint ? $0.converted(to: .float64) : $0 }
    // Of several outputs the one whose gradient is not finite, else the first, is looked at; the others stay.
    let index = run.dOutput.tensors.firstIndex { $0.firstNonFinite != nil } ?? 0
    let (output, element) = (run.output.tensors[index], run.dOutput.tensors[index].firstNonFinite)
    let cause = singularity(at: outputs.tensors[index], from: Tensor([run.loss] as [Double])) { output in
      var outputs = outputs
      outputs.tensors[index] = output
      return Tensor([loss.evaluate(outputs, target).value] as [Double])
    }
    var evidence = "\(type(of: loss)) is \(run.loss)"
    if let place = element ?? output.elements(as: Double.self).firstIndex(of: 0) {
      evidence += ", where element \(output.place(of: place)) of the output is \(output.text(at: place))"
    }
    if cause != .weightsTooLarge { return domainFinding(cause, nil, evidence) }
    return overflow(nil, evidence, run.records[...], run)
  }

  /// Runs an experiment on a layer in double precision, and restores its tensors. A module of several inputs or outputs
  /// is not experimented on: an overflow is the likeliest.
  private func cause(
    in record: FlowRecorder.Record,
    _ body: (_ layer: any Layer, _ x: Tensor, _ convert: (Tensor) -> Tensor) -> Finding.Cause
  ) -> Finding.Cause {
    guard let layer = record.layer else { return .weightsTooLarge }
    func convert(_ x: Tensor) -> Tensor { x.dtype == .float32 ? x.converted(to: .float64) : x }
    let boxes = ModelContents(of: layer).boxes.filter { $0.dtype == .float32 }
    let values = boxes.map(\.value)
    layer.convert(to: .float64)
    defer { for (box, value) in zip(boxes, values) { box.update { $0 = value } } }
    return contents.restoringStreams { body(layer, convert(record.input[0]), convert) }
  }
}

extension Module {
  func outputForTraining(_ x: Input) -> Output { forward(x).0 }
}

extension TensorGroup {
  /// The tensors with names for messages: "input", or "input 0" and so on of several.
  fileprivate func named(_ name: String) -> [(String, Tensor)] {
    let tensors = tensors
    return tensors.count == 1 ? [(name, tensors[0])] : tensors.enumerated().map { ("\(name) \($0)", $1) }
  }
}

extension [Tensor] {
  /// The first element that is not finite, and its tensor.
  fileprivate var firstNonFinite: (tensor: Tensor, element: Int)? {
    lazy.compactMap { tensor in tensor.firstNonFinite.map { (tensor, $0) } }.first
  }
}

extension Layer {
  fileprivate func pullback(of dy: Tensor, at x: Tensor) -> Tensor {
    var gradients = Gradients()
    let (_, box) = forwardBoxed(x)
    return backwardBoxed(dy, box, &gradients)
  }
}
