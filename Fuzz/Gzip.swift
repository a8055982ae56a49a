import StrataData

/// What follows the header of a gzip file: deflated blocks, checksum, further members.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
  (header + UnsafeBufferPointer(start: bytes, count: count)).withUnsafeBytes { file in
    withFile(file) { path in _ = try? IDX.read(path) }
  }
  plantedFault(UnsafeRawBufferPointer(start: bytes, count: count), behind: "GZ!")
  return 0
}
