import StrataData
import StrataTensor

/// The bytes of an `.npz` file. What is read must come back the same from files that are written of it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = UnsafeRawBufferPointer(start: bytes, count: count)
  withFile(bytes) { path in
    _ = try? NPZ.read(path, only: ["x"])
    guard let tensors = try? NPZ.read(path) else { return }
    do {
      for compressed in [false, true] {
        try NPZ.write(tensors, to: path, compressed: compressed)
        let again = try NPZ.read(path)
        precondition(again.count == tensors.count && again.allSatisfy { tensors[$0.key]!.isIdentical(to: $0.value) })
      }
    } catch {
      fatalError("\(error)")
    }
  }
  plantedFault(bytes, behind: "NZ!")
  return 0
}
