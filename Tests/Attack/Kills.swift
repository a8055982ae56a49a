import Foundation
import Strata

/// Kills processes that save, at random moments: the file is always one of the versions, whole, and none older than the
/// last; and the next save removes what they left.
func kills(_ here: Circumstances) throws -> Finding {
  var finding = Finding("kills")
  var generator = SystemRandomNumberGenerator()
  let path = here.directory + "/m"
  try Content.save(1, count: largeCount, to: path, isPlanted: here.isPlanted)
  var (version, leftovers) = (1, 0)
  let end = ContinuousClock.now + .seconds(here.seconds)
  while ContinuousClock.now < end {
    let child = try Child(["saves", path, "\(version + 1)"], in: here)
    usleep(useconds_t.random(in: 0...80_000, using: &generator))
    child.kill()
    let ending = child.wait()
    let files = try FileManager.default.contentsOfDirectory(atPath: here.directory)
    leftovers += files.count - 1
    do {
      guard let found = try Content.version(of: path, count: largeCount), found >= version else {
        finding.note("the file is of no version, or of one before \(version)")
        continue
      }
      version = found
      finding.note(
        ending != .killed(SIGKILL) ? "\(ending): \(child.text)" : files.count > 2 ? "leftovers gather: \(files)" : nil)
    } catch {
      finding.note("after version \(version): \(error)")
      try Content.save(version, count: largeCount, to: path, isPlanted: here.isPlanted)
    }
  }
  try Content.save(version + 1, count: largeCount, to: path, isPlanted: here.isPlanted)
  let files = try FileManager.default.contentsOfDirectory(atPath: here.directory)
  finding.note(files == ["m"] ? nil : "these are left: \(files)")
  finding.explain("\(version) versions saved, \(leftovers) files left and removed")
  return finding
}
