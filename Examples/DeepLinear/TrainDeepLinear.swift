import ExampleSupport
import Foundation
import Strata

/// Trains a Gaussian and an orthogonal chain on the same linear map and compares them.
///
/// The experiment is that of Saxe, McClelland and Ganguli, "Exact Solutions to the Nonlinear Dynamics of
/// Learning in Deep Linear Neural Networks", 2013, section 3.
func trainDeepLinear(_ settings: DeepLinearSettings, _ io: ExampleIO) throws {
  let common = settings.common
  let target = withSeed(common.seed) { targetMap(settings) }
  let train = samples(1000, of: target, seed: common.seed, stream: 0)
  let test = samples(500, of: target, seed: common.seed, stream: 1)
  if !common.isQuiet {
    io.say("A map of \(settings.inputs) numbers to \(settings.outputs) as a product of \(settings.depth) matrices.")
    io.say(
      "Its singular values are \(target.singularValues.map { String(format: "%.3g", $0) }.joined(separator: ", "))."
    )
  }
  // Variance 1 / fan-in preserves the length of a vector on average; an orthogonal factor preserves it exactly.
  let gaussian = try Contender("Gaussian factors", .lecunNormal, settings, train, test, io)
  let orthogonal = try Contender("Orthogonal factors", .orthogonal(), settings, train, test, io)
  let seconds = gaussian.seconds + orthogonal.seconds
  if !common.isQuiet || !common.printsJSON {
    io.say(
      String(
        format: "%@Test loss: Gaussian %.2e, orthogonal %.2e after %d epochs in %.1f s of training.",
        common.isQuiet ? "" : "\n", gaussian.loss, orthogonal.loss, common.epochs, seconds))
  }
  if common.printsJSON {
    let line = JSONLine([
      "test_loss": orthogonal.loss, "gaussian_test_loss": gaussian.loss, "train_seconds": seconds,
      "epochs": common.epochs, "parameters": orthogonal.parameters, "seed": common.seed,
    ])
    io.say("\(line)")
  }
}

/// A trained chain and its measurements.
private struct Contender {
  let loss: Double
  let seconds: Double
  let parameters: Int

  init(
    _ name: String, _ initializer: Initializer, _ settings: DeepLinearSettings, _ train: Dataset,
    _ test: Dataset, _ io: ExampleIO
  ) throws {
    let common = settings.common
    let model = withSeed(common.seed) { MatrixProduct(dimensions: settings.dimensions, initializer: initializer) }
    var trainer = Trainer(
      model, loss: MeanSquaredError(), optimizer: SGD(for: model, learningRate: common.learningRate),
      maximumGlobalNorm: 1, seed: common.seed, progress: .silent,
      callbacks: try common.callbacks(for: name, lookingAt: test))
    func report(_ epoch: Int, _ loss: Double) {
      if !common.isQuiet { io.say(row(epoch, loss, model)) }
    }
    if !common.isQuiet { io.say("\n\(name)\n\(heading(of: model))") }
    report(0, try trainer.evaluate(train).loss)
    let epochs = try common.epochsLeft(of: &trainer, for: name)
    let start = ContinuousClock.now
    try trainer.fit(train, epochs: epochs, batchSize: common.batch) { _, record in
      // About ten rows, including the last epoch.
      if record.epoch % max(1, common.epochs / 10) == 0 || record.epoch == common.epochs {
        report(record.epoch, record.training.loss)
      }
    }
    seconds = (ContinuousClock.now - start) / .seconds(1)
    loss = try trainer.evaluate(test).loss
    try trainer[RunReport.self]?.add(figure: "test loss", loss)
    parameters = model.parameterCount
  }
}

/// The number of singular values of the product in a table.
private let columns = 8

private func heading(of model: MatrixProduct) -> String {
  let values = (1...min(columns, model.singularValues.count)).map { "σ\($0)".padded(9) }
  return "epoch".padded(6) + "loss".padded(10) + "  product:" + values.joined() + "  factors:    min       max"
}

/// Returns the singular values of the product, and the smallest and the largest of all factors.
private func row(_ epoch: Int, _ loss: Double, _ model: MatrixProduct) -> String {
  let values = model.singularValues.prefix(columns).map { String(format: "%.3g", $0).padded(9) }
  let factors = model.factorSingularValues
  let (least, greatest) = (factors.compactMap(\.last).min()!, factors.map { $0[0] }.max()!)
  return "\(epoch)".padded(6) + String(format: "%.2e", loss).padded(10) + "          " + values.joined()
    + String(format: "%.3g", least).padded(17) + String(format: "%.3g", greatest).padded(10)
}

/// Returns a map with evenly spaced singular values from 1.5 to 0.5, in random directions.
private func targetMap(_ settings: DeepLinearSettings) -> Tensor {
  let (outputs, inputs) = (settings.outputs, settings.inputs)
  let count = min(outputs, inputs)
  func directions(_ size: Int) -> Tensor { Initializer.orthogonal().tensor([size, count], fanIn: count, fanOut: size) }
  let values = Tensor((0..<count).map { 1.5 - Float($0) / Float(max(1, count - 1)) })
  return matmul(directions(outputs) * values, directions(inputs).transposed)
}

/// Returns normally distributed inputs and their images under the map.
private func samples(_ count: Int, of map: Tensor, seed: UInt64, stream: UInt64) -> Dataset {
  var generator = RandomGenerator(seed: seed, stream: 1 << 20 + stream)
  let inputs = Tensor(normal: [count, map.shape[1]], using: &generator)
  return Dataset(inputs: inputs, labels: matmul(inputs, map.transposed))
}

extension String {
  fileprivate func padded(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
