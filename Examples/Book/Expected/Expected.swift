import ExampleSupport
import Strata
import StrataTensor

/// What Strata computes where the pages compute by themselves, for the check that compares them.
struct Expected: Encodable {
  private struct Shapes: Encodable {
    let settings: ShapeSettings
    let numbers: [Int]
  }

  private struct Fault: Encodable {
    let text: String
    let reason: String
    let offset: Int
  }

  private struct Blocks: Encodable {
    let layers, features, sequence, batch: Int
    /// By strategy of the page.
    let bytes: [String: Int]
  }

  private let shapes: [Shapes]
  private let expressions: [RandomExpression]
  private let faults: [Fault]
  private let blocks: [Blocks]

  /// Draws settings and expressions, with a fixed seed.
  init() throws {
    var generator = RandomGenerator(seed: 19)
    shapes = try (0..<200).map { _ in
      let settings = ShapeSettings(&generator)
      return Shapes(settings: settings, numbers: try settings.expected())
    }
    expressions = try (0..<500).map { _ in try RandomExpression(&generator) }
    faults = [
      "(x + 2", "x + 2)", "x +", "x * / 2", "2 x", "sine(x)", "x + exp", "1.2.3 + x", "x + 2e", "", "x ^ $", "()",
      "sin x", "3 ++", "1e999 + x", String(repeating: "(", count: 900),
    ].compactMap { text in
      do {
        _ = try ExpressionParser.parse(text)
        return nil
      } catch {
        guard let error = error as? ExpressionError else { return nil }
        return Fault(text: text, reason: error.reason, offset: error.offset)
      }
    }
    blocks = try (0..<20).map { _ in
      let (layers, features) = (Int.random(in: 1...9, using: &generator), 8 * Int.random(in: 1...6, using: &generator))
      let (sequence, batch) = (Int.random(in: 1...16, using: &generator), Int.random(in: 1...4, using: &generator))
      let model = BlockMemory.model(layers: layers, features: features)
      let plan = try model.memoryPlan(
        input: [batch, sequence, features], optimizer: SGD(for: model, learningRate: 0.1),
        strategies: [.squareRoot, .everySegment(of: 1)])
      let bytes = zip(["all", "squareRoot", "each"], plan.strategies.map(\.cachedBytes))
      return Blocks(
        layers: layers, features: features, sequence: sequence, batch: batch,
        bytes: Dictionary(uniqueKeysWithValues: bytes))
    }
  }
}
