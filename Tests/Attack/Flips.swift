import Foundation
import Strata

/// Flips every bit of files of a model and its optimizer, cuts them at every byte, and damages them at random: each is
/// refused with the file and the place, or gives what was written.
func flips(_ here: Circumstances) throws -> Finding {
  var finding = Finding("damaged files")
  let model = withSeed(1) {
    Sequential {
      Linear(3, 4); BatchNorm(4); Dropout(0.5); Linear(4, 2)
    }
  }
  var optimizer = Adam(for: model)
  try optimizer.update(along: model.gradients(at: Tensor(normal: [5, 3])) { ($0.sum().item, $0) }.gradients)
  let path = here.directory + "/m"
  for (name, state) in [("model", model.state), ("optimizer", optimizer.state)] {
    let metadata = ["what": name, "é\"": "\u{1}\n"]
    try Safetensors.write(state, metadata: metadata, to: path)
    if here.isPlanted { try Content.save(1, count: 100, to: path, isPlanted: true) }
    let (good, written) = (Array(try Data(contentsOf: URL(filePath: path))), try Safetensors.read(path))
    let strings = try Safetensors.metadata(of: path)

    func attempt(_ bad: some Collection<UInt8>, _ what: String) throws {
      try Data(bad).write(to: URL(filePath: path))
      do throws(DataError) {
        let read = try Safetensors.read(path)
        let isSame = try Safetensors.metadata(of: path) == strings && read == written
        finding.note(isSame ? nil : "\(name), \(what): read as something else")
      } catch {
        let isPrecise = error.offset != nil && "\(error)".hasPrefix(path)
        finding.note(isPrecise ? nil : "\(name), \(what): \(error)")
      }
    }
    for bit in 0..<8 * good.count {
      var bad = good
      bad[bit / 8] ^= 1 << (bit % 8)
      try attempt(bad, "bit \(bit % 8) of byte \(bit / 8)")
    }
    for count in 0..<good.count { try attempt(good.prefix(count), "cut after byte \(count)") }
    var generator = RandomGenerator(seed: 1)
    for trial in 0..<5_000 { try attempt(damaged(good, by: &generator), "random damage \(trial)") }
  }
  return finding
}

/// Overwrites, removes, repeats or swaps some bytes.
private func damaged(_ good: [UInt8], by generator: inout RandomGenerator) -> [UInt8] {
  var bytes = good
  let start = Int.random(in: 0..<good.count, using: &generator)
  let range = start..<min(good.count, start + Int.random(in: 1...64, using: &generator))
  switch Int.random(in: 0..<4, using: &generator) {
  case 0: for index in range { bytes[index] = UInt8.random(in: 0...255, using: &generator) }
  case 1: bytes.removeSubrange(range)
  case 2: bytes.insert(contentsOf: good[range], at: Int.random(in: 0...good.count, using: &generator))
  default: bytes.swapAt(range.lowerBound, Int.random(in: 0..<good.count, using: &generator))
  }
  return bytes
}
