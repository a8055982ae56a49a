import Strata

/// y_t = x_t − x_{t−1}, with x_0 = 0: a layer that mixes the steps of a sequence.
///
/// # Backward
/// dx_t = dy_t − dy_{t+1}, with dy_{T+1} = 0.
public struct Difference: Layer {
  public init() {}

  public func forward(_ x: Tensor) -> (Tensor, SequenceLayout) {
    let layout = SequenceLayout(of: x.shape)!
    let steps = layout.steps(in: layout.pack(x))
    let differences = steps.indices.map { step in
      step == 0 ? steps[0] : steps[step] - steps[step - 1][0..<layout.counts[step]]
    }
    return (layout.unpack(differences.joined(like: x)), layout)
  }

  public func backward(_ dy: Tensor, _ layout: SequenceLayout, _ gradients: inout Gradients) -> Tensor {
    let steps = layout.steps(in: layout.pack(dy))
    let gradients = steps.indices.map { step in
      guard step + 1 < steps.count else { return steps[step] }
      let (going, ended) = (layout.counts[step + 1], layout.counts[step])
      return Tensor(concatenating: [steps[step][0..<going] - steps[step + 1], steps[step][going..<ended]])
    }
    return layout.unpack(gradients.joined(like: dy))
  }

  public func outputShape(for input: Shape) throws -> Shape {
    if SequenceLayout(of: input) != nil { return input }
    throw ShapeError("Difference()", expected: "[B, T, D]", input: input, remedy: "give it sequences")
  }
}

extension SequenceLayout {
  fileprivate func steps(in rows: Tensor) -> [Tensor] { (0..<steps).map { rows[self.rows(ofStep: $0)] } }
}

extension [Tensor] {
  /// The rows of all steps; where there is no step, none as wide as those of another tensor.
  fileprivate func joined(like x: Tensor) -> Tensor {
    isEmpty ? Tensor(zeros: [0, x.shape[-1]], dtype: x.dtype) : Tensor(concatenating: self)
  }
}
