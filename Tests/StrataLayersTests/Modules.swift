import Strata

/// ⟨f(x), g(w)⟩ row by row of a pair (x, w), written outside the package: it says nothing but forward and backward.
struct TwoTowers: Module {
  let user, item: Sequential
  typealias Cache = (user: any CacheBox, item: any CacheBox, u: Tensor, v: Tensor)

  init(_ user: Sequential, _ item: Sequential) { (self.user, self.item) = (user, item) }

  func forward(_ x: Pair<Tensor, Tensor>) -> (Tensor, Cache) {
    let (u, userCache) = forward(user, at: "user", x.first)
    let (v, itemCache) = forward(item, at: "item", x.second)
    return ((u * v).sum(along: 1, keepingAxis: true), (userCache, itemCache, u, v))
  }

  func backward(_ dy: Tensor, _ cache: Cache, _ gradients: inout Gradients) -> Pair<Tensor, Tensor> {
    Pair(
      backward(user, at: "user", dy * cache.v, cache.user, &gradients),
      backward(item, at: "item", dy * cache.u, cache.item, &gradients))
  }
}

/// (g(h), a(h)) of h = f(x): a main output and an auxiliary one, from the same features.
struct WithAuxiliary: Module {
  let features, main, auxiliary: Sequential
  typealias Cache = (features: any CacheBox, main: any CacheBox, auxiliary: any CacheBox)

  func forward(_ x: Tensor) -> (Pair<Tensor, Tensor>, Cache) {
    let (h, features) = forward(features, at: "features", x)
    let (y, main) = forward(main, at: "main", h)
    let (z, auxiliary) = forward(auxiliary, at: "auxiliary", h)
    return (Pair(y, z), (features, main, auxiliary))
  }

  func backward(_ dy: Pair<Tensor, Tensor>, _ cache: Cache, _ gradients: inout Gradients) -> Tensor {
    let dh =
      backward(main, at: "main", dy.first, cache.main, &gradients)
      + backward(auxiliary, at: "auxiliary", dy.second, cache.auxiliary, &gradients)
    return backward(features, at: "features", dh, cache.features, &gradients)
  }
}

/// A layer that holds another, written outside the package.
struct Wrapped: Layer {
  let body: Sequential

  func forward(_ x: Tensor) -> (Tensor, any CacheBox) { forward(body, at: "body", x) }

  func backward(_ dy: Tensor, _ cache: any CacheBox, _ gradients: inout Gradients) -> Tensor {
    backward(body, at: "body", dy, cache, &gradients)
  }

  func outputShape(for input: Shape) throws -> Shape {
    try ShapeError.locating("body") { try body.outputShape(for: input) }
  }
}

/// L = l(y, t) + 0.3 l(z, t) of a main output and an auxiliary one.
struct MainAndAuxiliary: Objective {
  let loss = SoftmaxCrossEntropy()

  func evaluate(
    _ output: Pair<Tensor, Tensor>, _ target: Tensor
  ) -> (value: Double, gradient: Pair<Tensor, Tensor>) {
    let (main, auxiliary) = (loss.evaluate(output.first, target), loss.evaluate(output.second, target))
    return (main.value + 0.3 * auxiliary.value, Pair(main.gradient, 0.3 * auxiliary.gradient))
  }
}
