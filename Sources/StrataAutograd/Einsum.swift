import StrataTensor

/// Returns the sum of products of two factors that an equation describes, as of tensors: `einsum("ij,jk->ik", a, b)`.
public func einsum(_ equation: String, _ a: Variable, _ b: Variable) -> Variable {
  let plan = EinsumPlan(equation, a.shape, b.shape)
  func arranged(_ x: Variable, _ factor: EinsumPlan.Factor) -> Variable {
    x.summedOver(factor.summed).permuted(factor.order).reshaped(to: factor.shape)
  }
  return matmul(arranged(a, plan.left), arranged(b, plan.right)).reshaped(to: plan.shape).permuted(plan.order)
}
