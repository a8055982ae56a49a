import ExampleSupport
import Strata

private let help = """
  Says in which step, tensor and entry two runs begin to differ, by the files that RunDigest has left of them, such as an
  example's with --digest FILE.

    swift run -c release compare-runs FIRST SECOND

  Exit codes: 0 the same bits in all steps that both have, 1 a difference, 64 a wrong command line, 65 a damaged file.
  """

/// Compares the runs of two files and returns the exit code.
func compareRunsOfFiles(_ arguments: [String], _ io: ExampleIO) -> Int32 {
  if arguments.contains("--help") || arguments.contains("-h") {
    io.say(help)
    return 0
  }
  guard arguments.count == 2, !arguments.contains(where: { $0.hasPrefix("-") }) else {
    io.note("compare-runs: needs the two files of digests (see --help)")
    return 64
  }
  do {
    let comparison = try compareRuns(arguments[0], arguments[1])
    io.say("\(comparison)")
    return comparison.differences.isEmpty && comparison.stepCount > 0 ? 0 : 1
  } catch {
    io.note("compare-runs: \(error)")
    return 65
  }
}
