import Strata
import StrataTensor
import StrataTesting

/// Weights near one of rank 1: a few steps find their first singular vectors to the last digit.
private func nearRankOne(_ shape: Shape) -> Tensor { 1 + 0.03 * Tensor(normal: shape) }

/// Shapes of weights, with more than one number.
private let weightShapes: [Shape] = [
  [1, 7], [5, 1], [3, 5], [2, 3, 4], [2, 1, 3], [9, 16], [7, 31], [17, 33], [4, 3, 2, 5], [2, 2],
]

private let ofOneShape: [LayerCheck: String] = [.workers: "it is made for one shape"]

private let keepsWeight: [LayerCheck: String] = [.cacheIsRead: "w is there for modules that run forward again"]

let parametrizedLayers: [LayerEntry] = [
  LayerEntry("WeightNorm", "(axis: 0)", shapes: weightShapes, skipping: ofOneShape) {
    WeightNorm(of: 2 * Tensor(normal: $0), axis: 0)
  },
  LayerEntry("WeightNorm", "(last axis)", shapes: weightShapes, skipping: ofOneShape) {
    WeightNorm(of: 2 * Tensor(normal: $0), axis: $0.rank - 1)
  },
  LayerEntry(
    "SpectralNorm", "(axis: 0)", shapes: weightShapes, input: nearRankOne, refusing: { $0.count == 1 },
    skipping: ofOneShape
  ) { SpectralNorm(of: nearRankOne($0), axis: 0, iterations: 6) },
  LayerEntry(
    "SpectralNorm", "(last axis)", shapes: weightShapes, input: nearRankOne, refusing: { $0.count == 1 },
    skipping: ofOneShape
  ) { SpectralNorm(of: nearRankOne($0), axis: $0.rank - 1, iterations: 6) },
  LayerEntry("Linear", "(by WeightNorm)", shapes: LayerEntry.featureShapes, skipping: keepsWeight) {
    Linear($0[-1], $0[-1] % 5 + 2).weightNormalized()
  },
  LayerEntry("Linear", "(by SpectralNorm)", shapes: LayerEntry.featureShapes, skipping: keepsWeight) {
    Linear(
      weight: Parameter(nearRankOne([$0[-1], $0[-1] % 5 + 2])), bias: Parameter([$0[-1] % 5 + 2], initialValue: 0)
    )
    .spectrallyNormalized(iterations: 6)
  },
  LayerEntry("Conv2D", "(by WeightNorm)", shapes: imageShapes, skipping: keepsWeight) {
    Conv2D($0[1], 4, kernel: 3, padding: 1).weightNormalized()
  },
  LayerEntry("ConvTranspose2D", "(by SpectralNorm)", shapes: imageShapes, skipping: keepsWeight) { shape in
    let layer = ConvTranspose2D(shape[1], 4, kernel: 3, padding: 1)
    layer.weight.value = nearRankOne(layer.weight.shape)
    return layer.spectrallyNormalized(iterations: 6)
  },
  LayerEntry("Sequential", "(recomputed, by WeightNorm)", shapes: LayerEntry.featureShapes) { shape in
    Sequential {
      Linear(shape[-1], 3); Tanh(); Linear(3, 2)
    }
    .recomputed().weightNormalized("0.weight").weightNormalized("2.weight")
  },
]

private let imageShapes: [Shape] = [
  [1, 1, 3, 3], [1, 1, 2, 3], [2, 3, 1, 1], [2, 3, 4, 5], [1, 5, 3, 2], [4, 1, 3, 3], [3, 2, 1, 7], [5, 3, 2, 2],
  [1, 7, 1, 3], [2, 4, 5, 3],
]
