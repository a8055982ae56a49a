import Strata

/// Normalization, and the activations with their own backward.
let normalizationLayers: [LayerEntry] = [
  LayerEntry("BatchNorm", shapes: batchShapes, refusing: hasFewValues) { BatchNorm($0[1]) },
  LayerEntry("BatchNorm", "(epsilon: 0.1)", shapes: batchShapes, refusing: hasFewValues) {
    BatchNorm($0[1], epsilon: 0.1)
  },
  LayerEntry("LayerNorm", shapes: LayerEntry.featureShapes) { LayerNorm($0[-1]) },
  LayerEntry("LayerNorm", "(two axes)", shapes: planeShapes) { LayerNorm(shape: [$0[-2], $0[-1]]) },
  LayerEntry("RMSNorm", shapes: LayerEntry.featureShapes) { RMSNorm($0[-1]) },
  LayerEntry("RMSNorm", "(epsilon: 0.1)", shapes: LayerEntry.featureShapes) { RMSNorm($0[-1], epsilon: 0.1) },
  LayerEntry("BatchNorm", "(isAffine: false)", shapes: batchShapes, refusing: hasFewValues) {
    BatchNorm($0[1], isAffine: false)
  },
  LayerEntry("BatchNorm", "(tracksStatistics: false)", shapes: batchShapes, refusing: hasFewValues) {
    BatchNorm($0[1], tracksStatistics: false)
  },
  LayerEntry("LayerNorm", "(isAffine: false)", shapes: LayerEntry.featureShapes) { LayerNorm($0[-1], isAffine: false) },
  LayerEntry("LayerNorm", "(bias: false)", shapes: LayerEntry.featureShapes) { LayerNorm($0[-1], bias: false) },
  LayerEntry("RMSNorm", "(isAffine: false)", shapes: LayerEntry.featureShapes) {
    RMSNorm($0[-1], epsilon: 1e-6, isAffine: false)
  },
  LayerEntry("RMSNorm", "(two axes)", shapes: planeShapes) { RMSNorm(shape: [$0[-2], $0[-1]], epsilon: 1e-6) },
  LayerEntry("LeakyReLU") { _ in LeakyReLU() },
  LayerEntry("LeakyReLU", "(slope: 0.3)") { _ in LeakyReLU(slope: 0.3) },
  LayerEntry("PReLU") { _ in PReLU() },
  LayerEntry("PReLU", "(channels)") { PReLU(channels: $0[1], slope: -0.5) },
  LayerEntry("ELU") { _ in ELU() },
  LayerEntry("ELU", "(alpha: 0.5)") { _ in ELU(alpha: 0.5) },
  LayerEntry("GELU") { _ in GELU() },
  LayerEntry("GELU", "(tanh)") { _ in GELU(.tanh) },
  LayerEntry("SiLU") { _ in SiLU() },
  LayerEntry("Softplus") { _ in Softplus() },
  LayerEntry("Softplus", "(beta: 2)") { _ in Softplus(beta: 2) },
  LayerEntry("Softmax") { _ in Softmax() },
  LayerEntry("LogSoftmax") { _ in LogSoftmax() },
]

/// Inputs with at least three values per channel: for two that are close together, the slope changes too fast
/// for differences.
private let batchShapes: [Shape] = [
  [3, 1], [5, 1], [4, 7], [5, 3], [3, 4, 5], [1, 2, 7], [1, 1, 3, 3], [9, 16], [17, 33], [2, 3, 4, 5],
  [33, 17],
  [3, 2, 1], [40, 19, 1],
]

/// Whether a channel has fewer than three values.
@Sendable private func hasFewValues(_ shape: Shape) -> Bool { shape.count < 3 * shape[1] }

private let planeShapes: [Shape] = [
  [1, 1, 1], [1, 1, 7], [5, 3, 1], [3, 5, 2], [2, 3, 4], [2, 1, 3], [4, 3, 2, 5], [7, 3, 11], [2, 17, 3],
  [1, 2, 1, 9],
]
