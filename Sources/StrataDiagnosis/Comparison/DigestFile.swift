import StrataData
import StrataTensor

/// A file of digests that has been read.
struct DigestFile {
  /// A tensor in a step.
  struct Entry {
    /// Its place in ``DigestFile/tensors``.
    let tensor: Int
    let digest: TensorDigest
  }

  /// Where a tensor's values are sought.
  struct Place: Hashable {
    let step: Int
    let tensor: Int
  }

  let path: String
  private(set) var tensors: [RunTensor] = []
  /// Where the entries of a step are, the last ones where it was made more than once.
  private(set) var steps: [Int: Range<Int>] = [:]
  private var values: [Place: Range<Int>] = [:]
  /// The whole records, with the step of those that have one.
  private(set) var records: [(step: Int?, range: Range<Int>)] = []
  private let bytes: [UInt8]

  /// Reads a file. A record at its end that is not whole is left out, as a program may have been killed.
  ///
  /// - Throws: `DataError` where the file is damaged, or another one.
  init(_ path: String) throws(DataError) {
    self.path = path
    bytes = try TextFile.bytes(of: path)
    if bytes.count >= DigestRecord.magic.count, bytes.starts(with: DigestRecord.name),
      !bytes.starts(with: DigestRecord.magic)
    {
      throw DataError(
        path,
        .malformed(
          found: "digests of another version of Strata", expected: "those of this one: run it again with RunDigest"),
        at: DigestRecord.name.count)
    }
    guard bytes.starts(with: DigestRecord.magic) else {
      throw DataError(
        path, .malformed(found: "other bytes at the start", expected: "a file of digests, as RunDigest writes it"),
        at: 0)
    }
    var position = DigestRecord.magic.count
    while bytes.count - position >= DigestRecord.headSize {
      var head = bytes[position..<position + DigestRecord.headSize]
      let word = head.prefix(8)
      let number = head.takeNumber(UInt64.self)
      guard head.takeNumber(UInt64.self) == word.xxh64, let kind = DigestRecord.Kind(rawValue: UInt8(number >> 56))
      else {
        throw DataError(path, .wrongChecksum(of: "the length of a record"), at: position)
      }
      let (start, count) = (position + DigestRecord.headSize, Int(number & (1 << 56 - 1)))
      guard bytes.count - start >= 8, count <= bytes.count - start - 8 else { break }
      var sum = bytes[(start + count)...]
      guard sum.takeNumber(UInt64.self) == bytes[start..<start + count].xxh64 else {
        throw DataError(path, .wrongChecksum(of: "a record"), at: start)
      }
      let step = try note(kind, start..<start + count)
      records.append((step, position..<start + count + 8))
      position = start + count + 8
    }
  }

  /// Notes the content of a record; returns its step, which a tensor has not.
  private mutating func note(_ kind: DigestRecord.Kind, _ range: Range<Int>) throws(DataError) -> Int? {
    let damage = DataError(
      path, .malformed(found: "a record of other content", expected: "one of its kind"), at: range.lowerBound)
    var rest = bytes[range]
    if kind == .tensor {
      guard let tensor = DigestRecord.tensor(of: rest) else { throw damage }
      tensors.append(tensor)
      return nil
    }
    guard rest.count >= 8, let step = Int(exactly: rest.takeNumber(UInt64.self)) else { throw damage }
    if kind == .values {
      guard rest.count >= 4 else { throw damage }
      let tensor = Int(rest.takeNumber(UInt32.self))
      guard tensor < tensors.count, rest.count == tensors[tensor].byteCount else { throw damage }
      values[Place(step: step, tensor: tensor)] = rest.indices
    } else {
      guard rest.count % DigestRecord.entrySize == 0 else { throw damage }
      guard entries(in: rest.indices).allSatisfy({ $0.tensor < tensors.count }) else { throw damage }
      steps[step] = rest.indices
    }
    return step
  }

  private func entries(in range: Range<Int>) -> [Entry] {
    var rest = bytes[range]
    return (0..<range.count / DigestRecord.entrySize).map { _ in
      let tensor = Int(rest.takeNumber(UInt32.self))
      var digest = TensorDigest()
      for index in 0..<TensorDigest.count { digest.sums[index] = rest.takeNumber(UInt64.self) }
      return Entry(tensor: tensor, digest: digest)
    }
  }

  /// Returns the entries of a step, in order.
  func entries(of step: Int) -> [Entry] { steps[step].map(entries) ?? [] }

  /// Returns the elements of a tensor in a step where the file has them.
  func elements(of tensor: Int, in step: Int) -> ArraySlice<UInt8>? {
    values[Place(step: step, tensor: tensor)].map { bytes[$0] }
  }

  /// Returns the bytes of the file as they were after a step.
  func bytes(through step: Int) -> [UInt8] {
    DigestRecord.magic + records.filter { $0.step ?? 0 <= step }.flatMap { bytes[$0.range] }
  }
}

extension RunTensor {
  var byteCount: Int { shape.count * dtype.byteCount }
}
