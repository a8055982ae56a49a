import StrataData
import StrataTensor

/// The bytes of an `.npy` file. What is read must come back the same from a file that is written of it, and row by row.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = UnsafeRawBufferPointer(start: bytes, count: count)
  withFile(bytes) { path in
    for dtype in [nil] + DType.allCases.map(Optional.some) {
      guard let tensor = try? NPY.read(path, as: dtype) else { continue }
      do {
        if let rows = try? StoredArray(npy: path, as: dtype) {
          let all = try rows.rows(0..<rows.count)
          precondition(all.isIdentical(to: tensor))
        }
        try NPY.write(tensor, to: path + "-copy")
        let again = try NPY.read(path + "-copy")
        precondition(again.isIdentical(to: tensor))
      } catch {
        fatalError("\(error)")
      }
    }
  }
  plantedFault(bytes, behind: "NP!")
  return 0
}
