// Attacks what Strata reads, writes and is set to: flipped bits, truncations, paths, kills, faults of system calls.
//
//   swift run -c release Attack [SECONDS] [--plant]
//
// SECONDS, by default 60, is the time for paths, for kills of saves and for kills of runs, each. ATTACK_FAULTS is the path of the library that
// faults.c makes; without it system calls do not fail. Exit codes: 0 everything held, 1 something did not, 64 a wrong
// option. With --plant files are written in place and without checksums, which must end in 1.

import Foundation

var arguments = Array(CommandLine.arguments.dropFirst())
let isPlanted = arguments.contains("--plant")
arguments.removeAll { $0 == "--plant" }
if let role = arguments.first.flatMap(Role.init) { role.play(Array(arguments.dropFirst()), isPlanted) }
guard arguments.count <= 1, let seconds = Double(arguments.first ?? "60"), seconds > 0 else {
  FileHandle.standardError.write(Data("usage: Attack [SECONDS] [--plant]\n".utf8))
  exit(64)
}

// Memory where there is a disk of it: what is tried are orders of calls, not the disk.
let base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()
let root = base + "/strata-attack-\(getpid())"
mkdir(root, 0o700)
var isHeld = true
for attack in [flips, paths, kills, runs, systemCalls, settings] {
  let directory = root + "/work"
  mkdir(directory, 0o700)
  let start = ContinuousClock.now
  let finding = try attack(Circumstances(directory: directory, seconds: seconds, isPlanted: isPlanted))
  print("\(finding)  (\(Int((ContinuousClock.now - start) / .seconds(1))) s)")
  isHeld = isHeld && finding.faults.isEmpty
  try FileManager.default.removeItem(atPath: directory)
}
try FileManager.default.removeItem(atPath: root)
exit(isHeld ? 0 : 1)
