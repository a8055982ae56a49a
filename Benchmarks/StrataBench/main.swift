// Times Strata's training steps, inference and kernels.
//
//   swift run -c release strata-bench --workload 'mlp-.*' --workers 2 --seconds 5
//   swift run -c release strata-bench --compare mlp-mnist,autograd-mlp --workers 1
//   swift run -c release strata-bench --passes --workers 1
//   swift run -c release strata-bench --memory
//   swift run -c release strata-bench --profile
//   swift run -c release strata-bench --digests --seconds 10
//   swift run -c release strata-bench --busy --workload 'mlp-mnist|lstm-small|mlp-wide'

import Foundation
import Strata

var pattern = ".*"
var seconds = 2.0
var printsJSON = false
var compared: [String] = []
var showsPasses = false
var showsMemory = false
var showsProfiles = false
var showsDigests = false
var isBusy = false
var serves = false

func refuse(_ reason: String) -> Never {
  FileHandle.standardError.write(Data("strata-bench: \(reason); see --help\n".utf8))
  exit(64)
}

var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
  func value() -> String {
    guard let value = arguments.popFirst() else { refuse("\(argument) needs a value") }
    return value
  }
  switch argument {
  case "--workload": pattern = value()
  case "--workers":
    guard let workers = Int(value()), workers >= 1 else { refuse("--workers needs a number from 1") }
    Runtime.workers = workers
  case "--seconds":
    guard let number = Double(value()), number > 0, number.isFinite else { refuse("--seconds needs a number above 0") }
    seconds = number
  case "--json": printsJSON = true
  case "--compare":
    compared = value().split(separator: ",").map(String.init)
    if compared.count != 2 { refuse("--compare needs two workloads: A,B") }
  case "--passes": showsPasses = true
  case "--memory": showsMemory = true
  case "--profile": showsProfiles = true
  case "--digests": showsDigests = true
  case "--busy": isBusy = true
  case "--spin": BusyMachine.spin()
  case "--serve": serves = true
  case "--help":
    print(
      """
      usage: strata-bench [--workload REGEX] [--workers N] [--seconds S] [--json]
             strata-bench --compare A,B    two workloads in turn, and the ratio of their times
             strata-bench --passes         the forward and the backward pass of layers
             strata-bench --memory         the resident memory of training mlp-2048
             strata-bench --profile        where steps spend their time; exits 1 where parts do not add up to them
             strata-bench --digests        what digests of every step cost; exits 1 where one takes more than 3 % of a step
             strata-bench --busy           steps beside 1, 2 and 4 busy programs, as a share of those alone
             strata-bench --serve [--workers N]    reads lines "WORKLOAD SECONDS", answers in JSON
      workloads: \(workloads.map(\.name).joined(separator: " "))
      """)
    exit(0)
  default: refuse("unknown option \(argument)")
  }
}
guard let expression = try? Regex(pattern) else {
  refuse("--workload needs a regular expression, not \(pattern)")
}
func isChosen(_ name: String) -> Bool { name.wholeMatch(of: expression) != nil }
let chosen = workloads.filter { isChosen($0.name) }
if chosen.isEmpty && !showsDigests { refuse("no workload is called \(pattern)") }
if Runtime.isDebugBuild { refuse("a debug build tells nothing about speed; run with -c release") }

if serves {
  Server.run()
  exit(0)
}

let facts = "\(Runtime.blas), kernels \(Runtime.kernels), \(Runtime.workers) workers"
FileHandle.standardError.write(Data("\(facts)\n".utf8))
if showsMemory {
  print(try ResidentMemory().line)
  exit(0)
}
if showsPasses {
  print(Passes.table(seconds: seconds))
  exit(0)
}
if showsProfiles { exit(try Profiles.report() ? 0 : 1) }
if showsDigests {
  let models = Profiles.models.filter { isChosen($0.name) }
  exit(try Digests.report(models, seconds: 2 * seconds) ? 0 : 1)
}
if isBusy {
  try BusyMachine.report(chosen, seconds: seconds)
  exit(0)
}
if !compared.isEmpty {
  let pair = compared.map { name in
    workloads.first { $0.name == name } ?? { refuse("no workload is called \(name)") }()
  }
  print(try Comparison(pair[0], pair[1], seconds: seconds).line)
  exit(0)
}
let timings = try chosen.map { try Timing($0, seconds: seconds) }
let peak = timings.compactMap(\.gflops).max()
if !printsJSON { print(Timing.header) }
for timing in timings { print(printsJSON ? timing.json(peak: peak) : timing.line(peak: peak)) }
