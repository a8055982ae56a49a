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
/// A step leaves 60 bytes of each parameter, statistic and random stream as it finds them, of each tensor of its batch, of
/// rate and loss; what the last step has left is recorded when training ends. Digests of parameters are made by the pass
/// of the optimizer that writes them, part by part, and those of frozen ones once. They take 1 to 4 % of a step, the more
/// the fewer examples use each weight. A run that goes on from a checkpoint goes on with its file.
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
  /// The model's parameters and statistics, and its streams, with their places in the file.
  private var boxes: [(box: TensorBox, place: UInt32)] = []
  private var streams: [(stream: RandomStream, place: UInt32)] = []
  private var (ratePlace, lossPlace): (UInt32, UInt32) = (0, 0)
  /// The places of the last batch's tensors, which one like it has too.
  private var batchPlaces: [(role: RunTensor.Role, shape: Shape, dtype: DType, place: UInt32)] = []

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
    func place(_ role: RunTensor.Role, _ path: String, _ shape: Shape, _ dtype: DType) -> UInt32 {
      writer.place(of: RunTensor(role: role, path: path, shape: shape, dtype: dtype))
    }
    boxes = contents.parameters.map { path, parameter in
      (parameter.box, place(.parameter, path, parameter.shape, parameter.dtype))
    }
    boxes += contents.statistics.map { path, statistic in
      (statistic.box, place(.statistic, path, statistic.shape, statistic.dtype))
    }
    streams = contents.streams.map { path, stream in (stream, place(.stream, path, [6], .int32)) }
    (ratePlace, lossPlace) = (place(.rate, "", [], .float64), place(.loss, "", [], .float64))
    (self.contents, self.writer, batchPlaces) = (contents, writer, [])
  }

  public mutating func beforeStep(_ trainer: inout some TrainingLoop) {
    guard writer != nil else { return }
    let step = trainer.stepsDone + 1
    writer?.add(trainer.learningRate, at: ratePlace)
    addState(of: trainer, before: step)
    guard let batch = trainer.batch else { return }
    add(
      batch.inputs.tensors.map { (RunTensor.Role.input, $0) } + batch.labels.tensors.map { (.label, $0) }, step)
    if keepsValues(of: step) { add(.output, outputs(of: trainer.model, at: batch.inputs), step) }
  }

  public mutating func afterStep(_ trainer: inout some TrainingLoop) throws {
    guard writer != nil else { return }
    let step = trainer.stepsDone
    writer?.add(trainer.lastStep!.loss, at: lossPlace)
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
    for (box, place) in boxes { writer?.add(box.digest, at: place) }
    for (stream, place) in streams { writer?.add(stream.tensor.digest, at: place) }
    guard keepsValues(of: step) else { return }
    for (box, place) in boxes { writer?.add(valuesOf: box.value, at: place, in: step) }
    for (stream, place) in streams { writer?.add(valuesOf: stream.tensor, at: place, in: step) }
    add(.memory, trainer.optimizer.state.sorted { $0.key < $1.key }.map { ($0, $1) }, step)
  }

  private mutating func add(_ role: RunTensor.Role, _ tensors: [(path: String, tensor: Tensor)], _ step: Int) {
    for (path, tensor) in tensors {
      add(tensor, at: writer!.place(of: RunTensor(role: role, path: path, of: tensor)), step)
    }
  }

  /// Adds the tensors of a batch.
  private mutating func add(_ batch: [(role: RunTensor.Role, tensor: Tensor)], _ step: Int) {
    let isLikeLast = batch.elementsEqual(batchPlaces) {
      $0.role == $1.role && $0.tensor.shape == $1.shape && $0.tensor.dtype == $1.dtype
    }
    if !isLikeLast {
      let inputs = batch.count { $0.role == .input }
      batchPlaces = batch.enumerated().map { index, entry in
        let path = "\(entry.role == .input ? index : index - inputs)"
        let place = writer!.place(of: RunTensor(role: entry.role, path: path, of: entry.tensor))
        return (entry.role, entry.tensor.shape, entry.tensor.dtype, place)
      }
    }
    for (entry, last) in zip(batch, batchPlaces) { add(entry.tensor, at: last.place, step) }
  }

  private mutating func add(_ tensor: Tensor, at place: UInt32, _ step: Int) {
    writer?.add(tensor.digest, at: place)
    if keepsValues(of: step) { writer?.add(valuesOf: tensor, at: place, in: step) }
  }

  /// Runs the model as the step will, and returns what each layer gives.
  private func outputs<Model: Module>(of model: Model, at inputs: Model.Input) -> [(path: String, tensor: Tensor)] {
    let recorder = OutputRecorder()
    contents?.restoringStreams { LayerObservation.by(recorder) { _ = model.forwardBoxed(inputs) } }
    return recorder.outputs
  }
}

extension RunTensor {
  fileprivate init(role: Role, path: String, of tensor: Tensor) {
    self.init(role: role, path: path, shape: tensor.shape, dtype: tensor.dtype)
  }
}

extension RandomStream {
  /// Where the stream stands, in words of 32 bits.
  fileprivate var tensor: Tensor {
    let state = state
    return Tensor(words: [state.position, state.seed, state.number])
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
