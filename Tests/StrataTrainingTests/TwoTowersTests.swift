import Strata
import Testing

/// A recommender: a tower for users, a tower for items, and the product of what they give.
struct TwoTowers: Module {
  let user, item: Sequential
  typealias Cache = (user: any CacheBox, item: any CacheBox, u: Tensor, v: Tensor)

  init(users: Int, items: Int, features: Int) {
    user = Sequential {
      Embedding(users, features); Linear(features, features); Tanh(); Linear(features, features)
    }
    item = Sequential {
      Embedding(items, features); Linear(features, features); Tanh(); Linear(features, features)
    }
  }

  func forward(_ x: Pair<Tensor, Tensor>) -> (Tensor, Cache) {
    let (u, userCache) = forward(user, at: "user", x.first)
    let (v, itemCache) = forward(item, at: "item", x.second)
    return ((u * v).sum(along: 1), (userCache, itemCache, u, v))
  }

  func backward(_ dy: Tensor, _ cache: Cache, _ gradients: inout Gradients) -> Pair<Tensor, Tensor> {
    let rows = dy.reshaped(to: [dy.count, 1])
    let dv = backward(item, at: "item", rows * cache.u, cache.item, &gradients)
    return Pair(backward(user, at: "user", rows * cache.v, cache.user, &gradients), dv)
  }
}

@Suite(.seeded) struct TwoTowersTests {
  @Test func `ratings that follow hidden tastes are predicted for pairs never seen`() throws {
    try withSeed(7) {
      let (users, items) = (60, 40)
      let tastes = matmul(Tensor(normal: [users, 3]), Tensor(normal: [3, items]))
      let pairs = (0..<users * items).map { ($0 / items, $0 % items) }
      let data = Examples(
        inputs: Pair(Tensor(labels: pairs.map(\.0)), Tensor(labels: pairs.map(\.1))),
        labels: tastes.reshaped(to: [users * items])
      ).shuffled(seed: 1)
      let (train, test) = data.split(at: users * items * 4 / 5)
      let model = TwoTowers(users: users, items: items, features: 16)
      var trainer = Trainer(
        model, loss: MeanSquaredError(), optimizer: Adam(for: model, learningRate: 5e-3), progress: .silent)
      try trainer.fit(train, epochs: 40, batchSize: 64)
      let variance = test.labels.count > 0 ? (test.labels * test.labels).mean().item : 0
      #expect(try trainer.evaluate(test).loss < 0.1 * variance)
      #expect(model.parameters.map(\.path).contains("user.1.weight"))
    }
  }
}
