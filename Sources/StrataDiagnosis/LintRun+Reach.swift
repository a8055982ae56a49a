import StrataLayers
import StrataTensor

// Parts on which the output does not depend.

extension LintRun {
  /// Returns findings for parameters whose gradient is exactly 0, by what keeps it from them.
  func reachFindings() -> [Finding] {
    var groups: [(finding: Finding, paths: [String])] = []
    for (path, parameter) in contents.parameters {
      guard !contents.frozen.contains(ObjectIdentifier(parameter)), parameter.shape.count > 0,
        gradients[parameter]?.norm ?? 0 == 0
      else { continue }
      let finding = obstacle(of: parameter, path)
      if let index = groups.firstIndex(where: { ($0.finding.cause, $0.finding.path) == (finding.cause, finding.path) })
      {
        groups[index].paths.append(path)
      } else {
        groups.append((finding, [path]))
      }
    }
    return groups.map { finding, paths in
      let list = paths.prefix(4).joined(separator: ", ") + (paths.count > 4 ? " and \(paths.count - 4) more" : "")
      return Finding(
        finding.cause, at: finding.path, "no gradient of \(list): " + finding.evidence, remedy: finding.remedy)
    }
  }

  /// Returns what keeps the gradient from a parameter.
  private func obstacle(of parameter: Parameter, _ path: String) -> Finding {
    var place = path.parent
    let own = records.indices.filter { record in
      records[record].module.parameters.contains { $0.parameter === parameter }
    }
    guard let last = own.last else {
      // A container's own parameter has no record, nor has a part that was not run.
      func hasRun(_ place: String) -> Bool { records.contains { isInside($0.path, place) } }
      if hasRun(place) {
        return Finding(
          .missingGradient, at: path, "what holds it runs, and adds no gradient for it",
          remedy: "let forward use it, and backward add its gradient: gradients.add(…, to:)")
      }
      while !place.parent.isEmpty, !hasRun(place.parent) { place = place.parent }
      return Finding(
        .deadBranch, at: place, "forward never runs \(place)", remedy: "run it, or take it out of the model")
    }
    if own.contains(where: { records[$0].dy?.norm ?? 0 > 0 }) { return idle(records[last], path) }
    // Where nobody wants dL/dx there is none, which is no reason.
    if let blocking = records[(last + 1)...].first(where: { $0.dy?.norm ?? 0 > 0 && $0.dx?.norm == 0 }) {
      return blocked(by: blocking)
    }
    if let barrier = barrier(after: last) {
      return Finding(
        .stoppedGradient, at: barrier, "no gradient passes \(barrier), by definition",
        remedy: "take it out, or move it before all that is to learn; what is not to learn belongs in Frozen")
    }
    return Finding(
      .deadBranch, at: records[last].path,
      "\(records[last].module) runs, and nothing that leads to the output uses what "
        + "it gives, or its backward is left out",
      remedy: "use it, and call its backward in that of the container; or take it out of the model")
  }

  /// Returns a finding for a layer that is given a gradient, and none arrives at its parameter.
  private func idle(_ record: FlowRecorder.Record, _ path: String) -> Finding {
    guard record.input.allSatisfy({ $0.norm == 0 }) else {
      return Finding(
        .missingGradient, at: path, "dL/dy reaches \(record.module), whose backward adds nothing",
        remedy: "check the layer with checkGradients")
    }
    let source = records.firstIndex { $0.path == record.path }.flatMap { producer(of: $0) }
    let cause: Finding.Cause = source.map { records[$0].module is ReLU } == true ? .deadUnits : .deadBranch
    return Finding(
      cause, at: source.map { records[$0].path } ?? record.path, "the input of \(record.path) is 0 everywhere",
      remedy: "see why what comes before gives 0: dead units, a rate of dropout of 1, inputs of 0")
  }

  private func blocked(by record: FlowRecorder.Record) -> Finding {
    let stops = "\(record.module) is given a gradient and passes none on"
    switch record.module {
    case is StopGradient:
      return Finding(
        .stoppedGradient, at: record.path, stops,
        remedy: "take it out, or move it before all that is to learn; what is not to learn belongs in Frozen")
    case is ReLU:
      return Finding(
        .deadUnits, at: record.path, stops + ": its outputs are all 0",
        remedy: "initialize by .heUniform with biases at 0, or take LeakyReLU")
    case is Softmax where record.output[0].shape[-1] == 1:
      return Finding(
        .singleClass, at: record.path, stops + ": the softmax of one number is 1",
        remedy: "give it one number a class, or take Sigmoid for two classes by one number")
    default:
      return Finding(
        .deadBranch, at: record.path, stops,
        remedy: "see why its output does not depend on its input, or check its backward with checkGradients")
    }
  }

  /// Returns the path of the first module after a record that stops the gradient by definition.
  private func barrier(after own: Int) -> String? {
    var stops: [String] = []
    ModelWalk.walk(model) { value, path in
      if value is StopGradient || (value as? Frozen)?.stopsGradient == true { stops.append(path) }
    }
    return records[(own + 1)...].lazy.compactMap { record in stops.first { isInside(record.path, $0) } }.first
  }
}

extension String {
  /// The path of what holds the module at this path.
  fileprivate var parent: String { split(separator: ".").dropLast().joined(separator: ".") }
}
