import StrataLayers
import StrataTensor
import StrataTraining

/// What passes through one layer, forward and backward, on one batch.
public struct LayerFlow: Sendable {
  /// Its path in the model.
  public let path: String

  /// What the layer says of itself.
  public let layer: String

  /// ‖y‖, over the whole batch.
  public let activationNorm: Double

  /// √ mean y²: the same for a layer twice as wide.
  public let activationRMS: Double

  /// ‖dL/dy‖: what the layer is told to change; NaN where no backward reached it.
  public let gradientNorm: Double

  /// ‖dL/dx‖ / ‖dL/dy‖, by which the layer's backward changes the gradient's length; nil where there is no dL/dx
  /// or dL/dy is 0.
  public let gain: Double?

  /// The most that ``gain`` can be by theory: the spectral norm of the weight, the largest slope of the activation.
  /// Nil where the layer cannot tell.
  public let gainBound: Double?

  /// ‖dL/dy‖ by that of the model's output: the product of the gains of all layers between.
  public let product: Double

  /// The part of a ReLU's units that are 0 on every row of the batch; nil for other layers.
  public let deadShare: Double?

  /// The part of a sigmoid's or tanh's elements whose slope is below a twentieth of the largest; nil for other
  /// layers.
  public let saturatedShare: Double?

  /// The layer's parameters.
  public let parameters: [ParameterFlow]

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
    (path, layer, typeName) = (record.path, "\(record.layer)", "\(type(of: record.layer))")
    activationNorm = record.output.norm
    activationRMS = activationNorm / Double(max(1, record.output.count)).squareRoot()
    let norm = record.dy?.norm ?? .nan
    gradientNorm = norm
    gain = norm == 0 ? nil : record.dx.map { $0.norm / norm }
    gainBound = (record.layer as? any BoundedGain)?.gainBound(at: record.input)
    product = norm / outputGradientNorm
    let activity = record.layer is ReLU ? UnitActivity(ofReLU: [record.output]) : nil
    deadShare = activity?.deadShare
    hasExcessiveDeath = activity?.isExcessive ?? false
    saturatedShare = UnitActivity.saturatedShare(of: record.layer, record.output)
    self.parameters = parameters
  }
}

/// √ Σ of squares.
func length(_ parts: [Double]) -> Double { parts.reduce(0) { $0 + $1 * $1 }.squareRoot() }
