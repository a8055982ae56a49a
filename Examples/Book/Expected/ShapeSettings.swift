import Strata
import StrataTensor

/// The choices of the page of shapes, and what `memoryPlan` says of one of them.
struct ShapeSettings: Encodable {
  static let widths = [
    1, 2, 3, 4, 6, 8, 10, 16, 24, 32, 48, 64, 96, 100, 128, 192, 256, 384, 512, 784, 1024, 2048, 4096,
  ]
  static let batches = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

  private let batch, inputs, depth, outputs: Int
  private let hidden: [Int]
  /// Of an element.
  private let bytes: Int
  private let optimizer: String

  /// Draws settings whose model is small enough to be made.
  init(_ generator: inout RandomGenerator) {
    let widths = Self.widths.filter { $0 <= 256 }
    func width() -> Int { widths.randomElement(using: &generator)! }
    (batch, inputs, outputs) = (Self.batches.randomElement(using: &generator)!, width(), width())
    hidden = (0..<4).map { _ in width() }
    depth = Int.random(in: 1...4, using: &generator)
    bytes = Bool.random(using: &generator) ? 4 : 8
    optimizer = ["sgd", "momentum", "adam"].randomElement(using: &generator)!
  }

  /// Strata's numbers: the bytes of parameters, gradients, optimizer; then of each strategy the bytes kept, the extra products
  /// and their multiplications.
  func expected() throws -> [Int] {
    let widths = [inputs] + hidden.prefix(depth) + [outputs]
    let layers = zip(widths, widths.dropFirst()).flatMap { wide, narrow -> [any Layer] in
      [Linear(wide, narrow, initializer: .constant(0)), ReLU()]
    }
    let model = Sequential(Array(layers.dropLast()))
    if bytes == 8 { model.convert(to: .float64) }
    let plan: MemoryPlan
    switch optimizer {
    case "adam": plan = try self.plan(model, Adam(for: model))
    case "momentum": plan = try self.plan(model, SGD(for: model, learningRate: 0.1, momentum: 0.9))
    default: plan = try self.plan(model, SGD(for: model, learningRate: 0.1))
    }
    return [plan.parameterBytes, plan.gradientBytes, plan.optimizerBytes]
      + plan.strategies.flatMap { [$0.cachedBytes, $0.extraProducts, $0.extraMultiplyAdds] }
  }

  private func plan(_ model: Sequential, _ optimizer: some Optimizer) throws -> MemoryPlan {
    try model.memoryPlan(
      input: [batch, inputs], dtype: bytes == 8 ? .float64 : .float32, optimizer: optimizer, strategies: [.squareRoot])
  }
}
