import Foundation

/// A file of the process's own with these bytes, which every reader is given by its path.
func withFile(_ bytes: UnsafeRawBufferPointer, _ body: (String) -> Void) {
  let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  guard file >= 0, write(file, bytes.baseAddress, bytes.count) == bytes.count || bytes.isEmpty else {
    fatalError("no file at \(path)")
  }
  close(file)
  body(path)
}

private let path = "/dev/shm/strata-fuzz-\(getpid())"

/// CRC-32.
func checksum(_ bytes: [UInt8]) -> UInt32 {
  var sum = ~UInt32(0)
  for byte in bytes {
    sum ^= UInt32(byte)
    for _ in 0..<8 { sum = sum & 1 == 0 ? sum >> 1 : sum >> 1 ^ 0xedb8_8320 }
  }
  return ~sum
}

/// What a planted fault does: reads past the end of `bytes`. It stands behind three bytes that the fuzzer must find.
func plantedFault(_ bytes: UnsafeRawBufferPointer, behind magic: StaticString) {
  #if PLANT_FAULT
    let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 1)
    defer { copy.deallocate() }
    if let base = bytes.baseAddress { copy.copyMemory(from: base, byteCount: bytes.count) }
    let wanted = UnsafeRawBufferPointer(start: magic.utf8Start, count: magic.utf8CodeUnitCount)
    if bytes.count >= wanted.count, memcmp(copy, wanted.baseAddress!, wanted.count) == 0 {
      sink = copy.load(fromByteOffset: bytes.count + 1, as: UInt8.self)
    }
  #endif
}

// A fuzzer runs one input at a time, on one thread.
nonisolated(unsafe) var sink: UInt8 = 0
