import CStrataKernels
import Foundation
import LayerRegistry
import Strata
import StrataTensor
import Testing

/// In inference a row's output has the same bits whatever rows are in its batch, and however many workers there are.
///
/// The exception are products of OpenBLAS, in `float64` and on CPUs without AVX-512, whose sums depend on the number of
/// rows: with them outputs agree to rounding.
@Suite(.seeded) struct BatchInvarianceTests {
  /// One, a few, powers of two and the sizes of tiles and blocks, each with its neighbours; all up to 300 where the
  /// environment asks for it.
  static let sizes =
    ProcessInfo.processInfo.environment["STRATA_EVERY_SIZE"] != nil
    ? Array(1...300)
    : [
      1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 127, 128, 129, 191, 192, 193, 255, 256,
      257,
      300,
    ]

  /// All layers but that whose inference takes the statistics of its batch, and those of weights, which have no batch.
  static let layers = layerRegistry.filter {
    $0.name != "BatchNorm(tracksStatistics: false)" && !["WeightNorm", "SpectralNorm"].contains($0.type)
  }

  @Test(arguments: layers, [DType.float32, .float64])
  func `a row does not depend on its batch`(_ entry: LayerEntry, _ dtype: DType) throws {
    // The largest row of the list, for vectors and blocks to have more than one part.
    let row = entry.shapes.max { $0.rowShape.count < $1.rowShape.count }!.rowShape
    let shape = Shape([300] + row.lengths)
    let layer = withSeed(1) { entry.make(shape) }
    layer.convert(to: dtype)
    let example = entry.example(shape)
    let x = example.dtype == .int32 ? example : example.converted(to: dtype)
    let meter = WorkMeter()
    let whole = withWorkers(1) { layer(x) }
    let isExact = meter.reading().products == 0 || dtype == .float32 && strata_gemm_f32_is_available()
    // The last rows stand elsewhere in each batch, and so in other tiles.
    for (number, size) in (isExact ? Self.sizes : [1, 3, 16, 65]).enumerated() {
      let (rows, workers) = (300 - size..<300, number % 2 == 0 ? 1 : 3)
      let part = withWorkers(workers) { layer(x[rows]) }
      if isExact {
        #expect(part.isIdentical(to: whole[rows]), "rows \(rows) by \(workers) workers")
      } else {
        #expect(relativeError(part, whole[rows]) < (dtype == .float32 ? 1e-5 : 1e-13), "rows \(rows)")
      }
    }
  }
}
