import StrataData
import StrataLayers
import StrataTensor
import StrataTraining

/// A file of digests of each step of a run, by which ``compareRuns(_:_:)`` finds where two runs begin to differ.
///
/// ```swift
/// var trainer = Trainer(model, loss: loss, optimizer: optimizer, callbacks: [RunDigest("a.digest")])
/// ```
///
/// A step leaves 28 bytes of each parameter, statistic and random stream as it finds them, of each tensor of its batch, of
/// rate and loss; what the last step has left is recorded when training ends. They are made at the speed of memory: of a
/// step they take little, the more the fewer examples use each weight. A run that goes on from a
/// checkpoint goes on with its file.
///
/// Put it after callbacks that change the model, which it then sees changed.
///
/// In `steps` of which whole values are kept, it has also what the optimizer remembers, the output of each layer, for
/// which the model runs once more, and the gradients: a second run of the steps around a difference shows every entry.
public struct RunDigest: Callback {
  /// Where the file is.
  public let path: String

  /// The steps whose tensors are kept whole, counted from 1.
  public let stepsWithValues: ClosedRange<Int>?

  private var writer: DigestWriter?
  private var contents: ModelContents?
  /// The places of the model's tensors in the file.
  private var parameters: [UInt32] = []
  private var statistics: [UInt32] = []
  private var streams: [UInt32] = []

  /// Digests in a file, whose directories are made.
  ///
  /// - Parameters:
  ///   - path: Where the file is. One that is there is replaced, or, where the run goes on from a checkpoint, continued.
  ///   - steps: The steps, counted from 1, whose tensors are kept whole.
  public init(_ path: String, valuesAt steps: ClosedRange<Int>? = nil) {
    self.path = path
    stepsWithValues = steps
  }

  public mutating func beforeTraining(_ trainer: inout some TrainingLoop) throws {
    let contents = ModelContents(of: trainer.model)
    var writer = try DigestWriter(path, after: trainer.stepsDone)
    func places(_ role: RunTensor.Role, _ holders: [(path: String, holder: any TensorHolder)]) -> [UInt32] {
      holders.map {
        writer.place(of: RunTensor(role: role, path: $0.path, shape: $0.holder.shape, dtype: $0.holder.dtype))
      }
    }
    parameters = places(.parameter, contents.parameters.map { ($0.path, $0.parameter) })
    statistics = places(.statistic, contents.statistics.map { ($0.path, $0.statistic) })
    streams = contents.streams.map {
      writer.place(of: RunTensor(role: .stream, path: $0.path, shape: [6], dtype: .int32))
    }
    (self.contents, self.writer) = (contents, writer)
  }

  public mutating func beforeStep(_ trainer: inout some TrainingLoop) {
    let step = trainer.stepsDone + 1
    writer?.add(trainer.learningRate, .rate)
    addState(of: trainer, before: step)
    guard let batch = trainer.batch else { return }
    add(.input, batch.inputs.tensors.enumerated().map { ("\($0)", $1) }, step)
    add(.label, batch.labels.tensors.enumerated().map { ("\($0)", $1) }, step)
    if keepsValues(of: step) { add(.output, outputs(of: trainer.model, at: batch.inputs), step) }
  }

  public mutating func afterStep(_ trainer: inout some TrainingLoop) throws {
    let step = trainer.stepsDone
    writer?.add(trainer.lastStep!.loss, .loss)
    if keepsValues(of: step), let contents, let gradients = trainer.gradients {
      let paths = Dictionary(
        uniqueKeysWithValues: contents.parameters.map { (ObjectIdentifier($0.parameter), $0.path) })
      // In the order of backward, in which a difference spreads.
      add(.gradient, gradients.receivers.map { (paths[ObjectIdentifier($0)] ?? $0.name, gradients[$0]!) }, step)
    }
    try writer?.endStep(step)
  }

  public mutating func afterTraining(_ trainer: inout some TrainingLoop) throws {
    // What a step has found that then failed is recorded as the last step has left it.
    writer?.abandonStep()
    addState(of: trainer, before: trainer.stepsDone + 1)
    try writer?.endStep(trainer.stepsDone + 1)
    try writer?.flush()
    (writer, contents) = (nil, nil)
  }

  private func keepsValues(of step: Int) -> Bool { stepsWithValues?.contains(step) ?? false }

  private mutating func addState(of trainer: some TrainingLoop, before step: Int) {
    guard let contents else { return }
    let valueStep = keepsValues(of: step) ? step : nil
    for (place, entry) in zip(parameters, contents.parameters) {
      writer?.add(entry.parameter.value, at: place, valuesOf: valueStep)
    }
    for (place, entry) in zip(statistics, contents.statistics) {
      writer?.add(entry.statistic.value, at: place, valuesOf: valueStep)
    }
    for (place, entry) in zip(streams, contents.streams) {
      let state = entry.stream.state
      writer?.add(Tensor(words: [state.position, state.seed, state.number]), at: place, valuesOf: valueStep)
    }
    if valueStep != nil { add(.memory, trainer.optimizer.state.sorted { $0.key < $1.key }.map { ($0, $1) }, step) }
  }

  private mutating func add(_ role: RunTensor.Role, _ tensors: [(path: String, tensor: Tensor)], _ step: Int) {
    let valueStep = keepsValues(of: step) ? step : nil
    for (path, tensor) in tensors {
      let place = writer?.place(of: RunTensor(role: role, path: path, shape: tensor.shape, dtype: tensor.dtype))
      if let place { writer?.add(tensor, at: place, valuesOf: valueStep) }
    }
  }

  /// Runs the model as the step will, and returns what each layer gives.
  private func outputs<Model: Module>(of model: Model, at inputs: Model.Input) -> [(path: String, tensor: Tensor)] {
    let recorder = OutputRecorder()
    contents?.restoringStreams { LayerObservation.by(recorder) { _ = model.forwardBoxed(inputs) } }
    return recorder.outputs
  }
}

/// Keeps the output of each layer that contains no other, under its path and, where it runs again, the number of the run.
private final class OutputRecorder: LayerObserver {
  private let runs = Lock<[(path: String, output: [Tensor])]>([])

  var outputs: [(path: String, tensor: Tensor)] {
    let runs = runs.withLock { $0 }
    return runs.enumerated().flatMap { index, run in
      let earlier = runs[..<index].count { $0.path == run.path }
      return run.output.enumerated().map { place, tensor in
        let parts = [run.output.count > 1 ? "tensor \(place)" : nil, earlier > 0 ? "run \(earlier + 1)" : nil]
        return (([run.path] + parts.compactMap(\.self)).joined(separator: ", "), tensor)
      }
    }
  }

  func didRun(_ module: any Module, at path: String, input: [Tensor], output: [Tensor], cache: (any CacheBox)?) {
    runs.withLock { runs in
      if !runs.contains(where: { $0.path != path && isInside($0.path, path) }) { runs.append((path, output)) }
    }
  }
}
