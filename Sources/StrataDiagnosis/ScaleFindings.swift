import Foundation
import StrataLayers
import StrataTensor

// One layer's gradient a thousand times that of the others.

extension TrialTraining {
  /// A layer that owns matrices. The gradient of a bias is that of the layer's output, whatever the scale of the input,
  /// and would hide that of the weight.
  private struct Owner {
    let path: String
    var squares = 0.0
    var norm: Double { squares.squareRoot() }
  }

  /// Returns a finding if the layers' gradients fall into two groups a factor of a thousand apart.
  ///
  /// A layer of gradient 0 is left to the search for the layer that stops it.
  ///
  /// - Parameters:
  ///   - measurement: The measured gradients.
  ///   - sparingLearntScales: Whether to accept a small gradient in a Residual with a learnt scale: ReZero and
  ///     LayerScale start near 0 by design, and the scale grows in training.
  func imbalance(_ measurement: Measurement, sparingLearntScales: Bool) -> [Finding] {
    let branches = model.branches
    let spared = sparingLearntScales ? branches.filter(\.hasLearntScale).map(\.path) : []
    let owners = owners(measurement).filter { owner in
      owner.norm > 0 && owner.norm.isFinite && !spared.contains { isInside(owner.path, $0) }
    }
    let sorted = owners.sorted { $0.norm > $1.norm }
    let gaps = zip(sorted, sorted.dropFirst()).map { $0.norm / $1.norm }
    // About a thousand, since the layers' shapes contribute too.
    if let widest = gaps.indices.max(by: { gaps[$0] < gaps[$1] }), gaps[widest] >= 500 {
      return gapFindings(Array(sorted[...widest]), Array(sorted[(widest + 1)...]), branches)
    }
    return sparingLearntScales ? product(measurement.runs[0], branches, sparing: spared) : []
  }

  private func owners(_ measurement: Measurement) -> [Owner] {
    var owners: [Owner] = []
    for (path, parameter) in contents.parameters where parameter.shape.rank >= 2 {
      let owner = path.split(separator: ".").dropLast().joined(separator: ".")
      let norm = measurement.gradientNorm(of: parameter)
      if owners.last?.path == owner {
        owners[owners.count - 1].squares += norm * norm
      } else {
        owners.append(Owner(path: owner, squares: norm * norm))
      }
    }
    return owners
  }

  private func gapFindings(_ upper: [Owner], _ lower: [Owner], _ branches: [Branch]) -> [Finding] {
    let evidence =
      "‖dL/dw‖ of \(listed(upper.map(\.path))) is \(short(upper.last!.norm)) or more, of \(listed(lower.map(\.path))) "
      + "\(short(lower[0].norm)) or less: a factor of \(short(upper.last!.norm / lower[0].norm))"
    let odd = oddWeight()
    // A stack is bypassed if its branch has the small gradients and the large ones are outside.
    let branch = branches.first { branch in
      lower.allSatisfy { isInside($0.path, branch.path) } && upper.contains { !isInside($0.path, branch.path) }
    }
    let isOddInside = branch != nil && odd != nil && isInside(odd!.path, branch!.path)
    var findings: [Finding] = []
    if let branch, isOddInside || !upper.contains(where: { isInside($0.path, branch.path) }) {
      findings.append(shorted(branch.path, evidence))
      if !isOddInside { return findings }
    }
    let outlier = upper.count <= lower.count ? upper[0].path : lower.last!.path
    return findings + [
      Finding(
        .badInitialization, at: odd?.path ?? outlier, evidence + (odd.map { "; \($0.text)" } ?? ""),
        remedy: "draw every weight by its fan-in (.heUniform, .xavierUniform), or normalize between the layers")
    ]
  }

  private func shorted(_ path: String, _ evidence: String) -> Finding {
    Finding(
      .shortedStack, at: path, evidence + "; the connection past the branch leads on alone",
      remedy: "let branch and connection add up at like scale: give the branch its initial scale, or a learnt one "
        + "(Residual(scale:)), and leave the connection unscaled")
  }

  /// Returns the weight whose scale is furthest from 1/√fan-in, by a factor of ten or more.
  func oddWeight() -> (path: String, text: String)? {
    let scales = contents.parameters.compactMap { path, parameter -> (path: String, scale: Double)? in
      parameter.shape.rank >= 2 && parameter.shape.count > 0 ? (path, parameter.value.scaleByFanIn) : nil
    }.filter { $0.scale > 0 }
    guard let odd = scales.max(by: { abs(log10($0.scale)) < abs(log10($1.scale)) }), abs(log10(odd.scale)) >= 1
    else { return nil }
    return (
      odd.path, "the rms of \(odd.path) is \(short(odd.scale)) times 1/√fan-in, where about 1 keeps the scale"
    )
  }

  /// Returns a finding if the product of gains from the output to a layer with parameters is below 1e-5 or above 1e5.
  ///
  /// A layer whose gradient is exactly 0 is left to the search for the layer that stops it.
  private func product(_ run: ProbeRun, _ branches: [Branch], sparing spared: [String]) -> [Finding] {
    let output = run.dOutput.norm
    let products = run.records.compactMap { record -> (path: String, product: Double)? in
      guard let dy = record.dy?.norm, dy > 0, output > 0, !record.module.parameters.isEmpty,
        !spared.contains(where: { isInside(record.path, $0) })
      else { return nil }
      return (record.path, dy / output)
    }
    guard let least = products.min(by: { $0.product < $1.product }),
      let largest = products.max(by: { $0.product < $1.product })
    else { return [] }
    if least.product < 1e-5 {
      let evidence = "of the gradient at the output, \(short(least.product)) reaches layer \(least.path)"
      // If only a branch loses the gradient, the rest of the model may still learn.
      let branch = branches.first { branch in
        isInside(least.path, branch.path) && !branch.path.isEmpty
          && products.contains { !isInside($0.path, branch.path) && $0.product > 1e-2 }
      }
      return (branch.map { [shorted($0.path, evidence)] } ?? []) + [
        Finding(
          .vanishingGradient, at: least.path, evidence,
          remedy: !contents.statistics.isEmpty && run.rows == 2
            ? "take larger batches, or LayerNorm: BatchNorm makes ±1 of any two values, and passes next to nothing"
            : "take ReLU with .heUniform, put the layers into Residual, or normalize; GradientFlow shows where it goes"
        )
      ]
    }
    if largest.product > 1e5 {
      return [
        Finding(
          .explodingGradient, at: largest.path,
          "the gradient at layer \(largest.path) is \(short(largest.product)) times that at the output",
          remedy: "initialize by fan-in, clip gradients by norm, or use Residual; GradientFlow shows where it grows")
      ]
    }
    return []
  }

  private func listed(_ paths: [String]) -> String {
    paths.count <= 3 ? paths.joined(separator: ", ") : "\(paths[0]) … \(paths.last!) (\(paths.count) layers)"
  }
}

extension Tensor {
  /// The rms of a weight relative to 1/√fan-in: √2 at initialization for ReLU. Image kernels are [out, in, …], matrices
  /// [in, out].
  var scaleByFanIn: Double { rms * Double(rank == 2 ? shape[0] : shape.rowShape.count).squareRoot() }
}
