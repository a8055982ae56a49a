// Writes what scripts/check_pytorch.py loads into PyTorch's models and optimizers:
//
//   PyTorchFiles FOLDER
//
// For each model NAME.safetensors as `pytorchState` has it, for each optimizer NAME.model.safetensors and
// NAME.state.safetensors after 10 steps, and in outputs.safetensors the inputs and outputs of the models, and the
// parameters in each of 20 further steps.

import Foundation
import PyTorchModels
import Strata

let folder = CommandLine.arguments.dropFirst().first ?? FileManager.default.currentDirectoryPath
try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
let references = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../References/pytorch")
let given = try Safetensors.read(references.appending(path: "outputs.safetensors").path)

func write(_ tensors: [String: Tensor], _ name: String) throws {
  try Safetensors.write(tensors, metadata: ["format": "pt"], to: "\(folder)/\(name).safetensors")
}

/// Trains a model for a few steps, so that its running statistics move too, and returns its outputs.
func trained(_ model: some Layer, at x: Tensor) throws -> Tensor {
  var optimizer = SGD(for: model, learningRate: 0.01)
  for _ in 0..<3 {
    let (_, gradients) = model.gradients(at: x) { MeanSquaredError().evaluate($0, Tensor(normal: $0.shape)) }
    try optimizer.update(along: gradients)
  }
  return model(x)
}

var outputs: [String: Tensor] = [:]
for entry in PyTorchModel.all {
  let model = withSeed(1) { entry.make() }
  let x = given[entry.name + ".x"]!
  outputs[entry.name + ".x"] = x
  outputs[entry.name + ".y"] = try withSeed(2) { try trained(model, at: x) }
  try write(model.pytorchState(renaming: entry.renaming), entry.name)
}
for run in PyTorchRun.all {
  var (model, optimizer) = withSeed(3) { run.make() }
  let (x, target) = withSeed(4) {
    (Tensor(normal: [8, 4], dtype: .float64), Tensor(normal: [8, 2], dtype: .float64))
  }
  _ = try PyTorchRun.train(model, &optimizer, x, target, steps: 10)
  try write(model.pytorchState, run.name + ".model")
  try write(optimizer.pytorchState(for: model), run.name + ".state")
  outputs[run.name + ".steps"] = try PyTorchRun.train(model, &optimizer, x, target, steps: 20)
  (outputs["x"], outputs["target"]) = (x, target)
}
try write(outputs, "outputs")
