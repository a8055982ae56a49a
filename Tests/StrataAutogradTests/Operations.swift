import Strata

/// An operation on variables under test.
struct Operation: Sendable, CustomStringConvertible {
  let description: String

  /// The shapes of its operands.
  let shapes: [Shape]

  /// Whether operands must be positive.
  let isOfPositives: Bool

  let function: @Sendable ([Variable]) -> Variable

  init(
    _ name: String, _ shapes: Shape..., ofPositives isOfPositives: Bool = false,
    function: @escaping @Sendable ([Variable]) -> Variable
  ) {
    description = name + " " + shapes.map { "\($0)" }.joined(separator: " ")
    self.shapes = shapes
    self.isOfPositives = isOfPositives
    self.function = function
  }

  /// Operands in double precision: normal numbers, or numbers between 0.5 and 2.5.
  func operands(seed: UInt64 = 1) -> [Tensor] { shapes.enumerated().map { random($1, seed: seed + UInt64($0)) } }

  /// A direction for each operand.
  func directions() -> [Tensor] { shapes.enumerated().map { normal($1, seed: 100 + UInt64($0)) } }

  private func random(_ shape: Shape, seed: UInt64) -> Tensor {
    isOfPositives ? 0.5 + 2 * sigmoid(normal(shape, seed: seed)) : normal(shape, seed: seed)
  }
}

/// Every operation, with all options that change the maths.
let operations: [Operation] =
  arithmetic + elementwise + rearrangements + reductions + customFunctions + factorizations

private let arithmetic = [
  Operation("+", [3, 5], [3, 5]) { $0[0] + $0[1] },
  Operation("+", [3, 5], [5]) { $0[0] + $0[1] },
  Operation("+", [3, 1], [1, 5]) { $0[0] + $0[1] },
  Operation("+ number", [3]) { 2 + ($0[0] + 1) },
  Operation("−", [2, 3, 5], [3, 1]) { $0[0] - $0[1] },
  Operation("− number", [3]) { 2 - ($0[0] - 1) },
  Operation("·", [3, 5], [3, 5]) { $0[0] * $0[1] },
  Operation("·", [1], [7, 2]) { $0[0] * $0[1] },
  Operation("· number", [3]) { 2 * ($0[0] * 1.5) },
  Operation("/", [3, 5], [3, 5], ofPositives: true) { $0[0] / $0[1] },
  Operation("/", [5], [3, 1], ofPositives: true) { $0[0] / $0[1] },
  Operation("/ number", [3], ofPositives: true) { 2 / ($0[0] / 1.5) },
  Operation("negated", [3, 5]) { -$0[0] },
  Operation("matmul", [3, 4], [4, 5]) { matmul($0[0], $0[1]) },
  Operation("matmul", [2, 3, 4], [4, 5]) { matmul($0[0], $0[1]) },
  Operation("matmul of transposed", [4, 3], [5, 4]) { matmul($0[0].transposed, $0[1].transposed) },
  Operation("matmul with itself", [4, 4]) { matmul($0[0], $0[0]) },
  Operation("matmul of batches", [2, 3, 4], [2, 4, 5]) { matmul($0[0], $0[1]) },
  Operation("matmul of broadcast batches", [2, 1, 3, 4], [3, 4, 2]) { matmul($0[0], $0[1]) },
  Operation("einsum", [2, 3, 4], [4, 2, 5]) { einsum("bij,jbk->kib", $0[0], $0[1]) },
  Operation("einsum with sums", [3, 4], [2, 3]) { einsum("ij,ki->i", $0[0], $0[1]) },
  Operation("matmul of a matrix and a batch", [3, 4], [2, 4, 2]) { matmul($0[0], $0[1].transposed.transposed) },
]

private let elementwise = [
  Operation("exp", [3, 5]) { exp($0[0]) },
  Operation("log", [3, 5], ofPositives: true) { log($0[0]) },
  Operation("tanh", [3, 5]) { tanh($0[0]) },
  Operation("sigmoid", [3, 5]) { sigmoid($0[0]) },
  Operation("relu", [3, 5]) { relu($0[0]) },
  Operation("sqrt", [3, 5], ofPositives: true) { sqrt($0[0]) },
  Operation("sin", [3, 5]) { sin($0[0]) },
  Operation("cos", [3, 5]) { cos($0[0]) },
  Operation("abs", [3, 5]) { abs($0[0]) },
  Operation("expm1", [3, 5]) { expm1($0[0]) },
  Operation("log1p", [3, 5], ofPositives: true) { log1p($0[0]) },
  Operation("erf", [3, 5]) { erf($0[0]) },
  Operation("atan2", [3, 5], [5]) { atan2($0[0], $0[1]) },
  Operation("maximum", [3, 5], [5]) { maximum($0[0], $0[1]) },
  Operation("minimum", [3, 1], [3, 5]) { minimum($0[0], $0[1]) },
  Operation("clipped", [3, 5]) { $0[0].clipped(to: -0.6...0.9) },
  Operation("pow of two", [3, 5], [5], ofPositives: true) { pow($0[0], $0[1]) },
  Operation("pow 3", [3, 5]) { pow($0[0], 3) },
  Operation("pow 1", [3, 5]) { pow($0[0], 1) },
  Operation("pow 0", [3, 5]) { pow($0[0], 0) },
  Operation("pow −1.5", [3, 5], ofPositives: true) { pow($0[0], -1.5) },
]

private let rearrangements = [
  Operation("reshaped", [3, 4]) { $0[0].reshaped([2, -1]) },
  Operation("transposed", [3, 4]) { $0[0].transposed },
  Operation("broadcast", [4, 1]) { $0[0].broadcast(to: [2, 4, 3]) },
  Operation("row", [3, 4]) { $0[0][1] },
  Operation("rows", [5, 4]) { $0[0][1..<4] },
  Operation("sliced", [2, 5, 3]) { $0[0].sliced(1..<4, along: 1) },
  Operation("sliced, last axis", [2, 5]) { $0[0].sliced(0..<2, along: -1) },
  Operation("concatenated", [2, 3], [4, 3]) { Variable(concatenating: $0) },
  Operation("concatenated, last axis", [2, 3], [2, 1], [2, 2]) { Variable(concatenating: $0, along: -1) },
  Operation("concatenated with itself", [2, 3]) { Variable(concatenating: [$0[0], $0[0]]) },
  Operation("stacked", [2, 3], [2, 3]) { Variable(stacking: $0) },
  Operation("stacked along 1", [2, 3], [2, 3]) { Variable(stacking: $0, along: 1) },
  Operation("subscript", [4, 5, 3]) { $0[0][1..., .every(-2), 0] },
  Operation("subscript, new axis", [4, 5]) { $0[0][.every(2), .newAxis, -1] },
  Operation("permuted", [2, 3, 4]) { $0[0].permuted(2, 0, 1) },
  Operation("transposed axes", [2, 3, 4]) { $0[0].transposed(0, -1) },
  Operation("transposed batch", [2, 3, 4]) { $0[0].transposed },
  Operation("expanded and squeezed", [1, 3]) { $0[0].expanded(at: -1).squeezed(0) },
  Operation("flipped", [3, 4]) { $0[0].flipped(along: 1) },
  Operation("rolled", [3, 4]) { $0[0].rolled(by: 3, along: -1) },
  Operation("padded", [2, 3]) { $0[0].padded(before: 1, after: 2, along: 1, with: 0.5) },
  Operation("tiled", [2, 3]) { $0[0].tiled(2, 1, 2) },
  Operation("repeated", [2, 3]) { $0[0].repeated(2, along: 0) },
  Operation("lowerTriangle", [2, 3, 4]) { $0[0].lowerTriangle() },
  Operation("upperTriangle", [3, 4]) { $0[0].upperTriangle(-1) },
  Operation("where", [3, 4], [4]) { .where([[1, 0, 1, 0], [0, 0, 1, 1], [1, 1, 0, 0]], $0[0], $0[1]) },
  Operation("where of a number", [4]) { .where([1, 0, 1, 0], $0[0], 2) },
  Operation("replacing", [3, 4], [1]) { $0[0].replacing(with: $0[1], where: [1, 0, 0, 1]) },
  Operation("gathered along 0", [5, 3]) { $0[0].gathered(Tensor([[4, 0, 4], [4, 2, 1]], dtype: .int32), along: 0) },
  Operation("gathered along 1", [2, 3]) {
    $0[0].gathered(Tensor([[2, 0, 2, 2], [0, 1, 1, 0]], dtype: .int32), along: 1)
  },
  Operation("scattering", [3, 4], [3, 3]) {
    $0[0].scattering($0[1], at: Tensor([[2, 0, 2], [0, 1, 3], [3, 3, 3]], dtype: .int32), along: 1)
  },
  Operation("scattering, adding", [3, 4], [2, 4]) {
    $0[0].scattering($0[1], at: Tensor([[2, 0, 2, 1], [2, 1, 0, 0]], dtype: .int32), along: 0, adding: true)
  },
  Operation("sorted", [3, 5]) { $0[0].sorted(along: 0, descending: true).values },
  Operation("topK", [3, 5]) { $0[0].topK(2).values },
  Operation("gathered", [5, 3]) { $0[0].gathered(rows: Tensor([[4, 0], [4, 2]], dtype: .int32)) },
  Operation("gathered elements", [5]) { $0[0].gathered(rows: Tensor(labels: [1, 1, 3])) },
]

private let reductions = [
  Operation("sum", [3, 4]) { $0[0].sum() },
  Operation("sum of one", [1]) { $0[0].sum() },
  Operation("sum along 0", [3, 4]) { $0[0].sum(along: 0) },
  Operation("sum along 0 and 2, kept", [2, 3, 4]) { $0[0].sum(along: 0, 2, keepingAxes: true) },
  Operation("mean", [3, 4]) { $0[0].mean() },
  Operation("mean along −1", [2, 3, 4]) { $0[0].mean(along: -1) },
  Operation("mean along 0 and 1", [2, 3, 4]) { $0[0].mean(along: 0, 1) },
  Operation("max", [3, 4]) { $0[0].max(along: 1) },
  Operation("max along 0, kept", [3, 4]) { $0[0].max(along: 0, keepingAxis: true) },
  Operation("min along −1, kept", [3, 4]) { $0[0].min(along: -1, keepingAxis: true) },
  Operation("maxWithIndices", [3, 4]) { $0[0].maxWithIndices(along: 0).values },
  Operation("minWithIndices, kept", [3, 4]) { $0[0].minWithIndices(along: 1, keepingAxis: true).values },
  Operation("cumulativeSum", [3, 4]) { $0[0].cumulativeSum(along: 1) },
  Operation("cumulativeProduct", [5, 2]) { $0[0].cumulativeProduct(along: 0) },
  Operation("prod", [2, 5]) { $0[0].prod(along: 1) },
  Operation("prod along 0, kept", [4, 2]) { $0[0].prod(along: 0, keepingAxis: true) },
  Operation("variance", [3, 4]) { $0[0].variance(along: 0) },
  Operation("variance, biased", [3, 4]) { $0[0].variance(along: 1, keepingAxis: true, correction: 0) },
  Operation("std", [3, 4]) { $0[0].std(along: -1) },
  Operation("norm", [3, 4]) { $0[0].norm(along: 1) },
  Operation("norm, p 1", [3, 4]) { $0[0].norm(1, along: 0) },
  Operation("norm, p 3", [3, 4]) { $0[0].norm(3, along: 1, keepingAxis: true) },
  Operation("norm, p ∞", [3, 4]) { $0[0].norm(.infinity, along: 1) },
  Operation("logSumExp along 0", [3, 4]) { logSumExp($0[0], along: 0) },
  Operation("softmax", [3, 4]) { softmax($0[0]) },
  Operation("logSoftmax", [3, 4]) { logSoftmax($0[0]) },
  Operation("logSumExp", [3, 4]) { logSumExp($0[0]) },
  Operation("logSumExp, kept", [2, 3, 4]) { logSumExp($0[0], keepingAxis: true) },
]

private let customFunctions = [
  Operation("Square", [3, 4]) { Square()($0[0]) },
  Operation("softmaxCrossEntropy", [3, 4]) { softmaxCrossEntropy($0[0], Tensor(labels: [3, 0, 1])) },
]

private let factorizations = [
  Operation("solve", [3, 3], [3, 2]) { x in unfailing { try solve(0.2 * x[0] + eye(like: x[0]), x[1]) } },
  Operation("solve for a vector", [3, 3], [3]) { x in unfailing { try solve(0.2 * x[0] + eye(like: x[0]), x[1]) } },
  Operation("cholesky", [3, 3]) { x in
    unfailing { try cholesky(matmul(x[0], x[0].transposed) + eye(like: x[0])) }
  },
  Operation("eigenvalues", [3, 3]) { eigh($0[0] + $0[0].transposed).values },
  Operation("eigenvectors", [3, 3]) { pow(eigh($0[0] + $0[0].transposed).vectors, 2) },
  Operation("qr: q", [4, 3]) { qr($0[0]).q },
  Operation("qr: r", [4, 3]) { qr($0[0]).r },
]

/// The operands have what a factorization needs.
private func unfailing(_ result: () throws -> Variable) -> Variable {
  do { return try result() } catch { fatalError("\(error)") }
}

private func eye(like x: Variable) -> Variable { Variable(Tensor(eye: 3, dtype: x.dtype)) }

/// y = x², with its own pullback.
struct Square: CustomFunction {
  func value(_ x: Tensor) -> Tensor { x * x }
  func pullback(_ dy: Variable, _ x: Variable, _ y: Variable) -> Variable { 2 * x * dy }
}

/// Standard normal numbers in double precision, the same on every run.
func normal(_ shape: Shape, seed: UInt64) -> Tensor {
  var generator = RandomGenerator(seed: seed)
  return Tensor(normal: shape, dtype: .float64, using: &generator)
}

/// Returns ‖a − b‖ / ‖b‖, or ‖a‖ if b is zero.
func relativeError(_ a: Tensor, _ b: Tensor) -> Double {
  guard a.shape == b.shape else { return .infinity }
  let (a, b) = (a.converted(to: .float64), b.converted(to: .float64))
  let (difference, norm) = ((a - b).sumOfSquares.squareRoot(), b.sumOfSquares.squareRoot())
  return norm > 0 ? difference / norm : difference
}

/// ⟨a, b⟩.
func dot(_ a: Tensor, _ b: Tensor) -> Double { (a * b).sum().item }
