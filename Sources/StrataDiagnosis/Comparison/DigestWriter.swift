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

  /// Adds a tensor to the step, and its values where they are wanted.
  mutating func add(_ tensor: Tensor, at place: UInt32, valuesOf step: Int?) {
    add(tensor.digest.sums, at: place)
    guard let step else { return }
    let elements = UnsafeRawBufferPointer(start: tensor.storage.bytes, count: tensor.byteCount)
    append(.values, little(UInt64(step)) + little(place) + elements)
  }

  /// Adds a number to the step.
  mutating func add(_ number: Double, _ role: RunTensor.Role) {
    add(SIMD3(number.bitPattern, 0, 0), at: place(of: RunTensor(role: role, path: "", shape: [], dtype: .float64)))
  }

  private mutating func add(_ sums: SIMD3<UInt64>, at place: UInt32) {
    entries += little(place)
    for index in 0..<3 { entries += little(sums[index]) }
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
