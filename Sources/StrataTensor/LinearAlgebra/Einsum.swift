/// Returns the sum of products of two factors that an equation in Einstein's notation describes, as in NumPy and PyTorch:
/// a letter for each axis, and a sum over those that the result does not name.
///
/// ```swift
/// einsum("bthd,bshd->bhts", q, k)         // the scores of attention, without a transpose
/// einsum("i,j->ij", x, y)                 // an outer product
/// ```
///
/// It is a batched `matmul` of the factors with their axes put in order.
public func einsum(_ equation: String, _ a: Tensor, _ b: Tensor) -> Tensor {
  let plan = EinsumPlan(equation, a.shape, b.shape)
  func arranged(_ x: Tensor, _ factor: EinsumPlan.Factor) -> Tensor {
    x.sum(along: factor.summed).permuted(factor.order).reshaped(to: factor.shape)
  }
  return matmul(arranged(a, plan.left), arranged(b, plan.right)).reshaped(to: plan.shape).permuted(plan.order)
}

/// How a sum of products becomes a batched product of matrices: the axes of each factor, and of the result.
package struct EinsumPlan {
  /// The axes to sum over first, the order of the others, and the batch of matrices that they make.
  package typealias Factor = (summed: [Int], order: [Int], shape: Shape)
  package let left: Factor
  package let right: Factor

  /// The axes of the product, and their order in the result.
  package let shape: Shape
  package let order: [Int]

  package init(_ equation: String, _ a: Shape, _ b: Shape) {
    let parts = equation.filter { $0 != " " }.replacing("->", with: ",")
      .split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
    require(
      parts.count == 3 && equation.contains("->"), "einsum: \"\(equation)\" is not of the form \"ij,jk->ik\"")
    let (x, y, z) = (parts[0], parts[1], parts[2])
    require(
      x.count == a.rank && y.count == b.rank,
      "einsum: \"\(equation)\" names \(x.count) and \(y.count) axes of shapes \(a) and \(b)")
    require(
      [x, y, z].allSatisfy { Set($0).count == $0.count } && z.allSatisfy { x.contains($0) || y.contains($0) },
      "einsum: \"\(equation)\" names an axis twice in one place, or one of the result that no factor has")
    let lengths = Dictionary(zip(x, a.lengths)) { $1 }.merging(zip(y, b.lengths)) { first, second in
      require(first == second, "einsum: \"\(equation)\": shapes \(a) and \(b) differ in an axis of one name")
      return first
    }
    let shared = x.filter { y.contains($0) }
    let (batch, inner) = (shared.filter { z.contains($0) }, shared.filter { !z.contains($0) })
    let (rows, columns) = (
      x.filter { z.contains($0) && !y.contains($0) }, y.filter { z.contains($0) && !x.contains($0) }
    )
    func count(_ axes: [Character]) -> Int { axes.reduce(1) { $0 * lengths[$1]! } }
    func factor(_ axes: [Character], _ wanted: [Character], _ matrix: [Int]) -> Factor {
      let kept = axes.filter(wanted.contains)
      let summed = axes.indices.filter { !wanted.contains(axes[$0]) }
      return (summed, wanted.map { kept.firstIndex(of: $0)! }, Shape([count(batch)] + matrix))
    }
    left = factor(x, batch + rows + inner, [count(rows), count(inner)])
    right = factor(y, batch + inner + columns, [count(inner), count(columns)])
    let product = batch + rows + columns
    shape = Shape(product.map { lengths[$0]! })
    order = z.map { product.firstIndex(of: $0)! }
  }
}
