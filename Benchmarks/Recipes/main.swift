// Trains small classifiers by several recipes, and says how many epochs each needs for what the baseline reaches, and how
// good the rate is that the rate finder suggests.
//
//   swift run -c release strata-recipes                                        the bundled digits
//   swift run -c release strata-recipes --data /usr/share/datasets/fashion-mnist --epochs 8 --seeds 1
//
// The baseline is AdamW at its default rate, 0.001. Figures are means over the seeds.

import Foundation
import Strata

func settings(_ arguments: [String]) -> (directory: String, epochs: Int, seeds: Int) {
  var (settings, rest) = ((directory: "data/digits", epochs: 30, seeds: 5), arguments[...])
  while let option = rest.popFirst() {
    switch (option, rest.popFirst()) {
    case ("--data", let directory?): settings.directory = directory
    case ("--epochs", let number?) where Int(number) ?? 0 > 0: settings.epochs = Int(number)!
    case ("--seeds", let number?) where Int(number) ?? 0 > 0: settings.seeds = Int(number)!
    default:
      FileHandle.standardError.write(Data("usage: strata-recipes [--data DIR] [--epochs N] [--seeds N]\n".utf8))
      exit(64)
    }
  }
  return settings
}

let (directory, epochs, seeds) = settings(Array(CommandLine.arguments.dropFirst()))

/// What a recipe made of a model: the accuracy on the test images after each epoch.
struct Recipe {
  let name: String
  let accuracies: (_ seed: UInt64, _ epochs: Int) throws -> [Double]
}

let (all, test) = try Dataset.mnist(in: directory)
let (train, validation) = all.shuffled(seed: 1).split(at: all.count * 5 / 6)
let inputs = all.inputs.shape[1]

func newModel(_ seed: UInt64) -> Sequential {
  withSeed(seed) {
    Sequential {
      Linear(inputs, 128); ReLU(); Linear(128, 64); ReLU(); Linear(64, 10)
    }
  }
}

func recipe<Rule: Optimizer>(
  _ name: String, _ schedule: @escaping (Int) -> Schedule?, _ optimizer: @escaping (Sequential) -> Rule
) -> Recipe {
  Recipe(name: name) { seed, epochs in
    let model = newModel(seed)
    var trainer = Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: optimizer(model), schedule: schedule(epochs), seed: seed,
      progress: .silent)
    return try trainer.fit(all, validation: test, epochs: epochs).map { $0.validation!.accuracy! }
  }
}

// MARK: - Epochs

let baseline = recipe("AdamW, 0.001", { _ in nil }) { AdamW(for: $0, learningRate: 1e-3) }
let others = [
  recipe("AdamW, one cycle to 0.005", { .oneCycle(to: 5e-3, epochs: $0) }) { AdamW(for: $0) },
  recipe("AdamW, one cycle to 0.01", { .oneCycle(to: 1e-2, epochs: $0) }) { AdamW(for: $0) },
  recipe("Muon, 0.02", { _ in nil }) { Muon(for: $0, adam: ["4.*"]) },
  recipe("Muon, one cycle to 0.02", { .oneCycle(to: 0.02, epochs: $0) }) { Muon(for: $0, adam: ["4.*"]) },
  recipe("Muon, one cycle to 0.05", { .oneCycle(to: 0.05, epochs: $0) }) { Muon(for: $0, adam: ["4.*"]) },
]

func mean(_ recipe: Recipe, _ epochs: Int) throws -> [Double] {
  let runs = try (1...seeds).map { try recipe.accuracies(UInt64($0), epochs) }
  return (0..<epochs).map { epoch in runs.reduce(0) { $0 + $1[epoch] } / Double(seeds) }
}

func percent(_ part: Double) -> String { String(format: "%.2f %%", 100 * part) }

let reached = try mean(baseline, epochs)
let goal = reached.max()!
print("\(directory): \(all.count) training images, \(test.count) test images, \(seeds) seeds")
print("baseline \(baseline.name): best \(percent(goal)) in epoch \(reached.firstIndex(of: goal)! + 1) of \(epochs)\n")
for recipe in others {
  // A cycle is as long as its run, so each length is a run.
  let lengths = Array(Set([epochs / 8, epochs / 4, 3 * epochs / 8, epochs / 2].map { max(1, $0) })).sorted()
  let ends = try lengths.map { (length: $0, best: try mean(recipe, $0).max()!) }
  let first = ends.first { $0.best >= goal }
  let figures = ends.map { "\($0.length) epochs \(percent($0.best))" }.joined(separator: ", ")
  print("\(recipe.name): \(figures); reaches the baseline's in \(first.map { "\($0.length)" } ?? "more") epochs")
}

// MARK: - Rates

/// The loss on the validation images after some epochs at a constant rate.
func loss<Rule: Optimizer>(
  _ epochs: Int, _ seed: UInt64, _ optimizer: (Sequential) -> Rule
) throws -> (loss: Double, accuracy: Double) {
  let model = newModel(seed)
  var trainer = Trainer(
    model, loss: SoftmaxCrossEntropy(), optimizer: optimizer(model), seed: seed, progress: .silent)
  try trainer.fit(train, epochs: epochs)
  let end = try trainer.evaluate(validation)
  return (end.loss.isFinite ? end.loss : .infinity, end.accuracy!)
}

func compareRates<Rule: Optimizer>(_ name: String, _ optimizer: (Sequential, Double) -> Rule) throws {
  let length = max(2, epochs / 3)
  let grid = (0..<12).map { pow(10, -4 + 4.0 / 11 * Double($0)) }
  func mean(_ rate: (UInt64) throws -> Double) throws -> (loss: Double, accuracy: Double) {
    let ends = try (1...UInt64(seeds)).map { seed in
      let rate = try rate(seed)
      return try loss(length, seed) { optimizer($0, rate) }
    }
    return (ends.reduce(0) { $0 + $1.loss } / Double(seeds), ends.reduce(0) { $0 + $1.accuracy } / Double(seeds))
  }
  let ends = try grid.map { rate in (rate: rate, end: try mean { _ in rate }) }
  let best = ends.min { $0.end.loss < $1.end.loss }!
  var found: [Double] = []
  let suggested = try mean { seed in
    let model = newModel(seed)
    let trainer = Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: optimizer(model, 1e-3), seed: seed, progress: .silent)
    found.append(try trainer.findRate(on: train).valley!)
    return found.last!
  }
  let rates = found.map { String(format: "%.2g", $0) }.joined(separator: " ")
  print(
    String(
      format:
        "%@, %d epochs: found %@: loss %.4f, accuracy %@; best of the grid %.2g: loss %.4f, accuracy %@; ratio %.3f",
      name, length, rates, suggested.loss, percent(suggested.accuracy), best.rate, best.end.loss,
      percent(best.end.accuracy), suggested.loss / best.end.loss))
  print("  grid: " + ends.map { String(format: "%.2g %.4f", $0.rate, $0.end.loss) }.joined(separator: "  "))
}

print("")
try compareRates("SGD") { SGD(for: $0, learningRate: $1) }
try compareRates("SGD with momentum") { SGD(for: $0, learningRate: $1, momentum: 0.9) }
try compareRates("Adam") { Adam(for: $0, learningRate: $1) }
try compareRates("AdamW") { AdamW(for: $0, learningRate: $1) }
try compareRates("Muon") { Muon(for: $0, learningRate: $1, adam: ["4.*"]) }
