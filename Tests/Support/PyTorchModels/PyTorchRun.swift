import Strata

/// A run of an optimizer of Tests/References/pytorch_models.py on its small model, in double precision.
package struct PyTorchRun: Sendable, CustomStringConvertible {
  /// The name of the optimizer there.
  package let name: String

  private let makeOptimizer: @Sendable (Sequential) -> any PyTorchOptimizer

  package var description: String { name }

  private init(_ name: String, _ makeOptimizer: @escaping @Sendable (Sequential) -> any PyTorchOptimizer) {
    (self.name, self.makeOptimizer) = (name, makeOptimizer)
  }

  package static let all = [
    PyTorchRun("sgd") { SGD(for: $0, learningRate: 0.1, momentum: 0.9, dampening: 0.5, weightDecay: 0.01) },
    PyTorchRun("nesterov") { SGD(for: $0, learningRate: 0.1, momentum: 0.9, nesterov: true) },
    PyTorchRun("adam") { Adam(for: $0, learningRate: 0.02, weightDecay: 0.01) },
    PyTorchRun("amsgrad") { Adam(for: $0, learningRate: 0.02, betas: (0.8, 0.9), amsgrad: true) },
    PyTorchRun("adamw") { AdamW(for: $0, learningRate: 0.02, weightDecay: 0.1) },
    PyTorchRun("rmsprop") { RMSProp(for: $0, learningRate: 0.01) },
    PyTorchRun("rmsprop_centered") {
      RMSProp(for: $0, learningRate: 0.01, alpha: 0.9, momentum: 0.5, centered: true)
    },
  ]

  /// Makes the model and the optimizer.
  package func make() -> (model: Sequential, optimizer: any PyTorchOptimizer) {
    let model = Sequential {
      Linear(4, 5); Tanh(); Linear(5, 2)
    }
    model.convert(to: .float64)
    return (model, makeOptimizer(model))
  }

  /// Makes steps of mean squared error and returns the parameters after each, a row a step, as PyTorch orders them.
  package static func train(
    _ model: Sequential, _ optimizer: inout any PyTorchOptimizer, _ x: Tensor, _ target: Tensor, steps: Int
  ) throws -> Tensor {
    let names = ["0.weight", "0.bias", "2.weight", "2.bias"]
    let rows = try (0..<steps).map { _ in
      let (_, gradients) = model.gradients(at: x) { MeanSquaredError().evaluate($0, target) }
      try optimizer.update(along: gradients)
      let state = model.pytorchState
      return Tensor(concatenating: names.map { state[$0]! }.map { $0.reshaped(to: [1, $0.count]) }, along: 1)
    }
    return Tensor(concatenating: rows)
  }
}
