import ExampleSupport
import Foundation
import Strata
import StrataTensor

/// What one way to multiply a chain costs.
struct ChainCost {
  /// The multiplications of numbers, as the library counts them.
  let multiplications: Int
  private(set) var seconds = Double.infinity

  init(rounds: Int, _ run: () -> Tensor) {
    let meter = WorkMeter()
    _ = run()
    multiplications = meter.reading().multiplyAdds
    for _ in 0..<max(1, rounds) {
      let start = ContinuousClock.now
      _ = run()
      seconds = min(seconds, (ContinuousClock.now - start) / .seconds(1))
    }
  }
}

/// Measures chains of matrices of several sizes and prints a row for each.
func compareModes(_ settings: ChainCostSettings, _ io: ExampleIO) throws {
  let sizes = sequence(first: 64) { 2 * $0 }.prefix { $0 <= settings.largest }
  let rounds = settings.common.epochs
  let costs = sizes.map { size in
    let chain = Chain(size: size, factors: settings.factors)
    let (forward, reverse) = (ChainCost(rounds: rounds, chain.forward), ChainCost(rounds: rounds, chain.reverse))
    return (size, forward: forward, reverse: reverse)
  }
  if !settings.common.isQuiet {
    io.say("| m, d | forward, multiplications | reverse, multiplications | forward, µs | reverse, µs | ratio |")
    io.say("|--:|--:|--:|--:|--:|--:|")
    for (size, forward, reverse) in costs {
      let times = [forward.seconds * 1e6, reverse.seconds * 1e6, forward.seconds / reverse.seconds]
      let counts = [size, forward.multiplications, reverse.multiplications].map(grouped)
      io.say("| \((counts + times.map { fixed($0, places: 0) }).joined(separator: " | ")) |")
    }
  }
  if settings.common.printsJSON {
    let line = JSONLine([
      "factors": settings.factors, "sizes": costs.map(\.0),
      "forward_multiplications": costs.map(\.forward.multiplications),
      "reverse_multiplications": costs.map(\.reverse.multiplications), "forward_seconds": costs.map(\.forward.seconds),
      "reverse_seconds": costs.map(\.reverse.seconds), "epochs": settings.common.epochs,
    ])
    io.say("\(line)")
  }
}
