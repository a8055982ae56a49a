import StrataData
import StrataTensor

/// The bytes of a safetensors file. What is read must come back the same from a file that is written of it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = UnsafeRawBufferPointer(start: bytes, count: count)
  withFile(bytes) { path in
    _ = try? Safetensors.metadata(of: path)
    for dtype in DType.allCases { _ = try? Safetensors.read(path, only: ["w", "num_batches_tracked"], as: dtype) }
    guard let tensors = try? Safetensors.read(path), let metadata = try? Safetensors.metadata(of: path) else { return }
    do {
      for (name, tensor) in tensors where tensor.rank > 0 {
        let stored = try StoredArray(safetensors: path, name)
        let rows = try stored.rows(0..<stored.count)
        precondition(rows.isIdentical(to: tensor))
      }
      try Safetensors.write(tensors, metadata: metadata, to: path)
      let again = try Safetensors.read(path)
      precondition(again.count == tensors.count && again.allSatisfy { tensors[$0.key]!.isIdentical(to: $0.value) })
      let strings = try Safetensors.metadata(of: path)
      precondition(strings == metadata)
    } catch {
      fatalError("\(error)")
    }
  }
  plantedFault(bytes, behind: "\u{40}\u{0}\u{0}")
  return 0
}
