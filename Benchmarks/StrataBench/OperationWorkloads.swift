import Strata

/// Operations on a million floats, [1024, 1024] unless they say otherwise, each into fresh memory.
let operationWorkloads: [Workload] = [
  .operation("add") { $0.a + $0.b },
  .operation("multiply") { $0.a * $0.b },
  .operation("divide") { $0.a / $0.b },
  .operation("add-row") { $0.a + $0.row },
  .operation("add-column") { $0.a + $0.column },
  .operation("scale") { $0.a * 1.5 },
  .operation("greater") { $0.a .> 0 },
  .operation("where") { .where($0.mask, $0.a, $0.b) },
  .operation("maximum") { maximum($0.a, Tensor(repeating: 0, shape: [])) },
  .operation("abs") { abs($0.a) },
  .operation("sqrt") { sqrt($0.positive) },
  .operation("exp") { exp($0.a) },
  .operation("log") { log($0.positive) },
  .operation("tanh") { tanh($0.a) },
  .operation("sin") { sin($0.a) },
  .operation("erf") { erf($0.a) },
  .operation("cube") { pow($0.a, 3) },
  .operation("power") { pow($0.positive, $0.b) },
  .operation("atan2") { atan2($0.a, $0.b) },
  .operation("sum") { $0.a.sum() },
  .operation("sum-0") { $0.a.sum(along: 0) },
  .operation("sum-1") { $0.a.sum(along: 1) },
  .operation("mean") { $0.a.mean() },
  .operation("max") { $0.a.max() },
  .operation("max-0") { $0.a.max(along: 0) },
  .operation("max-1") { $0.a.max(along: 1) },
  .operation("argmax") { $0.a.argmax(along: 1) },
  .operation("variance") { $0.a.variance() },
  .operation("prod") { $0.a.prod() },
  .operation("logsumexp") { logSumExp($0.a) },
  .operation("cumsum-0") { $0.a.cumulativeSum(along: 0) },
  .operation("cumsum-1") { $0.a.cumulativeSum(along: 1) },
  .operation("to-double") { $0.a.converted(to: .float64) },
  .operation("to-float") { $0.doubles.converted(to: .float32) },
  .operation("from-int") { $0.places.converted(to: .float32) },
  .operation("concat-0") { Tensor(concatenating: [$0.a, $0.b]) },
  .operation("concat-1") { Tensor(concatenating: [$0.a, $0.b], along: 1) },
  .operation("take") { $0.a.gathered(rows: $0.rows) },
  .operation("scatter-add") { $0.a.scattering($0.b, at: $0.places, along: 1, adding: true) },
  .operation("transpose") { $0.a.transposed(0, 1) },
  .operation("permute") { $0.cube.permuted(2, 0, 1) },
  .operation("slice") { $0.a[.all, .every(2)] },
  .operation("pad") { $0.a.padded([(1, 1), (1, 1)]) },
  .operation("flip") { $0.a.flipped(along: 1) },
  .operation("roll") { $0.a.rolled(by: 100, along: 1) },
  .operation("tile") { $0.tile.tiled(2, 2) },
  .operation("sort") { $0.a.sorted().values },
  .operation("argsort") { $0.a.argsort() },
  .operation("top-k") { $0.a.topK(10).values },
]

/// An orthogonal matrix as initial weights.
let orthogonal = Workload("orthogonal-1024") {
  { _ = Initializer.orthogonal().tensor([1024, 1024], fanIn: 1024, fanOut: 1024) }
}

/// What the operations take.
private struct Operands: Sendable {
  let a = Tensor(normal: [1024, 1024])
  let b = Tensor(normal: [1024, 1024])
  let positive = Tensor(uniform: [1024, 1024], in: 0.1..<10)
  let row = Tensor(normal: [1024])
  let column = Tensor(normal: [1024, 1])
  let tile = Tensor(normal: [512, 512])
  let cube = Tensor(normal: [64, 128, 128])
  let doubles = Tensor(normal: [1024, 1024], dtype: .float64)
  /// Ones and zeros.
  let mask = Tensor(normal: [1024, 1024]) .> 0
  /// Whole numbers from 0 to 1023.
  let places = Tensor(uniform: [1024, 1024], in: 0..<1024).converted(to: .int32)
  let rows = Tensor(uniform: [1024], in: 0..<1024).converted(to: .int32)
}

extension Workload {
  fileprivate static func operation(_ name: String, _ operation: @escaping @Sendable (Operands) -> Tensor) -> Workload {
    Workload("op-" + name) {
      let operands = Operands()
      return { _ = operation(operands) }
    }
  }
}
