import ExampleSupport
import Foundation
import Strata

/// How much of the gradient reaches each layer of deep networks, for all that the page lets one choose.
struct FlowTable {
  private static let depths = [2, 5, 10, 20, 50]
  private static let (rows, width) = (64, 32)

  private static let activations: KeyValuePairs<String, any Layer> = [
    "sigmoid": Sigmoid(), "tanh": Tanh(), "ReLU": ReLU(), "GELU": GELU(),
  ]
  private static let initializers: KeyValuePairs<String, Initializer> = [
    "Xavier": .xavierNormal, "He": .heNormal, "orthogonal": .orthogonal(),
    "too small": .normal(standardDeviation: 0.02), "too large": .normal(standardDeviation: 0.5),
  ]
  private static let norms: KeyValuePairs<String, (@Sendable () -> any Layer)?> = [
    "none": nil, "BatchNorm": { BatchNorm(width) }, "LayerNorm": { LayerNorm(width) },
  ]

  /// The table for the page: each curve has ten times the decimal logarithms, rounded.
  var given: JSONLine {
    var curves: [[Int]] = []
    for (_, activation) in Self.activations {
      for (_, initializer) in Self.initializers {
        for (_, norm) in Self.norms {
          for isResidual in [false, true] {
            for depth in Self.depths {
              let curve = Self.curve(depth, activation, initializer, norm, isResidual)
              curves.append(curve.map { Int(($0 * 10).rounded()) })
            }
          }
        }
      }
    }
    return JSONLine([
      "depths": Self.depths, "activations": Self.activations.map(\.key), "initializers": Self.initializers.map(\.key),
      "norms": Self.norms.map(\.key), "curves": curves,
    ])
  }

  /// Returns the decimal logarithm of ‖dL/dx‖ at the input of each layer over that at the output, at least −99.
  private static func curve(
    _ depth: Int, _ activation: any Layer, _ initializer: Initializer, _ norm: (@Sendable () -> any Layer)?,
    _ isResidual: Bool
  ) -> [Double] {
    let blocks = withSeed(1) {
      (0..<depth).map { _ in
        let parts = [Linear(width, width, initializer: initializer)] + (norm.map { [$0()] } ?? []) + [activation]
        return isResidual ? Sequential { Residual { parts } } : Sequential(parts)
      }
    }
    for block in blocks { block.convert(to: .float64) }
    var (x, dy) = withSeed(2) {
      (Tensor(normal: [rows, width], dtype: .float64), Tensor(normal: [rows, width], dtype: .float64))
    }
    let scale = dy.norm(2).item
    var caches: [Sequential.Cache] = []
    for block in blocks {
      let (y, cache) = block.forward(x)
      (x, caches) = (y, caches + [cache])
    }
    var (gradients, shares) = (Gradients(), [Double]())
    for (block, cache) in zip(blocks, caches).reversed() {
      dy = block.backward(dy, cache, &gradients)
      shares.append(max(-99, log10(dy.norm(2).item / scale)))
    }
    return shares.reversed()
  }
}
