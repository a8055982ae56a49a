import Strata
import StrataTesting

/// Activations beyond those of the first catalogue, and layers that gate.
let activationLayers: [LayerEntry] = [
  LayerEntry("SELU") { _ in SELU() },
  LayerEntry("CELU") { _ in CELU() },
  LayerEntry("CELU", "(alpha: 0.5)") { _ in CELU(alpha: 0.5) },
  LayerEntry("Mish") { _ in Mish() },
  LayerEntry("Hardswish") { _ in Hardswish() },
  LayerEntry("Hardsigmoid") { _ in Hardsigmoid() },
  LayerEntry("Hardtanh") { _ in Hardtanh() },
  LayerEntry("Hardtanh", "(-0.5...2)") { _ in Hardtanh(-0.5...2) },
  LayerEntry("ReLU6") { _ in ReLU6() },
  LayerEntry("LogSigmoid") { _ in LogSigmoid() },
  LayerEntry("Softsign") { _ in Softsign() },
  LayerEntry("Softshrink", skipping: readsZeros) { _ in Softshrink() },
  LayerEntry("Softshrink", "(lambda: 0.2)", skipping: readsZeros) { _ in Softshrink(lambda: 0.2) },
  LayerEntry("Hardshrink", skipping: readsZeros) { _ in Hardshrink() },
  LayerEntry("Tanhshrink") { _ in Tanhshrink() },
  LayerEntry("Threshold") { _ in Threshold(0.3, value: -2) },
  LayerEntry("Softmax", "(axis: 1)") { _ in Softmax(axis: 1) },
  LayerEntry("LogSoftmax", "(axis: 1)") { _ in LogSoftmax(axis: 1) },
  LayerEntry("GLU", shapes: LayerEntry.pairShapes, refusing: isOdd) { _ in GLU() },
  LayerEntry("GEGLU", shapes: LayerEntry.pairShapes, refusing: isOdd) { _ in GEGLU() },
  LayerEntry("ReGLU", shapes: LayerEntry.pairShapes, refusing: isOdd) { _ in ReGLU() },
  LayerEntry("Maxout", shapes: LayerEntry.pairShapes, refusing: isOdd) { _ in Maxout(pieces: 2) },
]

@Sendable private func isOdd(_ shape: Shape) -> Bool { shape[-1] % 2 != 0 }

private let readsZeros: [LayerCheck: String] = [.cacheIsRead: "of y it is read whether it is 0, and nothing else"]
