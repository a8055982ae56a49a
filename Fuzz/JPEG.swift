import StrataImages

/// The bytes of a JPEG file.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = UnsafeRawBufferPointer(start: bytes, count: count)
  withFile(bytes) { path in
    if let image = try? Image(path, pixelLimit: 1 << 18) { _ = image.tensor().shape.count }
  }
  plantedFault(bytes, behind: "JP!")
  return 0
}
