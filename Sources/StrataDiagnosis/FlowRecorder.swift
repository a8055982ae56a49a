import StrataLayers
import StrataTensor

/// A recorder of every layer's inputs, outputs and gradients in one forward and backward pass.
final class FlowRecorder: LayerObserver {
  /// One run of a layer that contains no other observed layer.
  struct Record: Sendable {
    let path: String
    let layer: any Layer
    let input: Tensor
    let output: Tensor
    var dy: Tensor?
    var dx: Tensor?
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
  static func run(
    _ model: some Layer, at inputs: Tensor, of loss: (Tensor) -> (value: Double, gradient: Tensor)
  ) -> (recorder: FlowRecorder, output: Tensor, loss: Double, dOutput: Tensor, gradients: Gradients) {
    let recorder = FlowRecorder()
    var gradients = Gradients()
    let (output, value, dOutput) = LayerObservation.by(recorder) {
      let (output, box) = model.forwardBoxed(inputs)
      let (value, dOutput) = loss(output)
      recorder.state.withLock { $0.isReversing = true }
      if inputs.dtype.isFloatingPoint {
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
    guard let layer = module as? any Layer else { return }
    state.withLock { state in
      if state.isReversing { return }
      let isBlock = state.records.contains { $0.path != path && isInside($0.path, path) }
      if !isBlock { state.records.append(Record(path: path, layer: layer, input: input[0], output: output[0])) }
    }
  }

  func didReverse(_ layer: any Module, at path: String, dy: [Tensor], dx: [Tensor]?) {
    state.withLock { state in
      guard let index = state.records.lastIndex(where: { $0.path == path && $0.dy == nil }) else { return }
      state.records[index].dy = dy[0]
      state.records[index].dx = dx?[0]
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
