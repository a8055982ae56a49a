import StrataLayers
import StrataTensor

/// The number of an activation's units that pass no gradient on a batch, or almost none.
struct UnitActivity {
  /// The number of units of a ReLU: features of the last axis, or channels of images.
  let unitCount: Int

  /// The number of units that are 0 on every row of the batch, so that no gradient passes them.
  let deadCount: Int

  var deadShare: Double { Double(deadCount) / Double(max(1, unitCount)) }

  /// Whether more units are dead than similar inputs explain: four standard deviations above half of them, or all.
  /// Behind a deep stack all rows look alike, and half the units of a healthy layer are then 0 on all of them.
  var isExcessive: Bool {
    let half = Double(unitCount) / 2
    let deviations = (Double(deadCount) - half) / (Double(unitCount).squareRoot() / 2)
    return unitCount > 0 && (deadCount == unitCount || deadShare >= 0.75 && deviations > 4)
  }

  /// Counts the units in the outputs of one or more batches.
  init(ofReLU outputs: [Tensor]) {
    let largest = outputs.filter { $0.count > 0 }.map { output in
      let unitAxis = output.rank == 4 ? 1 : output.rank - 1
      let axes = (0..<output.rank).filter { $0 != unitAxis }
      return axes.reversed().reduce(output) { $0.max(along: $1) }.elements(as: Double.self)
    }
    unitCount = largest.first?.count ?? 0
    deadCount = (0..<unitCount).count { unit in largest.allSatisfy { $0[unit] <= 0 } }
  }

  /// Returns the share of elements whose slope is below a twentieth of the largest: σ(1 − σ) < 1/80, 1 − tanh² < 1/20.
  ///
  /// Nil if the layer is neither a sigmoid nor a tanh.
  static func saturatedShare(of module: any Module, _ output: Tensor) -> Double? {
    if module is Sigmoid { return (output * (1 - output) .< 1.0 / 80).mean().item }
    if module is Tanh { return (1 - output * output .< 1.0 / 20).mean().item }
    return nil
  }
}
