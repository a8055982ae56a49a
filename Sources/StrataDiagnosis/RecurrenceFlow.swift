import Foundation
import StrataLayers
import StrataTensor

/// Measurements of a recurrence at each time step, on one batch.
public struct RecurrenceFlow: Sendable {
  /// The layer's path in the model.
  public let path: String

  /// The layer's description.
  public let layer: String

  /// ‖h_t‖ for each step t, in the order of the sequence.
  public let activationNorms: [Double]

  /// ‖dL/ds_t‖ for each step, in the order in which the cell runs.
  public let gradientNorms: [Double]

  /// ‖(∂s_T/∂s_t)ᵀ g‖, the norm at each step of a gradient that enters only at the last step, in the order in which the
  /// cell runs. It shows what is carried through time, while ``gradientNorms`` includes the gradients that enter at
  /// each step.
  public let carriedNorms: [Double]

  /// The largest spectral radius of the matrices that multiply the state; nil for a custom cell.
  public let spectralRadius: Double?

  /// The theoretical gain of a step: the spectral radius times the largest slope, for a cell whose state passes only
  /// through the matrix; nil for a gated cell, which carries its state past the matrices.
  public let predictedGain: Double?

  /// The share of the states of a tanh cell whose slope is below a twentieth of the largest; nil for other cells.
  public let saturatedShare: Double?

  /// The share of the units of a ReLU cell that are 0 at all steps of all sequences; nil for other cells.
  public let deadShare: Double?

  /// The product of the gains of all steps: the fraction of a gradient at the last step that reaches the first.
  public var product: Double {
    guard let first = carriedNorms.first, let last = carriedNorms.last, last > 0 else { return .nan }
    return first / last
  }

  /// The gain per step, as the geometric mean over time; NaN for a single step.
  public var gain: Double {
    carriedNorms.count > 1 ? pow(product, 1 / Double(carriedNorms.count - 1)) : .nan
  }

  init(_ record: FlowRecorder.TimeRecord) {
    (path, layer) = (record.path, "\(record.layer)")
    let states = record.states
    activationNorms = states.map(\.norm)
    (gradientNorms, carriedNorms) = (record.norms, record.carried)
    let transition = record.layer as? any StateTransition
    let radius = transition?.stateMatrices.map(\.spectralRadius).max()
    spectralRadius = radius
    predictedGain = transition?.passesThroughMatrixAlone == true ? radius : nil
    switch (record.layer as? Recurrent<RNNCell>)?.cell.activation {
    case .tanh?:
      saturatedShare = states.isEmpty ? nil : UnitActivity.saturatedShare(of: Tanh(), Tensor(concatenating: states))
      deadShare = nil
    case .relu?: (saturatedShare, deadShare) = (nil, UnitActivity(ofReLU: states).deadShare)
    case nil: (saturatedShare, deadShare) = (nil, nil)
    }
  }
}
