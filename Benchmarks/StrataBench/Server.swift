import Foundation
import Strata

/// Times what standard input asks for, line by line: a workload's name and how many seconds.
///
/// The first line out says what is served; each answer is one line of JSON. A workload that is asked for again at
/// once goes on where it was, so that rounds which alternate with other programs set nothing up twice.
enum Server {
  static func run() {
    let names = workloads.map { "\"\($0.name)\"" }.joined(separator: ", ")
    reply(
      "{\"framework\": \"strata\", \"workers\": \(Runtime.workers), "
        + "\"version\": \"\(Runtime.blas); kernels \(Runtime.kernels)\", \"workloads\": [\(names)]}")
    var current: (workload: Workload, run: Workload.Run)?
    var peak: Double?
    while let line = readLine() {
      let words = line.split(separator: " ")
      guard words.count == 2, let seconds = Double(words[1]), seconds > 0,
        let workload = workloads.first(where: { $0.name == words[0] })
      else {
        reply("{\"error\": \"expected a workload and seconds, not this: \(words.joined(separator: " "))\"}")
        continue
      }
      do {
        if current?.workload.name != workload.name {
          current = nil  // what it holds is freed before the next takes its memory
          current = (workload, try workload.make())
        }
        let timing = try Timing(workload, run: current!.run, seconds: seconds)
        peak = [peak, timing.gflops].compactMap(\.self).max()
        reply(timing.json(peak: peak))
      } catch {
        reply("{\"workload\": \"\(workload.name)\", \"error\": \"\(error)\"}")
      }
    }
    current = nil
  }

  private static func reply(_ line: String) {
    print(line)
    fflush(nil)
  }
}
