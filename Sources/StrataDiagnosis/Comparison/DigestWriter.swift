import Foundation
import StrataData
import StrataTensor

/// Writes a file of digests, step by step.
struct DigestWriter: Sendable {
  private let file: LogFile
  private var places: [RunTensor: UInt32]
  private var placeCount: UInt32
  private var entries: [UInt8] = []
  private var buffer: [UInt8] = []
  private var lastWrite = ContinuousClock.now

  /// Begins a file, or goes on with the one that is there as it was after a step.
  init(_ path: String, after step: Int) throws(DataError) {
    try LogFile.makeDirectory(of: path)
    var (bytes, tensors) = (DigestRecord.magic, [RunTensor]())
    if step > 0, FileManager.default.fileExists(atPath: path) {
      let old = try DigestFile(path)
      (bytes, tensors) = (old.bytes(through: step), old.tensors)
    }
    let output = try OutputFile(replacing: path)
    try output.append(bytes)
    try output.commit()
    file = try LogFile(appendingTo: path)
    places = Dictionary(zip(tensors, UInt32(0)...)) { first, _ in first }
    placeCount = UInt32(tensors.count)
  }

  /// Returns what later calls name a tensor by.
  mutating func place(of tensor: RunTensor) -> UInt32 {
    if let place = places[tensor] { return place }
    let place = placeCount
    places[tensor] = place
    placeCount += 1
    append(.tensor, DigestRecord.bytes(of: tensor))
    return place
  }

  /// Adds the digest of a tensor to the step.
  mutating func add(_ digest: TensorDigest, at place: UInt32) { add(digest.sums, at: place) }

  /// Adds a number to the step, in place of a digest.
  mutating func add(_ number: Double, at place: UInt32) {
    var sums = SIMD8<UInt64>()
    sums[0] = number.bitPattern
    add(sums, at: place)
  }

  /// Adds the values of a tensor in a step.
  mutating func add(valuesOf tensor: Tensor, at place: UInt32, in step: Int) {
    let elements = UnsafeRawBufferPointer(start: tensor.storage.bytes, count: tensor.byteCount)
    append(.values, little(UInt64(step)) + little(place) + elements)
  }

  private mutating func add(_ sums: SIMD8<UInt64>, at place: UInt32) {
    withUnsafeBytes(of: place.littleEndian) { entries.append(contentsOf: $0) }
    var sums = sums
    for index in 0..<TensorDigest.count { sums[index] = sums[index].littleEndian }
    withUnsafeBytes(of: sums) { entries.append(contentsOf: $0.prefix(8 * TensorDigest.count)) }
  }

  /// Ends a step. Now and then what has gathered is handed to the system.
  mutating func endStep(_ number: Int) throws(DataError) {
    append(.step, little(UInt64(number)) + entries)
    entries.removeAll(keepingCapacity: true)
    if buffer.count >= 1 << 16 || ContinuousClock.now - lastWrite > .milliseconds(100) { try flush() }
  }

  /// Forgets what has been added to a step that does not end.
  mutating func abandonStep() { entries.removeAll(keepingCapacity: true) }

  /// Hands all that has gathered to the system.
  mutating func flush() throws(DataError) {
    try file.append(buffer)
    buffer.removeAll(keepingCapacity: true)
    lastWrite = .now
  }

  private mutating func append(_ kind: DigestRecord.Kind, _ bytes: [UInt8]) {
    buffer += DigestRecord.head(kind, byteCount: bytes.count)
    buffer += bytes
    buffer += little(bytes[...].xxh64)
  }
}
