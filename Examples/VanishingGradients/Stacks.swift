import Strata

/// The stacks that are compared, each of identical layers.
enum Stack: String, CaseIterable {
  case sigmoid = "sigmoid, Xavier"
  case tanh = "tanh, Xavier"
  case relu = "ReLU, He"
  case residual = "residual, ReLU, He"
  case batchNorm = "BatchNorm, ReLU, He"

  /// Returns a stack of `depth` layers of `width` features, in double precision, since float32 underflows at 1e-45.
  func model(depth: Int, width: Int, seed: UInt64) -> Sequential {
    let model = withSeed(seed) { Sequential((0..<depth).map { _ in layer(width) }) }
    model.convert(to: .float64)
    return model
  }

  private func layer(_ width: Int) -> any Layer {
    switch self {
    case .sigmoid: block(width, .xavierNormal, [], Sigmoid())
    case .tanh: block(width, .xavierNormal, [], Tanh())
    case .relu: block(width, .heNormal, [], ReLU())
    case .batchNorm: block(width, .heNormal, [BatchNorm(width)], ReLU())
    // Normalized at its input, as in the deepest residual networks (He and others, 2016).
    case .residual:
      Residual {
        BatchNorm(width)
        ReLU()
        Linear(width, width, bias: false, initializer: .heNormal)
      }
    }
  }

  private func block(
    _ width: Int, _ initializer: Initializer, _ between: [any Layer], _ activation: any Layer
  ) -> Sequential {
    Sequential([Linear(width, width, bias: false, initializer: initializer)] + between + [activation])
  }
}

/// L = Σ y · c for a fixed c: its gradient is c for any output, so that stacks are comparable.
struct Projection: Loss {
  func evaluate(_ output: consuming Tensor, _ target: Tensor) -> (value: Double, gradient: Tensor) {
    ((copy output * target).sum().item, target)
  }
}
