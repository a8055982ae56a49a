import CStrataKernels
import Foundation
import Strata
import StrataTensor
import Testing

/// Whole runs of unlike models have the same bits with any number of workers, and answers the same at any batch size.
///
/// `make blas` runs this suite with each build of OpenBLAS.
@Suite(.seeded, .serialized) struct InvarianceTests {
  @Test(arguments: wholeModels, [DType.float32, .float64])
  func `training leaves the same bits with any number of workers`(_ model: WholeModel, _ dtype: DType) throws {
    let one = try withWorkers(1) { try model.train(dtype) }
    #expect(one["loss"]!.isFinite)
    // Of eight, two at least take part in every operation; of fewer, as many as wake in time.
    let (shared, threads) = try WorkerLog.sharing(workers: 8) { try model.train(dtype) }
    #expect(threads > 1)
    let few = try [2, 3].map { workers in (workers, try withWorkers(workers) { try model.train(dtype) }) }
    for (workers, run) in few + [(8, shared)] {
      #expect(run.keys == one.keys)
      for (name, tensor) in run {
        #expect(tensor.isIdentical(to: one[name]!), "\(name) by \(workers) workers")
      }
    }
    try note(one, "\(model), \(dtype)")
  }

  /// Where Strata's own product runs.
  @Test(.enabled(if: strata_gemm_f32_is_available()), arguments: wholeModels)
  func `answers have the same bits at any batch size`(_ model: WholeModel) throws {
    let whole = try withWorkers(1) { try model.predict(.float32, 300) }
    for (size, workers) in [(1, 1), (2, 3), (3, 1), (16, 2), (17, 3), (64, 8), (255, 1), (256, 2), (257, 3), (299, 1)] {
      let parts = try withWorkers(workers) { try model.predict(.float32, size) }
      for (part, whole) in zip(parts, whole) {
        #expect(part.isIdentical(to: whole), "batches of \(size) by \(workers) workers")
      }
    }
  }

  /// Adds a line with a hash of a run to the file that the environment names, for runs to be compared with those of other
  /// builds.
  private func note(_ run: [String: Tensor], _ name: String) throws {
    guard let path = ProcessInfo.processInfo.environment["STRATA_RUNS"] else { return }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for (_, tensor) in run.sorted(by: { $0.key < $1.key }) {
      for byte in UnsafeRawBufferPointer(start: tensor.storage.bytes, count: tensor.byteCount) {
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
      }
    }
    let lines = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    try (lines + "\(name): \(String(hash, radix: 16))\n").write(toFile: path, atomically: false, encoding: .utf8)
  }
}
