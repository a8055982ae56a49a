// Trains, evaluates, saves, loads and discards repeatedly; the resources of the process must not grow.
//
//   swift run -c release Soak [MINUTES] [--plant-leak]        from the repository's root, on Linux
//
// Exit codes: 0 memory and descriptors stay flat, 1 they grow, 64 a wrong option. With --plant-leak each round keeps
// a tensor and a file, which must end in 1.

import Foundation
import Strata

var arguments = Array(CommandLine.arguments.dropFirst())
let plantsLeak = arguments.contains("--plant-leak")
arguments.removeAll { $0 == "--plant-leak" }
guard arguments.count <= 1, let minutes = Double(arguments.first ?? "10"), minutes > 0 else {
  FileHandle.standardError.write(Data("usage: Soak [MINUTES] [--plant-leak]\n".utf8))
  exit(64)
}

let file = FileManager.default.temporaryDirectory.appending(path: "strata-soak-\(getpid()).safetensors").path
var leaks: [(Tensor, FileHandle?)] = []
var samples: [Sample] = []
let clock = ContinuousClock()
let start = clock.now
var rounds = 0
print("minute   round   resident MiB   tensors' bytes   pool misses   descriptors")
while true {
  try oneRound(saving: file)
  if plantsLeak { leaks.append((Tensor(zeros: [50_000]), FileHandle(forReadingAtPath: "/dev/null"))) }
  rounds += 1
  let elapsed = (clock.now - start) / .seconds(60 * minutes)
  if elapsed * Double(Sample.count) >= Double(samples.count + 1) {
    samples.append(Sample(round: rounds))
    if samples.count % 5 == 0 { print(samples.last!.line(minute: elapsed * minutes)) }
  }
  if samples.count >= Sample.count { break }
}
try FileManager.default.removeItem(atPath: file)
let growth = Sample.growth(of: samples)
print(rounds, "rounds;", growth.isEmpty ? "all is flat after the warm-up" : growth.joined(separator: "; "))
exit(growth.isEmpty ? 0 : 1)
