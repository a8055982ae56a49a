import ExampleSupport
import Foundation
import Strata

/// Runs each strategy on the same input and prints a row for each.
func compareStrategies(_ settings: CheckpointMemorySettings, _ io: ExampleIO) throws {
  let (common, width) = (settings.common, settings.width)
  let net = perceptron(settings)
  let x = withSeed(common.seed) { Tensor(normal: [common.batch, width]) }
  let output = Double(x.byteCount)
  if !common.isQuiet {
    io.say(
      "\(settings.depth) x (Linear(\(width), \(width)), ReLU()), \(common.batch) samples: the output of a layer is "
        + String(format: "%.2f MiB.\n", output / 0x1p20))
    let plan = try net.memoryPlan(input: x.shape, optimizer: SGD(for: net, learningRate: common.learningRate))
    io.say("Planned before training:\n\n\(plan.heldTable)\n\n\(plan.strategyTable)\n")
    io.say("Measured, without parameters, their gradients and the input (output = the output of one layer):\n")
    io.say("strategy                              peak MiB   outputs   products   seconds   of plain")
  }
  let contenders = try contenders(net, settings, x.shape)
  var results = contenders.map { _ in StepResult() }
  // Strategies are interleaved, so that other load on the machine affects all of them; the first round warms up.
  for turn in 0...max(1, common.epochs) {
    for (index, contender) in contenders.enumerated() {
      let step = try measureStep(contender.model, x)
      if turn > 0 { results[index].add(step) }
    }
  }
  for (contender, result) in zip(contenders, results) where !common.isQuiet {
    io.say(
      contender.name.padding(to: 36)
        + String(
          format: "%10.2f%10.2f%11d%10.3f%11.2f", Double(result.peakBytes) / 0x1p20,
          Double(result.peakBytes) / output, result.products, result.seconds, result.seconds / results[0].seconds))
  }
  if !common.isQuiet || !common.printsJSON {
    io.say(
      String(
        format: "\nThe square root strategy keeps %.1f layer outputs instead of %.1f for the plain net, in %.2f times "
          + "the time.", Double(results[1].peakBytes) / output, Double(results[0].peakBytes) / output,
        results[1].seconds / results[0].seconds))
  }
  if common.printsJSON {
    let line = JSONLine([
      "test_loss": results[0].loss, "train_seconds": results[0].seconds, "epochs": common.epochs,
      "parameters": net.parameterCount, "seed": common.seed, "strategies": contenders.map(\.name),
      "peak_bytes": results.map(\.peakBytes), "products": results.map(\.products), "seconds": results.map(\.seconds),
    ])
    io.say("\(line)")
  }
}

/// Returns the network that all strategies run.
func perceptron(_ settings: CheckpointMemorySettings) -> Sequential {
  withSeed(settings.common.seed) {
    Sequential {
      for _ in 0..<settings.depth {
        Linear(settings.width, settings.width); ReLU()
      }
    }
  }
}

/// Returns the strategies: the plain net first, the square root second.
func contenders(
  _ net: Sequential, _ settings: CheckpointMemorySettings, _ input: Shape
) throws -> [(name: String, model: any Layer)] {
  // Keeps the product of every eighth block and computes the other seven again.
  let kept = Set(
    net.layers.compactMap { ($0 as? Linear)?.weight }.enumerated().filter { $0.offset % 8 == 0 }
      .map { ObjectIdentifier($0.element) })
  let output = input.count * 4
  let half = settings.width / 2
  let reversible = withSeed(settings.common.seed) {
    Reversible {
      for _ in 0..<settings.depth {
        Sequential {
          Linear(half, half); ReLU()
        }
      }
    }
  }
  var list: [(name: String, model: any Layer)] = [
    ("plain", net), (".squareRoot", net.checkpointed()),
    (".everySegment(of: 8)", net.checkpointed(.everySegment(of: 8))),
    (
      ".selective, every eighth product",
      net.checkpointed(
        .selective { layer in (layer as? Linear).map { kept.contains(ObjectIdentifier($0.weight)) } ?? false })
    ),
  ]
  for outputs in [32, 12] where outputs < settings.depth {
    if let model = try? net.checkpointed(.within(bytes: outputs * output), input: input) {
      list.append((".within(bytes:) of \(outputs) outputs", model))
    }
  }
  list.append(("Offloaded", Offloaded { net.layers }))
  list.append(("Reversible, on halves", reversible))
  return list
}
