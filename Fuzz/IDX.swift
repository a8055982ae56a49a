import StrataData

/// The bytes of an IDX file, plain or gzipped.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = UnsafeRawBufferPointer(start: bytes, count: count)
  withFile(bytes) { path in
    for scaled in [false, true] {
      if let tensor = try? IDX.read(path, scaled: scaled) { _ = tensor.shape.count }
    }
  }
  plantedFault(bytes, behind: "\u{0}\u{0}\u{D}")
  return 0
}
