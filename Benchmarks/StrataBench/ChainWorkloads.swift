import Strata

/// The two passes of a long product of matrices.
let chainWorkloads: [Workload] = [
  .chain("chain-forward", factors: 64, size: 256, timesBackward: false),
  .chain("chain-backward", factors: 64, size: 256, timesBackward: true),
]

extension Workload {
  /// One pass through a product of square matrices on a batch of one.
  ///
  /// Forward and backward alternate as in training, and one of them is timed: each starts with the caches as the
  /// other left them.
  fileprivate static func chain(_ name: String, factors: Int, size: Int, timesBackward: Bool) -> Workload {
    Workload(
      name,
      prepared: {
        let layer = withSeed(1) {
          MatrixProduct(dimensions: Array(repeating: size, count: factors + 1), initializer: .lecunNormal)
        }
        let (x, dy) = (Tensor(normal: [1, size]), Tensor(normal: [1, size]))
        var cache: MatrixProduct.Cache?
        let forward = { cache = layer.forward(x).1 }
        let backward = {
          var gradients = Gradients()
          if let last = cache.take() { _ = layer.backward(dy, last, &gradients) }
        }
        return timesBackward ? (forward, backward) : (backward, forward)
      })
  }
}
