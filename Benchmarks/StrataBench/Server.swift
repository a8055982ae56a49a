import Foundation
import Strata

/// A server that times the workloads requested on standard input, one per line, with a number of seconds.
///
/// The first line of output lists the workloads; each answer is one line of JSON. A workload that is requested again
/// continues, so that rounds that alternate with other programs do not repeat the setup.
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
          current = nil  // freed before the next one allocates its memory
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
