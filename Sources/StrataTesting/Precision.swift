import StrataLayers
import StrataTensor

/// Runs `body` with every floating-point cell in `dtype`, then restores each bit for bit.
func withPrecision<R>(_ dtype: DType, _ cells: [TensorCell], _ body: () throws -> R) rethrows -> R {
  let originals = cells.map(\.value)
  for (cell, value) in zip(cells, originals) where value.dtype.isFloatingPoint {
    cell.update { $0 = value.converted(to: dtype) }
  }
  defer {
    for (cell, value) in zip(cells, originals) { cell.update { $0 = value } }
  }
  return try body()
}
