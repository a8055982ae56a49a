import StrataLayers
import StrataTensor

/// Runs `body` with every floating-point box in `dtype`, then restores each bit for bit.
func withPrecision<R>(_ dtype: DType, _ boxes: [TensorBox], _ body: () throws -> R) rethrows -> R {
  let originals = boxes.map(\.value)
  for (box, value) in zip(boxes, originals) where value.dtype.isFloatingPoint {
    box.update { $0 = value.converted(to: dtype) }
  }
  defer {
    for (box, value) in zip(boxes, originals) { box.update { $0 = value } }
  }
  return try body()
}
