// Trains small classifiers by several recipes, and says how many epochs each needs for what the baseline reaches, and how
// good the rate is that the rate finder suggests. With --rates it does the latter alone.
//
//   swift run -c release strata-recipes                                        the bundled digits
//   swift run -c release strata-recipes --data /usr/share/datasets/fashion-mnist --epochs 6 --seeds 1
//
// The baseline is AdamW at its default rate, 0.001. Figures are means over the seeds.

import Foundation
import Strata

struct Settings {
  var (directory, epochs, seeds, trialSteps, comparesRatesAlone) = ("data/digits", 30, 5, 200, false)
}

func settings(_ arguments: [String]) -> Settings {
  var (settings, rest) = (Settings(), arguments[...])
  while let option = rest.popFirst() {
    if option == "--rates" {
      settings.comparesRatesAlone = true
      continue
    }
    switch (option, rest.popFirst()) {
    case ("--data", let directory?): settings.directory = directory
    case ("--epochs", let number?) where Int(number) ?? 0 > 0: settings.epochs = Int(number)!
    case ("--seeds", let number?) where Int(number) ?? 0 > 0: settings.seeds = Int(number)!
    case ("--trial-steps", let number?) where Int(number) ?? 0 >= 4: settings.trialSteps = Int(number)!
    default:
      FileHandle.standardError.write(
        Data("usage: strata-recipes [--data DIR] [--epochs N] [--seeds N] [--trial-steps N] [--rates]\n".utf8))
      exit(64)
    }
  }
  return settings
}

let options = settings(Array(CommandLine.arguments.dropFirst()))
let (directory, epochs, seeds) = (options.directory, options.epochs, options.seeds)

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

@MainActor func compareRecipes() throws {
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
}

// MARK: - Rates

/// The least loss on the validation images in some epochs at a constant rate, which early stopping would keep: the last is
/// one of its ups and downs.
func loss<Rule: Optimizer>(
  _ epochs: Int, _ seed: UInt64, _ optimizer: (Sequential) -> Rule
) throws -> (loss: Double, accuracy: Double) {
  let model = newModel(seed)
  var trainer = Trainer(
    model, loss: SoftmaxCrossEntropy(), optimizer: optimizer(model), seed: seed, progress: .silent)
  do { try trainer.fit(train, validation: validation, epochs: epochs) } catch is NonFiniteGradientError {}
  let ends = trainer.history.compactMap(\.validation).filter(\.loss.isFinite)
  return ends.min { $0.loss < $1.loss }.map { ($0.loss, $0.accuracy!) } ?? (.infinity, 0)
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
  // What trials are judged by is a part of the training images, apart from what judges the rates here.
  let (fitted, held) = train.split(at: train.count * 5 / 6)
  let curves = try (1...UInt64(seeds)).map { seed in
    let model = newModel(seed)
    let trainer = Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: optimizer(model, 1e-3), seed: seed, progress: .silent)
    return try trainer.findRate(on: fitted, validation: held, trialSteps: options.trialSteps)
  }
  func text(_ name: String, _ suggestion: (RateCurve) -> Double?) throws -> String {
    let rates = curves.map { suggestion($0)! }
    let end = try mean { rates[Int($0) - 1] }
    let list = rates.map { String(format: "%.2g", $0) }.joined(separator: " ")
    return String(
      format: "  %@ %@: loss %.4f, accuracy %@; ratio %.3f", name, list, end.loss, percent(end.accuracy),
      end.loss / best.end.loss)
  }
  print(
    String(
      format: "%@, %d epochs: best of the grid %.2g: loss %.4f, accuracy %@", name, length, best.rate, best.end.loss,
      percent(best.end.accuracy)))
  print(try text("suggestion", \.suggestion))
  print(try text("valley", \.valley))
  print("  grid: " + ends.map { String(format: "%.2g %.4f", $0.rate, $0.end.loss) }.joined(separator: "  "))
}

if !options.comparesRatesAlone {
  try compareRecipes()
  print("")
}
try compareRates("SGD") { SGD(for: $0, learningRate: $1) }
try compareRates("SGD with momentum") { SGD(for: $0, learningRate: $1, momentum: 0.9) }
try compareRates("Adam") { Adam(for: $0, learningRate: $1) }
try compareRates("AdamW") { AdamW(for: $0, learningRate: $1) }
try compareRates("Muon") { Muon(for: $0, learningRate: $1, adam: ["4.*"]) }
