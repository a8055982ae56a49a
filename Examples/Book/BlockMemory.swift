import ExampleSupport
import Strata

/// What a block of a transformer keeps of each token for its backward: rows of D numbers, and some numbers besides.
struct BlockMemory {
  private static let heads = 4

  /// The rows.
  let kinds: Int
  /// Those that products made: queries, keys and values, what attention gives, the hidden features; and the inputs of both
  /// parts.
  let products: Int
  /// The numbers besides: of the norms, and of the softmax of each head.
  let rest: Int

  /// Measures blocks of the page's kind.
  ///
  /// - Throws: `ShapeError`, which the shapes here do not give.
  init() throws {
    func kept(_ features: Int) throws -> Int {
      let model = Self.model(layers: 1, features: features)
      let plan = try model.memoryPlan(
        input: [1, 8, features], optimizer: SGD(for: model, learningRate: 0.1), strategies: [])
      return plan.strategies[0].cachedBytes / (8 * 4)
    }
    kinds = (try kept(128) - kept(64)) / 64
    rest = try kept(64) - 64 * kinds
    let block = TransformerEncoderLayer(64, heads: Self.heads)
    let hidden = (block.feedForward.layers[0] as! Linear).weight.shape[1]
    products = (block.attention.inputProjection.weight.shape[1] + hidden) / 64 + 3
  }

  /// Blocks in a row, as the page means them.
  static func model(layers: Int, features: Int) -> Sequential {
    Sequential { for _ in 0..<layers { TransformerEncoderLayer(features, heads: heads, mask: .causal) } }
  }

  /// What the page is given.
  var given: JSONLine {
    JSONLine([
      "kinds": kinds, "products": products, "rest": rest,
      "parameters": [1e8, 3e8, 1e9, 3e9, 7e9, 13e9, 30e9, 70e9, 175e9, 400e9],
      "layers": [1, 2, 4, 6, 8, 12, 16, 24, 32, 40, 48, 64, 80, 96, 128],
      "features": [256, 512, 768, 1024, 1536, 2048, 3072, 4096, 5120, 6144, 8192, 12288],
      "sequences": [128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768],
      "batches": [1, 2, 4, 8, 16, 32, 64, 128, 256],
    ])
  }
}
