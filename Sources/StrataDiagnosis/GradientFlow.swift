import StrataLayers
import StrataTensor
import StrataTraining

/// The flow of the gradient through a model on one batch: norms, gains, dead and saturated units, steps and noise of
/// every layer, with faults flagged.
///
/// ```swift
/// print(GradientFlow(of: model, at: batch.inputs, batch.labels, loss: SoftmaxCrossEntropy(), optimizer: adam))
/// ```
///
/// The backward of a stack multiplies dL/dy by one Jacobian after another, dL/dxₖ = J_kᵀ … J_nᵀ dL/dy: its norm at
/// layer k is that at the output times the gains of all layers between. If that product is far below 1 the gradient
/// vanishes; far above 1 it explodes. Each is an entry of ``flags`` with remedies.
///
/// The model runs in training mode and nothing changes: parameters, statistics, random streams and the optimizer
/// are restored. All activations are kept and the spectral norm of every weight is computed, so use it to inspect a
/// model, not in every step. The article "Reading the gradient flow" explains the columns.
///
/// Hochreiter, "Untersuchungen zu dynamischen neuronalen Netzen", 1991; Glorot and Bengio, "Understanding the
/// Difficulty of Training Deep Feedforward Neural Networks", 2010; Pascanu, Mikolov and Bengio, "On the Difficulty
/// of Training Recurrent Neural Networks", 2013; Saxe, McClelland and Ganguli, "Exact Solutions to the Nonlinear
/// Dynamics of Learning in Deep Linear Neural Networks", 2013; He, Zhang, Ren and Sun, "Delving Deep into
/// Rectifiers", 2015.
public struct GradientFlow: Sendable {
  /// The product of gains below which a gradient has vanished: a thousandth.
  public static let vanishingLimit = 1e-3

  /// The product of gains above which a gradient has exploded: a thousand.
  public static let explodingLimit = 1e3

  /// The loss on the batch.
  public let loss: Double

  /// ‖dL/dy‖ of the model's output.
  public let outputGradientNorm: Double

  /// Every module that runs no other, in the order of the forward pass.
  public let layers: [LayerFlow]

  /// Every recurrence, by time step.
  public let recurrences: [RecurrenceFlow]

  /// Every parameter, including those of containers.
  public let parameters: [ParameterFlow]

  /// The noise of the batch's gradient; nil if the batch is too small to estimate it.
  public let noise: GradientNoise?

  /// The faults found, the most serious first.
  public let flags: [FlowFlag]

  /// Measures a model on a batch.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - inputs: The inputs, batch axis first.
  ///   - target: The target of the loss, one row per input row.
  ///   - loss: The loss to differentiate.
  ///   - microBatches: The number of parts into which the batch is cut to measure the gradient's noise.
  public init<Model: Module, Goal: Objective>(
    of model: Model, at inputs: Model.Input, _ target: Goal.Target, loss: Goal, microBatches: Int = 8
  ) where Goal.Output == Model.Output {
    self.init(of: model, inputs, target, loss, microBatches) { _ in nil }
  }

  /// Measures a model on a batch, and the step that an optimizer would take.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - inputs: The inputs, batch axis first.
  ///   - target: The target of the loss, one row per input row.
  ///   - loss: The loss to differentiate.
  ///   - optimizer: The optimizer. A copy of it takes one step, which is undone.
  ///   - microBatches: The number of parts into which the batch is cut to measure the gradient's noise.
  public init<Model: Module, Goal: Objective>(
    of model: Model, at inputs: Model.Input, _ target: Goal.Target, loss: Goal, optimizer: some Optimizer,
    microBatches: Int = 8
  ) where Goal.Output == Model.Output {
    self.init(of: model, inputs, target, loss, microBatches) { gradients in
      var trial = optimizer
      return try? trial.changes(along: gradients)
    }
  }

  private init<Model: Module, Goal: Objective>(
    of model: Model, _ inputs: Model.Input, _ target: Goal.Target, _ loss: Goal, _ microBatches: Int,
    steppingBy step: (Gradients) -> [ObjectIdentifier: Double]?
  ) where Goal.Output == Model.Output {
    require(
      inputs.rowCount ?? 0 > 0 && inputs.rowCount == target.rowCount,
      "GradientFlow: an input of shape \(inputs.shapes.listed) and a target of \(target.shapes.listed) need as many "
        + "rows, one at least")
    require(microBatches >= 2, "GradientFlow: \(microBatches) micro-batches show no spread; give 2 or more")
    let contents = ModelContents(of: model)
    let weights = contents.parameters.map(\.parameter.value)
    let (run, noise, changes) = contents.restoringAll {
      let run = FlowRecorder.run(model, at: inputs) { loss.evaluate($0, target) }
      let noise = GradientNoise(of: model, at: inputs, target, loss: loss, parts: microBatches)
      return (run, noise, step(run.gradients))
    }
    var flows: [ObjectIdentifier: ParameterFlow] = [:]
    for ((path, parameter), weight) in zip(contents.parameters, weights) {
      let identity = ObjectIdentifier(parameter)
      flows[identity] = ParameterFlow(
        path: path, shape: parameter.shape, norm: weight.norm, gradientNorm: run.gradients[parameter]?.norm ?? 0,
        updateNorm: changes.map { $0[identity] ?? 0 }, noise: noise.map { $0.byParameter[identity] ?? 0 })
    }
    self.loss = run.loss
    self.noise = noise
    let outputNorm = run.dOutput.norm
    outputGradientNorm = outputNorm
    parameters = contents.parameters.map { flows[ObjectIdentifier($0.parameter)]! }
    layers = run.recorder.records.map { record in
      LayerFlow(
        record, outputGradientNorm: outputNorm,
        parameters: record.module.parameters.compactMap { flows[ObjectIdentifier($0.parameter)] })
    }
    recurrences = run.recorder.recurrences.map(RecurrenceFlow.init)
    flags = FlowFlag.flags(layers, recurrences, parameters)
  }
}

extension Optimizer {
  /// Takes one step along these gradients and returns ‖Δw‖ of each parameter.
  ///
  /// - Throws: ``NonFiniteGradientError``; nothing has changed then.
  mutating func changes(along gradients: Gradients) throws -> [ObjectIdentifier: Double] {
    let before = gradients.receivers.map(\.value)
    try update(along: gradients)
    var changes: [ObjectIdentifier: Double] = [:]
    for (parameter, value) in zip(gradients.receivers, before) {
      changes[ObjectIdentifier(parameter)] = (parameter.value - value).norm
    }
    return changes
  }
}
