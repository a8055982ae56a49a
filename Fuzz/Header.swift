import StrataData

/// The JSON header of a safetensors file, whose length is right, before 64 bytes of tensors.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let header = UnsafeRawBufferPointer(start: bytes, count: count)
  let file = withUnsafeBytes(of: UInt64(count).littleEndian, Array.init) + header + [UInt8](repeating: 0, count: 64)
  file.withUnsafeBytes { withFile($0) { path in _ = try? Safetensors.read(path) } }
  plantedFault(header, behind: "{\"w")
  return 0
}
