import StrataLayers
import StrataTensor

/// A recorder of every module's inputs, outputs and gradients in one forward and backward pass.
final class FlowRecorder: LayerObserver {
  /// One run of a module that contains no other observed module. A layer has one tensor of each.
  struct Record: Sendable {
    let path: String
    let module: any Module
    let input: [Tensor]
    let output: [Tensor]
    /// nil where no backward has reached the module.
    var dy: [Tensor]?
    var dx: [Tensor]?

    /// The module, where it is one from one tensor to one.
    var layer: (any Layer)? { module as? any Layer }
  }

  /// One run of a recurrence.
  struct TimeRecord: Sendable {
    let path: String
    let layer: any Layer
    /// The outputs h of each step.
    let states: [Tensor]
    var norms: [Double] = []
    var carried: [Double] = []
  }

  private struct State: Sendable {
    var records: [Record] = []
    var recurrences: [TimeRecord] = []
    /// Whether the backward pass has begun: a forward is then a recomputation of a recorded one.
    var isReversing = false
  }

  private let state = Lock(State())

  var records: [Record] { state.withLock { $0.records } }
  var recurrences: [TimeRecord] { state.withLock { $0.recurrences } }

  /// Runs a model forward, and backward from the gradient that `loss` returns.
  static func run<Model: Module>(
    _ model: Model, at inputs: Model.Input, of loss: (Model.Output) -> (value: Double, gradient: Model.Output)
  ) -> (recorder: FlowRecorder, output: Model.Output, loss: Double, dOutput: Model.Output, gradients: Gradients) {
    let recorder = FlowRecorder()
    var gradients = Gradients()
    let (output, value, dOutput) = LayerObservation.by(recorder) {
      let (output, box) = model.forwardBoxed(inputs)
      let (value, dOutput) = loss(output)
      recorder.state.withLock { $0.isReversing = true }
      if inputs.tensors.contains(where: \.dtype.isFloatingPoint) {
        _ = model.backwardBoxed(dOutput, box, &gradients)
      } else {
        model.accumulateBoxed(dOutput, box, &gradients)
      }
      return (output, value, dOutput)
    }
    return (recorder, output, value, dOutput, gradients)
  }

  func didRun(
    _ module: any Module, at path: String, input: [Tensor], output: [Tensor], cache: (any CacheBox)?
  ) {
    state.withLock { state in
      if state.isReversing { return }
      let isBlock = state.records.contains { $0.path != path && isInside($0.path, path) }
      if !isBlock { state.records.append(Record(path: path, module: module, input: input, output: output)) }
    }
  }

  func didReverse(_ module: any Module, at path: String, dy: [Tensor], dx: [Tensor]?) {
    state.withLock { state in
      guard let index = state.records.lastIndex(where: { $0.path == path && $0.dy == nil }) else { return }
      state.records[index].dy = dy
      state.records[index].dx = dx
    }
  }

  func didUnroll(_ layer: any Layer, at path: String, states: [Tensor]) {
    state.withLock { state in
      if !state.isReversing { state.recurrences.append(TimeRecord(path: path, layer: layer, states: states)) }
    }
  }

  func didReverseTime(_ layer: any Layer, at path: String, norms: [Double], carried: [Double]) {
    state.withLock { state in
      let isOpen = { (record: TimeRecord) in
        record.path == path && record.norms.isEmpty && "\(record.layer)" == "\(layer)"
      }
      guard let index = state.recurrences.lastIndex(where: isOpen) else { return }
      state.recurrences[index].norms = norms
      state.recurrences[index].carried = carried
    }
  }
}
