import Strata
import StrataTensor

extension LayerEntry {
  /// Shapes of images, [B, C, H, W].
  fileprivate static let imageShapes: [Shape] = [
    [1, 1, 1, 1], [1, 1, 2, 3], [2, 3, 1, 1], [2, 3, 4, 5], [1, 5, 3, 2], [4, 1, 3, 3], [3, 2, 1, 7],
    [5, 3, 2, 2],
    [1, 7, 1, 3], [2, 4, 5, 3],
  ]

  /// Shapes whose last axis is even.
  static let pairShapes: [Shape] = [
    [1, 2], [1, 14], [5, 2], [3, 4], [2, 3, 4], [2, 1, 2], [9, 16], [7, 30], [17, 34], [4, 3, 2, 6],
  ]
}

private let bagShapes: [Shape] = [
  [1, 1], [1, 7], [5, 1], [3, 5], [2, 4], [9, 16], [7, 31], [17, 33], [4, 3], [6, 2],
]

/// Indices below 7 in an irregular order, with repetitions and gaps.
private func indices(_ shape: Shape) -> Tensor {
  let numbers: [Int32] = (0..<Int32(shape.count)).map { $0 * $0 % 7 * ($0 % 3) % 7 }
  return Tensor(numbers, shape: shape)
}

/// A parameter of standard normal numbers.
private func normal(_ shape: Shape) -> Parameter { Parameter(Tensor(normal: shape)) }

let structureLayers: [LayerEntry] = [
  LayerEntry("Dropout", "(0.3)") { _ in Dropout(0.3) },
  LayerEntry("Dropout", "(0)", skipping: computesNothing) { _ in Dropout(0) },
  LayerEntry("Dropout", "(1)") { _ in Dropout(1) },
  LayerEntry("Embedding", input: indices) { Embedding(7, $0.count % 40 + 1) },
  // Without indices of padding: its row's gradient is 0 by definition, and not the derivative.
  LayerEntry("Embedding", "(padding: 2)", input: { indices($0).replacing(with: 3, where: indices($0) .== 2) }) { _ in
    Embedding(7, 3, paddingIndex: 2)
  },
  LayerEntry("Embedding", "(isSparse)", input: indices) { Embedding(7, $0.count % 40 + 1, isSparse: true) },
  LayerEntry("EmbeddingBag", "(.mean, isSparse)", shapes: bagShapes, input: indices) { _ in
    EmbeddingBag(7, 3, isSparse: true)
  },
  LayerEntry("EmbeddingBag", "(.sum)", shapes: bagShapes, input: indices) { _ in
    EmbeddingBag(7, 3, combination: .sum)
  },
  LayerEntry("EmbeddingBag", "(.mean)", shapes: bagShapes, input: indices) { _ in EmbeddingBag(7, 3) },
  LayerEntry("EmbeddingBag", "(.max)", shapes: bagShapes, input: indices) { _ in
    EmbeddingBag(7, 3, combination: .max)
  },
  LayerEntry("EmbeddingBag", "(.sum, padding: 2)", shapes: bagShapes, input: indices) { _ in
    EmbeddingBag(7, 3, combination: .sum, paddingIndex: 2)
  },
  LayerEntry("EmbeddingBag", "(.mean, padding: 2)", shapes: bagShapes, input: indices) { _ in
    EmbeddingBag(7, 3, paddingIndex: 2)
  },
  LayerEntry("EmbeddingBag", "(.max, padding: 2)", shapes: bagShapes, input: indices) { _ in
    EmbeddingBag(7, 3, combination: .max, paddingIndex: 2)
  },
  LayerEntry("AlphaDropout", "(0.3)") { _ in AlphaDropout(0.3) },
  LayerEntry("Flatten", "(from: 2)", shapes: LayerEntry.imageShapes, skipping: computesNothing) { _ in
    Flatten(from: 2)
  },
  LayerEntry("Reshape", skipping: computesNothing) { shape in Reshape([1, shape.rowShape.count, 1]) },
  LayerEntry("Residual", shapes: LayerEntry.featureShapes) { shape in
    Residual {
      Linear(shape[-1], 4); Tanh(); Linear(4, shape[-1])
    }
  },
  LayerEntry("Residual", "(scale: [1])", shapes: LayerEntry.featureShapes) { shape in
    Residual(scale: normal([1])) {
      Linear(shape[-1], shape[-1]); Tanh()
    }
  },
  LayerEntry("Residual", "(scale: [D])", shapes: LayerEntry.featureShapes) { shape in
    Residual(scale: normal([shape[-1]])) {
      Linear(shape[-1], shape[-1]); Tanh()
    }
  },
  LayerEntry("Residual", "(scale: [C, 1, 1])", shapes: LayerEntry.imageShapes) { shape in
    Residual(scale: normal([shape[1], 1, 1])) { Tanh() }
  },
  LayerEntry("Parallel", "(.sum)", shapes: LayerEntry.featureShapes) { shape in
    Parallel(join: .sum) {
      Linear(shape[-1], 3)
      Sequential {
        Tanh(); Linear(shape[-1], 3, bias: false)
      }
    }
  },
  LayerEntry("Parallel", "(.concatenate)", shapes: LayerEntry.featureShapes) { shape in
    Parallel(join: .concatenate) {
      Linear(shape[-1], 3)
      Tanh()
      Sequential {
        Linear(shape[-1], 2); Sigmoid()
      }
    }
  },
  LayerEntry("Parallel", "(.concatenate(axis: 1))", shapes: LayerEntry.imageShapes) { shape in
    Parallel(join: .concatenate(axis: 1)) {
      Sigmoid(); Tanh()
    }
  },
  LayerEntry("StopGradient", takenFor: { _ in constant }, skipping: computesNothing) { _ in StopGradient() },
  LayerEntry("Frozen", takenFor: { _ in constant }) { _ in Frozen { Tanh() } },
  LayerEntry("Frozen", "(passesGradient: true)") { _ in
    Frozen(passesGradient: true) {
      Sigmoid(); Tanh()
    }
  },
  LayerEntry("StraightThrough", "(.round)", takenFor: { _ in Identity() }) { _ in StraightThrough(.round) },
  LayerEntry("StraightThrough", "(.sign)", takenFor: { _ in Identity() }) { _ in StraightThrough(.sign) },
  LayerEntry("Reparameterize", shapes: LayerEntry.pairShapes) { _ in Reparameterize() },
  LayerEntry("Lambda") { _ in
    Lambda("sine", forward: { x in (sine(x), x) }, backward: { dy, x in dy * sine(x + .pi / 2) })
  },
  LayerEntry("TiedLinear", shapes: LayerEntry.featureShapes) { shape in
    TiedLinear(transposing: normal([shape[-1] % 5 + 1, shape[-1]]))
  },
  LayerEntry("TiedLinear", "(bias: false)", shapes: LayerEntry.featureShapes) { shape in
    TiedLinear(transposing: normal([3, shape[-1]]), bias: false)
  },
  LayerEntry("MatrixProduct", shapes: LayerEntry.featureShapes) { shape in
    MatrixProduct(dimensions: [3, 5, 2, shape[-1]], initializer: .lecunNormal)
  },
  LayerEntry("MatrixProduct", "(one factor)", shapes: LayerEntry.featureShapes) { shape in
    MatrixProduct(dimensions: [4, shape[-1]])
  },
  LayerEntry("MatrixProduct", "(tied)", shapes: LayerEntry.featureShapes) { shape in
    let (tied, other) = (normal([4, 4]), normal([4, 4]))
    return MatrixProduct(factors: [tied, other, tied, tied, normal([4, shape[-1]])])
  },
  LayerEntry("Sequential", "(tied)", shapes: LayerEntry.featureShapes) { shape in
    let encoder = Linear(shape[-1], 3)
    return Sequential {
      encoder; Tanh(); TiedLinear(transposing: encoder.weight)
    }
  },
]

/// sin x by its power series: smooth, and not one of Strata's functions.
private func sine(_ x: Tensor) -> Tensor {
  var (term, sum) = (x, x)
  for n in stride(from: 2.0, to: 60, by: 2) {
    term = -term * x * x / (n * (n + 1))
    sum += term
  }
  return sum
}

/// y = 0 with the gradient 0.
private let constant = Lambda(
  forward: { x in (Tensor(zeros: x.shape, dtype: x.dtype), true) },
  backward: { dy, _ in Tensor(zeros: dy.shape, dtype: dy.dtype) })
