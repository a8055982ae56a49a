import Foundation
import Strata

/// What digests of every step cost, as a share of the step.
enum Digests {
  /// The largest share that a step may take longer.
  private static let limit = 0.03

  /// Prints the cost for each model; returns whether all are within the limit.
  static func report(rounds: Int = 40) throws -> Bool {
    var isWithin = true
    for (name, model, input) in Profiles.models {
      let cost = try cost(of: model, input, rounds)
      isWithin = isWithin && cost <= limit
      let percents = (cost * 1000).rounded() / 10
      print("\(name), \(input): \(percents) % of a step\(cost <= limit ? "" : ", MORE than \(100 * limit) %")")
    }
    return isWithin
  }

  private static func cost(of model: any Layer, _ input: Shape, _ rounds: Int) throws -> Double {
    let batches = 20
    let inputs = withSeed(1) { Tensor(normal: input.withLeading(batches * input[0])) }
    let outputs = try model.outputShape(for: inputs.shape)
    let labels = Tensor(
      (0..<outputs.lengths.dropLast().reduce(1, *)).map { Int32($0 % outputs[-1]) },
      shape: Shape(Array(outputs.lengths.dropLast())))
    return try cost(of: model, on: Dataset(inputs: inputs, labels: labels), input[0], rounds)
  }

  /// The best epochs with digests against the best without, in turn.
  private static func cost(of model: some Layer, on data: Dataset, _ batchSize: Int, _ rounds: Int) throws -> Double {
    let file = NSTemporaryDirectory() + "strata-digests-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: file) }
    func trainer(_ callbacks: [any Callback]) -> Trainer<some Layer, SoftmaxCrossEntropy, Adam> {
      Trainer(
        model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), progress: .silent, callbacks: callbacks)
    }
    var (plain, digesting) = (trainer([]), trainer([RunDigest(file)]))
    var (least, most) = (Double.infinity, Double.infinity)
    for _ in 0..<rounds {
      least = min(least, try plain.fit(data, epochs: 1, batchSize: batchSize)[0].seconds)
      most = min(most, try digesting.fit(data, epochs: 1, batchSize: batchSize)[0].seconds)
    }
    return most / least - 1
  }
}
