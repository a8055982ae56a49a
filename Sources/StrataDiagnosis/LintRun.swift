import StrataLayers
import StrataTensor

/// One forward and backward pass of a model from a random dL/dy, with parameters a little beside their values.
///
/// What the loss would give as dL/dy can be 0 by accident, as can a weight; what is 0 here is so by structure.
struct LintRun<Model: Module, Goal: Objective> where Goal.Output == Model.Output {
  let model: Model
  let loss: Goal
  let labels: Goal.Target
  let output: Model.Output
  let gradients: Gradients
  let records: [FlowRecorder.Record]
  let contents: ModelContents

  init(_ model: Model, _ loss: Goal, _ inputs: Model.Input, _ labels: Goal.Target) {
    (self.model, self.loss, self.labels) = (model, loss, labels)
    let contents = ModelContents(of: model)
    let run = contents.restoringAll {
      withSeed(1) {
        for (_, parameter) in contents.parameters {
          let size = 0.02 * max(parameter.value.norm / Double(max(1, parameter.shape.count)).squareRoot(), 0.1)
          parameter.value += Tensor(normal: parameter.shape, standardDeviation: size).converted(to: parameter.dtype)
        }
        return FlowRecorder.run(model, at: inputs) { output in
          (0, output.mapped { Tensor(normal: $0.shape).converted(to: $0.dtype) })
        }
      }
    }
    (output, gradients, records, self.contents) = (run.output, run.gradients, run.recorder.records, contents)
  }
}

extension LintRun {
  /// The layer whose output is the input of a record.
  func producer(of record: Int) -> Int? {
    guard let input = records[record].input.first, records[record].input.count == 1 else { return nil }
    return producer(of: input, before: record)
  }

  /// The last layer before a place that gave a tensor, in any shape.
  func producer(of tensor: Tensor, before end: Int) -> Int? {
    records[..<end].lastIndex { $0.output.contains { $0.storage === tensor.storage && $0.count == tensor.count } }
  }

  /// The layer whose output is the input of a record and of nothing else: its dL/dy is dL/dx of that record.
  func soleProducer(of record: Int) -> Int? {
    guard let producer = producer(of: record), let dx = records[record].dx?.first,
      let dy = records[producer].dy?.first, dx.count == dy.count, dx.dtype == dy.dtype, dx.norm > 0,
      dx.reshaped(to: [dx.count]).isIdentical(to: dy.reshaped(to: [dy.count]))
    else { return nil }
    return producer
  }

  /// The nearest layer before a record that is not one to pass over, where everything between hands its output on alone.
  func soleSource(of record: Int, passing isPassed: (any Module) -> Bool) -> Int? {
    var record = record
    while let before = soleProducer(of: record) {
      if !isPassed(records[before].module) { return before }
      record = before
    }
    return nil
  }

  /// The layer that an output of the model comes from, but for a change of shape.
  func source(of output: Tensor) -> FlowRecorder.Record? {
    var producer = producer(of: output, before: records.count)
    while let index = producer, movesOnly(records[index].module) { producer = self.producer(of: index) }
    return producer.map { records[$0] }
  }
}

/// Whether a layer gives the elements that it is given.
func movesOnly(_ module: any Module) -> Bool { module is Identity || module is Flatten || module is Reshape }

/// The values that the outputs of a layer can have, where they cannot have all.
func outputRange(of module: any Module) -> ClosedRange<Double>? {
  switch module {
  case is Sigmoid, is Softmax: 0...1
  case is Tanh: -1...1
  case is ReLU, is Softplus: 0 ... .infinity
  case is LogSoftmax: -Double.infinity...0
  case let elu as ELU: -max(0, elu.alpha) ... .infinity
  // x Φ(x) is least at −0.7518, x σ(x) at −1.2785.
  case is GELU: -0.1701 ... .infinity
  case is SiLU: -0.2785 ... .infinity
  default: nil
  }
}
