import StrataData
import StrataTensor

/// Finds the first step, tensor and entry in which two runs differ, from the files that a ``RunDigest`` of each has left, on
/// this machine or another.
///
/// ```swift
/// print(try compareRuns("a.digest", "b.digest"))
/// // the runs differ first in step 137, after 136 records with the same bits:
/// //   parameter 2.weight [256, 10]: entry [31, 4] alone
/// ```
///
/// Steps that only one of the files has are not compared, nor are tensors that only one has kept for its `valuesAt:`.
/// Where one entry of a tensor differs, the digests say which; where several do, the first is found where both files have
/// the values of that step. Digests of tensors that differ at random are the same one time in 2⁶⁴ or less, and those
/// of tensors in which one element differs never.
///
/// - Throws: `DataError` where a file is damaged or no file of digests. One that ends in the middle of a record, as that of a
///   killed program may, is read up to there.
public func compareRuns(_ first: String, _ second: String) throws(DataError) -> RunComparison {
  let (one, other) = (try DigestFile(first), try DigestFile(second))
  let comparison = DigestComparison(one, other)
  let steps = one.steps.keys.filter { other.steps[$0] != nil }.sorted()
  for (index, step) in steps.enumerated() {
    let differences = comparison.differences(in: step)
    if !differences.isEmpty {
      return RunComparison(stepCount: steps.count, equalCount: index, differences: differences)
    }
  }
  return RunComparison(stepCount: steps.count, equalCount: steps.count, differences: [])
}

/// The digests of two files, step by step.
private struct DigestComparison {
  private let one, other: DigestFile
  /// The places of the other's tensors in the first.
  private let places: [Int?]

  init(_ one: DigestFile, _ other: DigestFile) {
    let known = Dictionary(zip(one.tensors, 0...)) { first, _ in first }
    (self.one, self.other, places) = (one, other, other.tensors.map { known[$0] })
  }

  func differences(in step: Int) -> [RunDifference] {
    let (entries, others) = (one.entries(of: step), other.entries(of: step))
    let isSame = zip(entries, others).allSatisfy { $0.tensor == places[$1.tensor] && $0.digest == $1.digest }
    if entries.count == others.count && isSame { return [] }
    var unmet = Dictionary(others.map { (Name(other.tensors[$0.tensor]), $0) }) { _, last in last }
    var found = entries.compactMap { entry in
      let tensor = one.tensors[entry.tensor]
      return difference(step, entry, tensor, unmet.removeValue(forKey: Name(tensor)))
    }
    for entry in others where unmet[Name(other.tensors[entry.tensor])] != nil {
      if let difference = lone(step, other.tensors[entry.tensor]) { found.append(difference) }
    }
    return found
  }

  private func difference(
    _ step: Int, _ entry: DigestFile.Entry, _ tensor: RunTensor, _ counterpart: DigestFile.Entry?
  ) -> RunDifference? {
    guard let counterpart else { return lone(step, tensor) }
    let second = other.tensors[counterpart.tensor]
    if second == tensor && counterpart.digest == entry.digest { return nil }
    func difference(_ place: Int? = nil, _ values: [Double] = [], _ count: Int? = nil) -> RunDifference {
      RunDifference(
        step: step, tensor: tensor, counterpart: second, entry: place.map { tensor.shape.index(of: $0) },
        values: values,
        entryCount: count)
    }
    guard second == tensor else { return difference() }
    if tensor.isScalar {
      return difference(0, [entry, counterpart].map { Double(bitPattern: $0.digest.sums[0]) }, 1)
    }
    if let values = one.elements(of: entry.tensor, in: step),
      let others = other.elements(of: counterpart.tensor, in: step)
    {
      let size = tensor.dtype.byteCount
      func bytes(_ all: ArraySlice<UInt8>, _ place: Int) -> ArraySlice<UInt8> {
        all.dropFirst(size * place).prefix(size)
      }
      let places = (0..<tensor.shape.count).filter { !bytes(values, $0).elementsEqual(bytes(others, $0)) }
      if let first = places.first {
        return difference(first, [values, others].map { tensor.dtype.number(of: bytes($0, first)) }, places.count)
      }
    }
    let place = entry.digest.place(ofDifferenceFrom: counterpart.digest, count: tensor.shape.count, tensor.dtype)
    return difference(place, [], place.map { _ in 1 })
  }

  /// Returns the difference that only one run has a tensor, of those that every step has.
  private func lone(_ step: Int, _ tensor: RunTensor) -> RunDifference? {
    switch tensor.role {
    case .rate, .memory, .input, .label, .output, .loss, .gradient: nil
    case .parameter, .statistic, .stream:
      RunDifference(step: step, tensor: tensor, counterpart: nil, entry: nil, values: [], entryCount: nil)
    }
  }

  /// What a tensor is found by in another run.
  private struct Name: Hashable {
    let role: RunTensor.Role
    let path: String
    init(_ tensor: RunTensor) { (role, path) = (tensor.role, tensor.path) }
  }
}

extension Shape {
  /// The index along each axis of an element in row-major order.
  fileprivate func index(of place: Int) -> [Int] {
    var rest = place
    let reversed = lengths.reversed().map { length in
      defer { rest /= length }
      return rest % length
    }
    return reversed.reversed()
  }
}

extension DType {
  /// The number of an element's bytes in little endian.
  fileprivate func number(of bytes: ArraySlice<UInt8>) -> Double {
    var bytes = bytes
    return switch self {
    case .float32: Double(Float(bitPattern: bytes.takeNumber(UInt32.self)))
    case .float64: Double(bitPattern: bytes.takeNumber(UInt64.self))
    case .int32: Double(Int32(bitPattern: bytes.takeNumber(UInt32.self)))
    }
  }
}
