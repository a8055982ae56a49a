import StrataLayers
import StrataTensor
import StrataTraining

/// Measurements of one layer, or another module that runs no other, forward and backward, on one batch; norms are those
/// of all its tensors together.
public struct LayerFlow: Sendable {
  /// The layer's path in the model.
  public let path: String

  /// The layer's description.
  public let layer: String

  /// ‖y‖, over the whole batch.
  public let activationNorm: Double

  /// √ mean y², which does not depend on the layer's width.
  public let activationRMS: Double

  /// ‖dL/dy‖; NaN if no backward reached the layer.
  public let gradientNorm: Double

  /// ‖dL/dx‖ / ‖dL/dy‖, the factor by which the layer's backward changes the gradient's norm; nil if there is no dL/dx
  /// or dL/dy is 0.
  public let gain: Double?

  /// The theoretical upper bound of ``gain``: the spectral norm of the weight, the largest slope of the activation.
  /// Nil if the layer is not a ``BoundedGain``.
  public let gainBound: Double?

  /// ‖dL/dy‖ divided by that of the model's output: the product of the gains of all layers between.
  public let product: Double

  /// The share of a ReLU's units that are 0 on every row of the batch; nil for other layers.
  public let deadShare: Double?

  /// The share of a sigmoid's or tanh's elements whose slope is below a twentieth of the largest; nil for other
  /// layers.
  public let saturatedShare: Double?

  /// The layer's parameters.
  public let parameters: [ParameterFlow]

  /// Whether a backward reached the layer: not below a stopped gradient.
  let isReached: Bool
  let typeName: String
  let hasExcessiveDeath: Bool

  /// ‖dL/dw‖ of all its parameters as one vector.
  public var parameterGradientNorm: Double { length(parameters.map(\.gradientNorm)) }

  /// ‖Δw‖ / ‖w‖ of all its parameters as one vector; nil without an optimizer or parameters.
  public var updateRatio: Double? {
    let (norm, update) = (length(parameters.map(\.norm)), length(parameters.compactMap(\.updateNorm)))
    return norm > 0 && parameters.contains { $0.updateNorm != nil } ? update / norm : nil
  }

  /// σ²/B of all its parameters.
  public var noise: Double? {
    let parts = parameters.compactMap(\.noise)
    return parts.isEmpty ? nil : parts.reduce(0, +)
  }

  init(_ record: FlowRecorder.Record, outputGradientNorm: Double, parameters: [ParameterFlow]) {
    (path, layer, typeName) = (record.path, "\(record.module)", "\(type(of: record.module))")
    activationNorm = record.output.norm
    activationRMS = activationNorm / Double(max(1, record.output.reduce(0) { $0 + $1.count })).squareRoot()
    let norm = record.dy?.norm ?? .nan
    gradientNorm = norm
    isReached = record.dy != nil
    gain = norm == 0 ? nil : record.dx.map { $0.norm / norm }
    gainBound = (record.module as? any BoundedGain)?.gainBound(at: record.input[0])
    product = norm / outputGradientNorm
    let activity = record.module is ReLU ? UnitActivity(ofReLU: record.output) : nil
    deadShare = activity?.deadShare
    hasExcessiveDeath = activity?.isExcessive ?? false
    saturatedShare = UnitActivity.saturatedShare(of: record.module, record.output[0])
    self.parameters = parameters
  }
}

/// Returns √ Σ nᵢ².
func length(_ parts: [Double]) -> Double { parts.reduce(0) { $0 + $1 * $1 }.squareRoot() }
