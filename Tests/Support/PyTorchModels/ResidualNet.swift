import Strata

/// A model whose properties have the names of PyTorch's modules, and so needs no others.
struct ResidualNet: Layer {
  let stem = Linear(5, 6)
  let blocks = [ResidualBlock(6), ResidualBlock(6)]
  let head = Linear(6, 3)

  private var body: Sequential {
    Sequential {
      stem
      for block in blocks { block }
      head
    }
  }

  func forward(_ x: consuming Tensor) -> (Tensor, Sequential.Cache) { body.forward(x) }

  func backward(_ dy: consuming Tensor, _ cache: consuming Sequential.Cache, _ gradients: inout Gradients) -> Tensor {
    body.backward(dy, cache, &gradients)
  }

  func outputShape(for input: Shape) throws -> Shape { try body.outputShape(for: input) }
}

/// x + W₂ gelu(W₁ norm(x)).
struct ResidualBlock: Layer {
  let norm: LayerNorm
  let fc1, fc2: Linear

  init(_ size: Int) { (norm, fc1, fc2) = (LayerNorm(size), Linear(size, 2 * size), Linear(2 * size, size)) }

  private var body: Residual {
    Residual {
      norm; fc1; GELU(); fc2
    }
  }

  func forward(_ x: consuming Tensor) -> (Tensor, Residual.Cache) { body.forward(x) }

  func backward(_ dy: consuming Tensor, _ cache: consuming Residual.Cache, _ gradients: inout Gradients) -> Tensor {
    body.backward(dy, cache, &gradients)
  }
}
